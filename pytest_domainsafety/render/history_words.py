"""What a history's text, Markdown and page say alike: a run in words, and what changed before it."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from pytest_domainsafety.core.history.report import DomainHistory, Figures, History, HistoryRun, Point
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED

LETTERS: Final = {"pass": "P", "block": "B", "inconclusive": "I", None: "r"}
LETTERS_SAID: Final = "P passed, B blocked, I inconclusive, r only reported"
UNCHECKED: Final = "Trials are not read, so a report's digest is not checked here."


def minute(when: str) -> str:
    """A run's time in ISO 8601 as a row shows it, to the minute; UTC, as reports have it."""
    return f"{when[:10]} {when[11:16]}".rstrip()


def model(run: HistoryRun) -> str:
    """The deployment's model."""
    return run.model or "unnamed"


def end(run: HistoryRun) -> str:
    """What kept the run from its end; empty where it reached it."""
    return "" if run.ended else "interrupted" if run.interrupted else "stopped"


def state(run: HistoryRun) -> str:
    """The decision, and whether the run reached its end."""
    return ", ".join(filter(None, [run.decision, end(run)]))


def series(domain: DomainHistory) -> list[tuple[str, str | None]]:
    """The rows of a domain: what each is called, and its framing, None where no run has one to show."""
    named: list[tuple[str, str | None]] = [
        (domain.domain if name == ALWAYS_GATED else f"{domain.domain}[{name}]", name) for name in domain.names
    ]
    return named or [(domain.domain, None)]


def having(domain: DomainHistory, framing: str | None) -> list[Point]:
    """The runs in which a row has figures; the domain's own row stands for all that have the domain."""
    return [point for point in domain.points if framing in {None, ALWAYS_GATED, *point.framings}]


def figures(point: Point, framing: str | None) -> tuple[Figures | None, str | None]:
    """A row's figures in a run, and the decision that stands beside them.

    Beside the plain framing it is the domain's, which rests on the others, floors and baseline too.
    """
    found = None if framing is None else point.framings.get(framing)
    if framing in {None, ALWAYS_GATED}:
        return found, point.decision
    return found, None if found is None else found.decision


def changes(history: History, number: int) -> list[str]:
    """What changed before a run: for all domains, then the bars of single ones, those that moved alike in one."""
    moved: dict[str, list[str]] = defaultdict(list)
    having = 0
    for domain in history.domains:
        for point in domain.points:
            if point.run == number:
                having += 1
                for change in point.changes:
                    moved[change.words].append(domain.domain)
    bars = [
        f"{'all domains' if len(names) == having > 1 else ', '.join(names)}: {words}"
        for words, names in moved.items()
    ]
    return [*(change.words for change in history.runs[number].changes), *bars]
