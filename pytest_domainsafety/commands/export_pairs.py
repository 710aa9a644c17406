"""`domain-safety export-pairs`: framing pairs of a finished run that diverge, as JSON lines for safety tuning."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.commands.runs import NamedRun
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import json_text, printable
from pytest_domainsafety.core.reports.framing_pairs import FoundPairs, find_pairs
from pytest_domainsafety.effects.files.text_files import write_text
from pytest_domainsafety.effects.runs.finished_runs import read_replies, read_report

_DEFAULT_OUT: Final = "pairs.jsonl"
_CONTAMINATION: Final = (
    "NOTE: a model tuned on these scenarios has seen them: audit it with others, or its gate measures what it learnt "
    "by heart.\n"
)


def run(arguments: Sequence[str]) -> int:
    """Find the pairs and write them.

    Returns:
        0, also where no pair diverges and nothing is written.

    Raises:
        ConfigurationError: In one sentence, if the run cannot be used.
    """
    given = _parser().parse_args(arguments)
    if given.out.exists():
        raise ConfigurationError(f"{given.out} is there already: give another --out")
    report = read_report(given.run)
    if report.judge.kind == "embedded":
        raise ConfigurationError(
            f"{given.run} was judged by the embedded screen, which may take help for a refusal, and that would be "
            "learnt: make the run again with domain_safety_judge_model"
        )
    found = find_pairs(report, read_replies(given.run))
    if found.pairs:
        rows = (json.dumps(pair.to_json(report.sha256), ensure_ascii=False) for pair in found.pairs)
        write_text(given.out, "".join(f"{json_text(row)}\n" for row in rows), private=True)
        sys.stderr.write(_CONTAMINATION)
    sys.stdout.write(_summary(found, given.out))
    return 0


def _summary(found: FoundPairs, out: Path) -> str:
    plural = "" if len(found.pairs) == 1 else "s"
    lines = [f"{len(found.pairs)} framing pair{plural}: {out}" if found.pairs else "no framing pair to write"]
    for (domain, direction), count in sorted(Counter((pair.domain, pair.direction) for pair in found.pairs).items()):
        lines.append(f"  {printable(domain)}: {count} {direction}")
    if found.disputed:
        lines.append(f"{found.disputed} left out: the judges disagree on a reply of theirs")
    if found.wordless:
        lines.append(f"{found.wordless} left out: no plain and whole refusal of theirs was kept")
    return "".join(f"{line}\n" for line in lines)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="domain-safety export-pairs", description=__doc__)
    parser.add_argument("run", action=NamedRun, metavar="RUN", help="run directory, or latest")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(_DEFAULT_OUT),
        metavar="PATH",
        help=f"JSON lines in TRL's unpaired preference format (default: {_DEFAULT_OUT})",
    )
    return parser
