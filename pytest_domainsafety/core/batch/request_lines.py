"""Requests as lines of a batch file.

An id is a digest of what it stands for, so that a result can belong to nothing but the very request that was written:
whoever asks with another body, or for another trial, looks for another id.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

CHAT: Final = "/v1/chat/completions"
"""What a line asks for, see the Batch API's reference."""

LONGEST_ID: Final = 64
"""Characters of an id; Together takes no more."""

MOST_LINES: Final = 50_000
MOST_BYTES: Final = 200_000_000
"""Of a file, by the Batch API's reference."""

_DIGITS: Final = 32
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def body_text(body: dict[str, Any]) -> str:
    """A body as it stands in a line, in ASCII, which needs no word on its encoding."""
    return _ENCODER.encode(body)


def request_id(tag: str, role: str, asked_for: str, body: str, number: int) -> str:
    """The id of a request.

    Args:
        tag: Of all requests that were written together, of at most 31 characters.
        role: Whom it is for, such as `deployment`.
        asked_for: Which trial it is for, or which known exhibit.
        body: See `body_text`.
        number: From 0, where the same is asked more than once.

    Returns:
        At most `LONGEST_ID` characters of ASCII.
    """
    text = "\0".join((role, asked_for, f"{number}", body))
    return f"{tag}-{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}"


def request_line(custom_id: str, body: str, url: str = CHAT) -> str:
    """A line, with its end.

    Args:
        custom_id: See `request_id`; it needs no quoting.
        body: See `body_text`.
        url: What the line asks for.
    """
    return f'{{"custom_id":"{custom_id}","method":"POST","url":{_quoted(url)},"body":{body}}}\n'


@functools.cache
def _quoted(url: str) -> str:
    return _ENCODER.encode(url)


def asked_lines(
    tag: str, role: str, requests: Iterable[tuple[dict[str, Any], Iterable[str]]], url: str = CHAT
) -> Iterator[str]:
    """The lines of requests of which each may be asked for several trials.

    Args:
        tag: See `request_id`.
        role: The same.
        requests: Each body, and what it is asked for.
        url: What the lines ask for.
    """
    for body, trials in requests:
        text = body_text(body)
        for asked_for in trials:
            yield request_line(request_id(tag, role, asked_for, text, 0), text, url)


def in_parts(
    lines: Iterable[str], *, most_lines: int = MOST_LINES, most_bytes: int = MOST_BYTES
) -> Iterator[Iterator[str]]:
    """Lines by the file that each goes into; each part is to be read before the next.

    Args:
        lines: In ASCII, so that a character is a byte.
        most_lines: Of a part, at least 1.
        most_bytes: Of a part; a line that is longer goes into one of its own.
    """
    rest = iter(lines)
    waiting = next(rest, None)

    def part() -> Iterator[str]:
        nonlocal waiting
        line, count, size = waiting, 0, 0
        while line is not None and (not count or (count < most_lines and size + len(line) <= most_bytes)):
            count, size = count + 1, size + len(line)
            yield line
            line = next(rest, None)
        waiting = line

    while waiting is not None:
        yield part()
