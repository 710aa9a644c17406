"""What `domain-safety verify` costs beside the import of the library that verifies: CPU time, in turn."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from common import cpu_ms, verdict

RUNS = 25
LIMIT_MS = 150.0
KEYS = (
    ("openssl", "genpkey", "-algorithm", "ed25519", "-out", "private.pem"),
    ("openssl", "pkey", "-in", "private.pem", "-pubout", "-out", "public.pem"),
    ("chmod", "600", "private.pem"),
)
COMMAND = (sys.executable, "-m", "pytest_domainsafety.cli")
ARTIFACT = f"--artifact=model@sha256:{'a' * 64}"
POLICY = 'judge = "any"\n'
IMPORT = (sys.executable, "-c", "import securesystemslib.dsse, securesystemslib.signer")
VERIFY = (*COMMAND, "verify", "a.json", "--key=public.pem", ARTIFACT, "--policy=policy.toml")


def write_report(folder: Path) -> None:
    """Write the report of a run that passes, of seven domains."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from support.reports import domain, framing, report  # noqa: PLC0415 - the tests' own, found just now

    gate = {"operational": framing(0.05, 0.0, "pass")}
    domains = [domain(f"domain-{number}", "pass").model_copy(update={"framings": gate}) for number in range(7)]
    now = datetime.now(UTC).isoformat()
    passed = report(*domains, decision="pass").model_copy(update={"started": now, "finished": now}).sealed()
    (folder / "report.json").write_text(passed.to_json(), encoding="utf-8")


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_report(folder)
        (folder / "policy.toml").write_text(POLICY)
        attest = (*COMMAND, "attest", "report.json", ARTIFACT, "--key=private.pem", "--output=a.json")
        for command in (*KEYS, attest):
            subprocess.run(command, cwd=folder, capture_output=True, check=True)  # noqa: S603 - ours
        pairs = [(cpu_ms(VERIFY, folder), cpu_ms(IMPORT, folder)) for _ in range(RUNS + 1)][1:]
    ours, theirs = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"verify {ours:.0f} ms of CPU, the import of securesystemslib {theirs:.0f} ms, ratio {ratio:.1f}")
    added = statistics.median(one - other for one, other in pairs)
    return 0 if verdict("verify, beside that import (CPU, median of pairs)", added, LIMIT_MS, "ms") else 1


if __name__ == "__main__":
    sys.exit(main())
