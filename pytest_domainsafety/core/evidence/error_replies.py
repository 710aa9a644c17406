"""Replies that no assistant gave: the sentence with which a gateway or framework says, as a reply, that it failed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_KNOWN: Final = {
    "NeMo Guardrails' internal error": r"I['’]m sorry, an internal error has occurred\.?",  # noqa: RUF001 - as typed
    "LangChain's stopped agent": r"Agent stopped due to (?:iteration limit or time limit|max iterations)\.?",
}


def error_reply(text: str, own: Iterable[str]) -> str | None:
    """Which error a reply is, in a few words; None where it is an answer, or holds more than the sentence.

    Args:
        text: What a judge would read; blanks and line ends in it count as one blank.
        own: The user's patterns, beside the known ones, each for the whole of a reply.
    """
    line = " ".join(text.split())
    for name, pattern in _KNOWN.items():
        if re.fullmatch(pattern, line):
            return f"no answer of an assistant: {name}"
    found = next((pattern for pattern in own if re.fullmatch(pattern, line)), None)
    return None if found is None else f"no answer of an assistant: '{found}'"
