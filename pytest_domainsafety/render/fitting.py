"""Markdown within the limit of the place where it is shown: whole parts are left out, the least important first.

GitHub shows nothing of a comment or a summary that is longer, so a report that is cut is better than a whole one.
Sizes are of UTF-8 in bytes, of which a text has at least as many as characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

COMMENT_BYTES: Final = 65_536
"""GitHub's limit for a comment on a pull request, in characters."""

SUMMARY_BYTES: Final = 1_048_576
"""GitHub's limit for a step's summary."""

_BREAK: Final = "\n\n"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report that is shown or left out as a whole.

    Args:
        name: What it is called where it is left out; empty for what always stays.
        text: Its Markdown; empty where there is nothing to say.
        importance: The lower, the sooner it is left out.
    """

    name: str
    text: str
    importance: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table or list, and how urgent it is to show it: the lower, the more."""

    text: str
    urgency: int = 0


def fitted(parts: Iterable[Section], limit: int, where: str) -> str:
    """Join the parts in their order, and say which were left out to keep the limit.

    Args:
        parts: In the order of reading.
        limit: The most bytes.
        where: Where the whole is to be found.
    """
    kept = [part for part in parts if part.text]
    left: list[str] = []
    while size(text := _joined(kept, left, where)) > limit and any(part.name for part in kept):
        least = min((part for part in kept if part.name), key=lambda part: part.importance)
        kept.remove(least)
        left.append(least.name)
    return text


def _joined(parts: Sequence[Section], left: Sequence[str], where: str) -> str:
    said = [part.text for part in parts]
    if left:
        said.append(f"✂️ Cut to be short enough to be shown; left out: {', '.join(left)}. The whole is in {where}.")
    return _BREAK.join(said) + "\n"


def rows_within(head: str, rows: Sequence[Row], limit: int, what: str) -> str:
    """A table or list of whole rows only: where they are too many, the most urgent, in their order.

    Args:
        head: Stands above the rows.
        rows: In the order of reading.
        limit: The most bytes of all.
        what: What a row is of, for the count of those left out.
    """
    room = limit - size(head) - 100  # for the count
    chosen: set[int] = set()
    for index in sorted(range(len(rows)), key=lambda index: rows[index].urgency):
        room -= size(rows[index].text) + 1
        if room < 0:
            break
        chosen.add(index)
    text = "\n".join([head, *(row.text for index, row in enumerate(rows) if index in chosen)])
    left = len(rows) - len(chosen)
    return text if not left else f"{text}{_BREAK}✂️ and {left} more {what}"


def folded(title: str, text: str) -> str:
    """A part behind a click; nothing where there is nothing. The title is ours: Markdown is not escaped in it."""
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>" if text else ""


def size(text: str) -> int:
    """Bytes in UTF-8; a lone surrogate is written as a question mark."""
    return len(text.encode("utf-8", "replace"))
