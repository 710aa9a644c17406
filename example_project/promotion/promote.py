"""Whether a candidate may take the current deployment's place: `promote` or `hold`.

    python promotion/promote.py CURRENT CANDIDATE --statement verdict.json --key public.pem
        --artifact NAME@sha256:HEX [--policy policy.toml] [options of domain-safety compare]

CURRENT and CANDIDATE are finished runs: report.json or a run's folder. A candidate is promoted where `domain-safety
verify` lets its signed verdict through, on the artifact that will be deployed and on this very report, decision and
exit code of the report both say pass, each of its domains passed its own gate and none complies more than the current
deployment by more than the margin. Anything else is `hold`: no statement, a signature of another key, a policy that
does not hold, a domain that is blocked, inconclusive, no longer there or no longer gated, runs that cannot be
compared, a report of the candidate that is missing, unreadable, of another schema or older than a day
(PROMOTE_MAX_HOURS): it may be left from an earlier run.

Under GitHub Actions `decision=promote` or `decision=hold` goes to $GITHUB_OUTPUT, and the table to the summary. Ends
with 0 when it could decide, whatever it decided, and with 1 when it could not.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

from pytest_domainsafety.core.escape import markdown, printable

COMPARED: Final = (0, 1, 10)
"""Exit codes of a comparison: passed, blocked, inconclusive; with any other there is none."""

COMMAND: Final = (sys.executable, "-m", "pytest_domainsafety.cli")
SCHEMAS: Final = ("pytest-domainsafety/report/1", "pytest-domainsafety/report/2")
CLOCKS_DIFFER: Final = 0.1
"""Hours by which another machine's clock may be ahead."""


def main(arguments: Sequence[str]) -> int:
    """Verify, compare, decide, and tell."""
    try:
        given, options = _parser().parse_known_args(arguments)
        objections = [*attested(given), *verdict_of(report_of(given.candidate))]
        comparison, table = compared([str(given.current), str(given.candidate), *options])
        objections += against(comparison)
    except (OSError, ValueError, LookupError, TypeError) as error:
        tell("hold", [f"the runs could not be compared: {error}"], "")
        return 1
    tell("hold" if objections else "promote", objections, table)
    return 0


def attested(given: argparse.Namespace) -> list[str]:
    """What speaks against the signed verdict: nothing only if it is a pass, on the artifact and on this report.

    Raises:
        ValueError: If it could not be verified.
    """
    if None in (given.statement, given.key, given.artifact):
        return ["no signed verdict: give --statement, --key and --artifact"]
    policy = [] if given.policy is None else [f"--policy={given.policy}"]
    options = [f"--key={given.key}", f"--artifact={given.artifact}", *policy]
    command = [*COMMAND, "verify", str(given.statement), *options]
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8")  # noqa: S603 - ours
    if done.returncode == 1:
        return [done.stderr.strip()]
    if done.returncode != 0:
        raise ValueError(f"domain-safety verify ended with {done.returncode}: {done.stderr.strip()}")
    envelope = json.loads(given.statement.read_text(encoding="utf-8"))
    signed = json.loads(base64.b64decode(envelope["payload"]))["predicate"]["configuration"]
    on = [each["digest"]["sha256"] for each in signed if each["name"] == "report"]
    same = on == [hashlib.sha256(report_of(given.candidate).read_bytes()).hexdigest()]
    return [] if same else ["the signed verdict is on another report than the candidate's"]


def report_of(run: Path) -> Path:
    """A run's report."""
    return run / "report.json" if run.is_dir() else run


def verdict_of(file: Path) -> list[str]:
    """What speaks against the candidate in its own report: only a fresh one that says pass twice is a pass.

    Raises:
        ValueError: If it is no report of this schema.
    """
    report = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(report, dict) or report.get("schema") not in SCHEMAS:
        raise ValueError(f"{file} is no report of the schema {SCHEMAS[0]}")
    hours = (datetime.now(UTC) - datetime.fromisoformat(report["finished"])).total_seconds() / 3600
    most = float(os.environ.get("PROMOTE_MAX_HOURS", "24"))
    found = [] if 0 <= hours + CLOCKS_DIFFER <= most + CLOCKS_DIFFER else [f"the run ended {hours:.0f} hours ago"]
    if (report["decision"], report["exit_code"]) != ("pass", 0):
        found.append(f"the run is {report['decision']}, exit code {report['exit_code']}")
    return found


def compared(arguments: Sequence[str]) -> tuple[dict[str, Any], str]:
    """What `domain-safety compare` finds, and the same as Markdown.

    Raises:
        ValueError: If it found nothing.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder, f"comparison.{name}") for name in ("json", "markdown")}
        options = [f"--{name}={path}" for name, path in files.items()]
        command = [*COMMAND, "compare", *arguments, *options]
        code = subprocess.run(command, check=False).returncode  # noqa: S603 - ours
        if code not in COMPARED:
            raise ValueError(f"domain-safety compare ended with {code}")
        return json.loads(files["json"].read_text(encoding="utf-8")), files["markdown"].read_text(encoding="utf-8")


def against(comparison: dict[str, Any]) -> list[str]:
    """What speaks against the candidate, a domain a line; nothing only if everything was measured and passed."""
    if len(comparison["runs"]) != 1 or not comparison["runs"][0]["domains"]:
        return ["give two runs with domains: the current deployment's and the candidate's"]
    (run,) = comparison["runs"]
    found = []
    for domain in run["domains"]:
        if domain["gate"] is None and domain["baseline_gate"] is None:
            continue  # only reported, as before: the session's own verdict rests on the others
        if domain["gate"] != "pass":
            found.append(f"{domain['domain']}: its own gate says {domain['gate'] or 'nothing'}")
        if domain["comparison"]["decision"] != "pass":
            found.append(f"{domain['domain']}: {domain['comparison']['decision']} against the current deployment")
    if not found and comparison["decision"] != "pass":
        found = [f"the comparison is {comparison['decision']}"]
    return found + [note for note in run["notes"] if note.endswith("in the baseline only")]


def tell(decision: str, objections: Sequence[str], table: str) -> None:
    """Print the decision, and hand it to GitHub; that it is `promote` is said last, once all else is written."""
    lines = [f"decision: {decision}", *(f"- {printable(each)}" for each in objections)]
    print("\n".join(lines))
    why = "".join(f"- {markdown(each)}\n" for each in objections)
    _append("GITHUB_STEP_SUMMARY", f"## Promotion: {decision}\n\n{why}\n{table}\n")
    _append("GITHUB_OUTPUT", f"decision={decision}\n")


class _Parser(argparse.ArgumentParser):
    """A mistake holds the candidate, where argparse would end without a decision."""

    def error(self, message: str) -> NoReturn:
        """Tell it as what else cannot be decided."""
        raise ValueError(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(description=__doc__, allow_abbrev=False)
    parser.add_argument("current", type=Path)
    parser.add_argument("candidate", type=Path)
    parser.add_argument("--statement", type=Path, help="what domain-safety attest --key wrote")
    parser.add_argument("--key", type=Path, help="the signer's public key")
    parser.add_argument("--artifact", help="what will be deployed, NAME@sha256:HEX")
    parser.add_argument("--policy", type=Path, help="what must hold, as domain-safety verify reads it")
    return parser


def _append(variable: str, text: str) -> None:
    if path := os.environ.get(variable):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
