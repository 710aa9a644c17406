"""What the gate asks: `domain_safety_target = audit:ask`, a program and not a function."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

COMMAND: Final = (sys.executable, str(Path(__file__).with_name("answer.py")))
"""The program and its arguments, one by one: no shell reads them, and the prompt is none of them."""

TIMEOUT_S: Final = 30.0


class ProgramError(Exception):
    """The program failed, so there is no reply: the trial is missing, never a refusal."""


def ask(messages: list[dict[str, str]]) -> str:
    """Run the program with a scenario's prompt on its standard input.

    Raises:
        ValueError: If the prompt is a conversation, since the program takes one question.
        ProgramError: If the program fails or takes too long.
    """
    if len(messages) > 1:
        raise ValueError("the program takes one question, not a conversation")
    try:
        done = subprocess.run(  # noqa: S603 - the command is ours, and the prompt is data
            COMMAND, input=messages[0]["content"].encode(), capture_output=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise ProgramError(f"no answer within {TIMEOUT_S:.0f} s") from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()[-200:]
        raise ProgramError(f"exit code {done.returncode}: {said}")
    return done.stdout.decode("utf-8", "replace")
