"""The `domain-safety` command, for work beside the runs: planning them, and what to do with finished ones."""

from __future__ import annotations

import io
import os
import sys
import warnings
from importlib import import_module
from typing import Final

_COMMANDS: Final = {
    "init": "a first configuration and a job that runs the gate",
    "lint": "check scenario files",
    "import": "a table of prompts as a scenario file",
    "lock": "the bar of a release as a file to review",
    "merge": "one verdict from the runs of several parts of a suite",
    "batch": "a run's requests as files of a batch, and the gate on their results",
    "plan": "requests, cost and power before a run",
    "report": "a finished run's report again, in other formats",
    "comment": "a finished run's report as a comment on the pull request",
    "compare": "compare finished runs",
    "study": "several deployments side by side, from their finished runs",
    "history": "each domain run by run, with what changed between the runs",
    "label": "choose replies of a finished run for a person to label",
    "calibrate": "a judge against human labels",
    "rejudge": "another judge on a finished run's replies",
    "adjudicate": "a finished run's verdict with people's labels in place of the judge's",
    "attest": "a finished run's verdict as a signed statement on an artifact",
    "verify": "whether such a statement lets an artifact be deployed",
    "export-pairs": "framing pairs of a finished run for safety tuning",
    "prune": "remove old runs",
}

_MODULES: Final = {"import": "import_prompts", "export-pairs": "export_pairs"}
"""Of commands whose name can be no module's."""

_USAGE_ERROR: Final = 4
_BROKEN_PIPE: Final = 141
"""As a shell tells of a program that SIGPIPE ended; never a verdict's code."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Returns:
        Its exit code.
    """
    try:
        try:
            return _run(*((sys.argv[1:] if arguments is None else arguments) or ["--help"]))
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has seen enough. What is left of it would be an error when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE


def _run(name: str, *rest: str) -> int:
    if name == "--version":
        from importlib.metadata import version

        sys.stdout.write(f"pytest-domainsafety {version('pytest-domainsafety')}\n")
        return 0
    if name in {"-h", "--help"}:
        sys.stdout.write(_help())
        return 0
    if name not in _COMMANDS:
        return _complain(f"domain-safety {name} is no command: use {', '.join(_COMMANDS)}")
    from pytest_domainsafety.core.errors import ConfigurationError

    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name in letters that the terminal does not have must not end a command.
        sys.stdout.reconfigure(errors="replace")
    try:
        # What a project or a variable makes an error of for its tests must not end a command, whatever it imports.
        with warnings.catch_warnings(action="ignore"):
            code: int = import_module(f"pytest_domainsafety.commands.{_MODULES.get(name, name)}").run([*rest])
    except ConfigurationError as error:
        return _complain(str(error))
    return code


def _complain(sentence: str) -> int:
    sys.stderr.write(f"ERROR: {sentence}\n")
    return _USAGE_ERROR


def _help() -> str:
    built = "".join(f"  {name:14} {text}\n" for name, text in _COMMANDS.items())
    return f"usage: domain-safety COMMAND ...\n       domain-safety --version\n\n{built}"


if __name__ == "__main__":
    sys.exit(main())
