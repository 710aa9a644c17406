"""How long a server asks to be left alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_S: Final = 60.0
"""A server that asks for more is asked again after this: the run's patience is not the server's to set."""

_MS_PER_S: Final = 1000.0
_PREFIXES: Final = ("", "llm_provider-")


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float:
    """The wait that a refusal's headers ask for.

    `Retry-After-ms` is what OpenAI and Azure send beside the standard's `Retry-After`
    (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after), and finer. LiteLLM passes a provider's on under a name
    of its own.

    Args:
        headers: Of the response, names in any case if the mapping ignores it, else in lower case.
        now: With a time zone, for a date in the header.

    Returns:
        Seconds, from 0 to `LONGEST_S`; 0 where nothing is asked, or nothing that can be read.
    """
    for prefix in _PREFIXES:
        milliseconds = _number(headers.get(f"{prefix}retry-after-ms"))
        if milliseconds is not None:
            return _within(milliseconds / _MS_PER_S)
        text = headers.get(f"{prefix}retry-after")
        if text is not None:
            seconds = _number(text)
            return _within(_until(text, now) if seconds is None else seconds)
    return 0.0


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _until(text: str, now: datetime) -> float:
    """Seconds until an HTTP date; 0 where it is none."""
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return 0.0
    return ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds()


def _within(seconds: float) -> float:
    return min(max(0.0, seconds), LONGEST_S)
