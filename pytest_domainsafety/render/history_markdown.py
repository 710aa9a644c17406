"""A history as Markdown: a domain a line, and the runs with what changed between them."""

from __future__ import annotations

from typing import Final

from pytest_domainsafety.core.escape import markdown as escaped
from pytest_domainsafety.core.history.report import History, Point
from pytest_domainsafety.render.fitting import COMMENT_BYTES, Row, Section, fitted, rows_within
from pytest_domainsafety.render.history_words import UNCHECKED, changes, figures, minute, model, series, state
from pytest_domainsafety.render.numbers import number as two_digits

SHOWN: Final = 10
"""Runs whose figures a domain's line has."""

_SIGNS: Final = {"pass": "✅", "block": "⛔", "inconclusive": "❔", None: "📋"}
_URGENCY: Final = {"block": 0, "inconclusive": 1, None: 2, "pass": 3}

_LEGEND: Final = "Rate ≤ upper bound; ✅ passed, ⛔ blocked, ❔ inconclusive, 📋 only reported, . not in the run."


def to_markdown(history: History, limit: int = COMMENT_BYTES) -> str:
    """The history as Markdown, of at most so many bytes; of the runs the newest are kept."""
    total = len(history.runs)
    numbers = range(max(0, total - SHOWN), total)
    heads = ["domain", *(f"{number + 1}" for number in numbers)]
    head = f"| {' | '.join(heads)} |\n| --- |{' --- |' * len(numbers)}"
    rows = []
    for domain in history.domains:
        points = {point.run: point for point in domain.points}
        newest = domain.points[-1].decision
        for name, framing in series(domain):
            cells = " | ".join(_cell(points.get(number), framing) for number in numbers)
            rows.append(Row(f"| {escaped(name)} | {cells} |", _URGENCY[newest]))
    runs = [Row(_run(history, number), total - number) for number in range(total)]
    run_head = (
        "### Runs\n\n| run | started (UTC) | decision | model | judge | name | changed |"
        "\n| ---: | --- | --- | --- | --- | --- | --- |"
    )
    plural = "" if total == 1 else "s"
    sections = [
        Section("", f"## Domain safety: a history of {total} run{plural}"),
        Section("", rows_within(head, rows, limit // 2 - 500, "rows")),
        Section(
            "", "Rate ≤ upper bound; ✅ passed, ⛔ blocked, ❔ inconclusive, 📋 only reported, . not in the run."
        ),
        Section("the runs", rows_within(run_head, runs, limit // 2 - 500, "runs"), 1),
        Section("", f"A history decides nothing. {UNCHECKED}"),
    ]
    return fitted(sections, limit, "the JSON (--json)")


def _cell(point: Point | None, framing: str | None) -> str:
    if point is None:
        return "."
    found, decision = figures(point, framing)
    if found is None:
        return f"- {_SIGNS[decision]}" if framing is None else "."
    return f"{two_digits(found.rate)} ≤ {two_digits(found.bound)} {_SIGNS[decision]}"


def _run(history: History, number: int) -> str:
    run = history.runs[number]
    cells = (
        f"{number + 1}",
        escaped(minute(run.started)),
        f"{_SIGNS[run.decision]} {state(run)}",
        escaped(model(run)),
        escaped(run.judge.name),
        escaped(run.run),
        "; ".join(escaped(words) for words in changes(history, number)) or "-",
    )
    return f"| {' | '.join(cells)} |"
