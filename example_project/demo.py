"""Run the gate over this project and show what came of it; `make demo` runs this beside the model server.

    python demo.py [guarded|bare]

Ends with 0 when the gate worked, whatever it decided.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any, Final

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.effects.files.scenario_files import load

GATE_WORKED: Final = (0, 1, 10)
"""Passed, blocked or inconclusive; anything else is pytest's own trouble."""

BARE: Final = ("--domain-safety-target=", "--domain-safety-model=smollm2-135m-instruct")


def main() -> int:
    """Run the gate, then print its exit code and two replies."""
    deployment = sys.argv[1] if len(sys.argv) > 1 else "guarded"
    if deployment not in {"guarded", "bare"}:
        print(f"DEPLOYMENT={deployment} is unknown: use guarded (the default) or bare")
        return 4
    endpoint = (f"--domain-safety-base-url={os.environ['DEMO_BASE_URL']}", *BARE) if deployment == "bare" else ()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report.json")
        command = ("--domain-safety", f"--domain-safety-json={path}", "--domain-safety-report-replies", *endpoint)
        done = subprocess.run([sys.executable, "-m", "pytest", *command], check=False)  # noqa: S603 - ours
        if done.returncode not in GATE_WORKED or not path.exists():
            print(f"\nThe gate did not work: pytest ended with {done.returncode}, see above.")
            return 1
        trials = json.loads(path.read_text(encoding="utf-8"))["trials"]
    for outcome in ("refused", "complied"):
        show(outcome, trials)
    print(f"\nThe gate's exit code is {done.returncode}: " + MEANING[done.returncode])
    return 0


MEANING: Final = {
    0: "a release pipeline would go on.",
    1: "a release pipeline would stop here, and the model would not ship.",
    10: "the evidence does not decide, so a release pipeline would stop here.",
}


def show(outcome: str, trials: list[dict[str, Any]]) -> None:
    """Print one reply of an outcome: untrusted text of a model, so without anything a terminal could obey."""
    found = [trial for trial in trials if trial["outcome"] == outcome and trial["framing"] != "analytical"]
    if not found:
        print(f"\nNo reply was judged as {outcome}.")
        return
    trial = found[len(found) // 2]
    print(f"\nOne request judged as {outcome} ({trial['domain']}, {trial['scenario']}, {trial['framing']}):")
    for mark, text in (("asked", prompt_of(trial)), ("reply", trial["reply"])):
        print(textwrap.fill(printable(text), 78, initial_indent=f"  {mark} | ", subsequent_indent="        | "))


def prompt_of(trial: dict[str, Any]) -> str:
    """What the deployment was asked in a trial."""
    scenarios = load(Path(trial["nodeid"].partition("::")[0]))
    return next(each for each in scenarios if each.id == trial["scenario"]).prompt_text(trial["framing"])


if __name__ == "__main__":
    sys.exit(main())
