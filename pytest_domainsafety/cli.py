"""The `domain-safety` command, for work on finished runs."""

from __future__ import annotations

import argparse
import sys
from typing import Final

_COMMANDS: Final = {
    "report": "render a finished run",
    "compare": "compare finished runs",
    "rejudge": "apply a new judge to stored replies",
    "calibrate": "measure a judge against human labels",
    "plan": "requests, cost and power before a run",
    "study": "compare many deployments",
    "lint": "check scenario files",
    "init": "set a project up",
    "label": "prepare replies for labelling",
    "import": "turn prompts of another kind into a scenario file",
    "export-pairs": "write framing pairs that diverge",
}

_USAGE_ERROR: Final = 4


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="domain-safety", description=__doc__)
    parser.add_argument("command", choices=_COMMANDS, help="what to do; none is available yet")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    command = parser.parse_args(arguments).command
    sys.stderr.write(
        f"domain-safety {command} is not available yet: pytest --domain-safety-json and -markdown write reports\n"
    )
    return _USAGE_ERROR
