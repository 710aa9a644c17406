"""`domain-safety plan`: what a run would cost and could show. It is pytest's own option, under a shorter name.

`--json F`, `--markdown F`, `--latency SECONDS` and `--shards N` are pytest's own options too, with `--domain-safety-`
before them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from pytest_domainsafety.commands.project import QUIET
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import printable

SCENARIOS_ALONE: Final = ("-o", "python_files=no-test-of-this-name.py", "-p", "no:doctest")
"""For what needs none of a project's own tests imported."""

_OWN: Final = ("json", "markdown", "latency", "shards")
_MEND: Final = "give options of pytest's, --json F, --markdown F, --latency SECONDS or --shards N"
_USAGE: Final = re.compile(r"^ERROR: usage: .*?: error: (.+?)$", re.DOTALL | re.MULTILINE)
"""How pytest tells an option it does not know, among lines on its own usage."""


def run(arguments: Sequence[str]) -> int:
    """Let pytest collect and plan here, with its own configuration; every argument of pytest's may be given.

    Returns:
        pytest's exit code.

    Raises:
        ConfigurationError: In one sentence, if pytest does not know an option.
    """
    given = [
        f"--domain-safety-{argument.removeprefix('--')}"
        if argument.removeprefix("--").partition("=")[0] in _OWN and argument.startswith("--")
        else argument
        for argument in arguments
    ]
    return run_pytest(["--domain-safety", "--domain-safety-plan", *given], _MEND)


def run_pytest(arguments: Sequence[str], mend: str) -> int:
    """Run pytest here, with its own configuration and these arguments.

    Args:
        arguments: After those that keep warnings from being errors.
        mend: What to do where pytest does not know one.

    Returns:
        Its exit code.

    Raises:
        ConfigurationError: In one sentence, if pytest does not know an option.
    """
    command = [sys.executable, "-m", "pytest", *QUIET, *arguments]
    done = subprocess.run(  # noqa: S603 - the user's own arguments
        command,
        check=False,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    if usage := _USAGE.match(done.stderr):
        raise ConfigurationError(f"{printable(usage[1])}: {mend}")
    sys.stderr.write(done.stderr)
    return done.returncode
