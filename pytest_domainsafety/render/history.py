"""A history as text: a domain a line, and what changed beside the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pytest_domainsafety.core.escape import columns, printable, wrapped
from pytest_domainsafety.core.history.report import History, Point
from pytest_domainsafety.render.history_words import (
    LETTERS,
    LETTERS_SAID,
    UNCHECKED,
    changes,
    figures,
    minute,
    model,
    series,
    state,
)
from pytest_domainsafety.render.sections import shortened

SHOWN: Final = 5
"""Runs whose figures a domain's line has."""

_NAME: Final = 23
_CELL: Final = 8
_SPARKS: Final = 11
"""Runs that the small column goes back."""

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_DIGITS: Final = "0123456789"


def to_text(history: History, *, unicode: bool) -> str:
    """The history, at most 80 columns wide but for long words.

    Args:
        history: At least one run.
        unicode: Whether the terminal can show block characters.
    """
    first = max(0, len(history.runs) - SHOWN)
    numbers = range(first, len(history.runs))
    width = _width(history)
    heads = "".join(f" {f'#{number + 1}':>{_CELL}}" for number in numbers)
    lines = [f"{'domain':{width}} {'rates':{_SPARKS}}{heads}"]
    for domain in history.domains:
        points = {point.run: point for point in domain.points}
        for name, framing in series(domain):
            cells = "".join(f" {_cell(points.get(number), framing):>{_CELL}}" for number in numbers)
            sparks = _sparks(points, framing, len(history.runs), _BLOCKS if unicode else _DIGITS)
            lines.append(f"{shortened(printable(name), width)} {sparks:{_SPARKS}}{cells}")
    lines += wrapped(
        f"rate/upper bound in %, {LETTERS_SAID}; - not measured, . not in the run; rates: the newest at the right, "
        f"{'a full block' if unicode else '9'} is 100 %; "
        "beside a domain's own row stands the decision of all its gates",
    )
    lines.append("")
    for number in numbers:
        lines += _run(history, number)
    if first:
        lines.append(f"and {first} earlier run{'' if first == 1 else 's'} (--json lists all)")
    lines += ["", *wrapped(f"A history decides nothing. {UNCHECKED}")]
    return "".join(f"{columns(line)}\n" for line in lines)


def _width(history: History) -> int:
    names = [len(printable(name)) for domain in history.domains for name, _ in series(domain)]
    return min(_NAME, max([len("domain"), *names]))


def _run(history: History, number: int) -> Sequence[str]:
    run = history.runs[number]
    who = f"{model(run)}, judged by {run.judge.name} ({run.run})"
    said = f"#{number + 1} {minute(run.started)} {state(run).upper()} {who}"
    marks = [line for words in changes(history, number) for line in wrapped(f"* {words}", "  ")]
    return [*wrapped(said, "   "), *marks]


def _cell(point: Point | None, framing: str | None) -> str:
    if point is None:
        return "."
    found, decision = figures(point, framing)
    letter = LETTERS.get(decision, "?")
    if found is None:
        return f"-{letter}" if framing is None else "."
    return f"{_percent(found.rate)}/{_percent(found.bound)}{letter}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value * 100:.0f}"


def _sparks(points: Mapping[int, Point], framing: str | None, runs: int, scale: str) -> str:
    """A character a run for its rate."""
    shown = []
    for number in range(max(0, runs - _SPARKS), runs):
        found = figures(points[number], framing)[0] if number in points else None
        if found is None or found.rate is None:
            shown.append("." if found is None else "-")
        else:
            shown.append(scale[min(len(scale) - 1, int(found.rate * len(scale)))])
    return "".join(shown)
