"""`domain-safety plan`: what a run would cost and could show. It is pytest's own option, under a shorter name."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

_FILES = ("json", "markdown")


def run(arguments: Sequence[str]) -> int:
    """Let pytest collect and plan here, with its own configuration; every argument of pytest's may be given.

    Returns:
        pytest's exit code.
    """
    given = [
        f"--domain-safety-{argument.removeprefix('--')}"
        if argument.removeprefix("--").partition("=")[0] in _FILES and argument.startswith("--")
        else argument
        for argument in arguments
    ]
    command = [sys.executable, "-m", "pytest", "--domain-safety", "--domain-safety-plan", *given]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - the user's own arguments
