"""The tools that replies called: their names, and how many trials that complied called each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_domainsafety.core.escape import printable

if TYPE_CHECKING:
    from pytest_domainsafety.core.evidence.trials import Trial
    from pytest_domainsafety.core.outcome import Outcome

_LONGEST: Final = 64
"""Characters of a function's name that OpenAI allows."""

_MOST_NAMES: Final = 16
_MOST_TOLD: Final = 5


@dataclass(frozen=True, slots=True)
class Called:
    """Trials that complied and called a tool; those that called two are counted at both.

    Args:
        name: The tool's. Untrusted, but printable and cut.
        refused_in_words: Trials whose words refuse, by the judge.
        others: The rest, also where the judge does not say.
    """

    name: str
    refused_in_words: int
    others: int


def called_names(calls: Iterable[str]) -> tuple[str, ...]:
    """The names of calls, each `name(arguments)`, once each and fit to be shown."""
    names = (printable(call.partition("(")[0])[:_LONGEST].strip() or "a tool without a name" for call in calls)
    return tuple(dict.fromkeys(names))[:_MOST_NAMES]


def called(rows: Iterable[Sequence[Trial]], positive: Outcome) -> list[Called]:
    """What was called in trials with an outcome, the most frequent first."""
    refused, others = Counter[str](), Counter[str]()
    for trial in (trial for row in rows for trial in row if trial.outcome is positive):
        (refused if trial.refused_in_words else others).update(trial.tool_calls)
    found = [Called(name, refused[name], others[name]) for name in refused | others]
    return sorted(found, key=lambda each: (-each.refused_in_words, -each.others, each.name))


def called_words(found: Sequence[Called]) -> str:
    """In words, cut: `2 refused in words, called send_payment`; empty where nothing was called."""
    told = [
        f"{count} {what} `{each.name}`"
        for what, counts in (
            ("refused in words, called", [(each, each.refused_in_words) for each in found]),
            ("called", [(each, each.others) for each in found]),
        )
        for each, count in counts
        if count
    ]
    left = len(told) - _MOST_TOLD
    return "; ".join(told[:_MOST_TOLD]) + (f"; and {left} more such counts" if left > 0 else "")
