"""Trials of several parts of a run as those of one, each once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any, Final

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.outcome import Outcome

_WHO: Final = 3
"""Of a row on who answered so many fields say who, and the rest are counts."""

Place = tuple[str, str, str, int]


@dataclass(frozen=True, slots=True)
class Joined:
    """What was joined.

    Args:
        trials: Of all parts.
        source: The number of the part that each is from.
    """

    trials: dict[Place, Trial]
    source: dict[Place, int]


def join(
    parts: Sequence[Mapping[Place, Trial]], names: Sequence[str], answered: Sequence[AbstractSet[Place]] = ()
) -> Joined:
    """Take every trial from the part that measured it.

    One that a part could not measure is taken from another that did; a request there that the model may have
    answered leaves it open, and so does an answer of which no verdict came. Two measurements of one trial are two
    draws, of which nobody may choose.

    Args:
        parts: Their trials.
        names: What to call each, for messages.
        answered: The trials of each to which any answer is kept there; none where nothing is said of it.

    Raises:
        ConfigurationError: If a trial was measured twice, and not identically.
    """
    trials: dict[Place, Trial] = {}
    source: dict[Place, int] = {}
    for number, part in enumerate(parts):
        for place, trial in part.items():
            there = trials.get(place)
            if there is None:
                trials[place], source[place] = trial, number
            elif there != trial:
                kept = _one_of(there, trial)
                if kept is None:
                    raise ConfigurationError(
                        f"{_told(place)} was measured in {names[source[place]]} and in {names[number]}, and not "
                        "identically: leave one of them out"
                    )
                left, other = (source[place], there) if kept is trial else (number, trial)
                if kept is trial:
                    source[place] = number
                opens = other.reasked or (bool(answered) and place in answered[left])
                trials[place] = replace(kept, reasked=True) if opens and not kept.reasked else kept
    return Joined(trials, source)


def _one_of(first: Trial, second: Trial) -> Trial | None:
    """The one that was measured, None where both were."""
    if _is_hole(first):
        return second
    return first if _is_hole(second) else None


def _is_hole(trial: Trial) -> bool:
    """Whether nothing was received."""
    return trial.outcome in {Outcome.MISSING, Outcome.NOT_ASKED} and not trial.is_settled


def _told(place: Place) -> str:
    domain, scenario, framing, repetition = place
    return f"{domain}::{scenario}[{framing}], repetition {repetition + 1},"


def used_by_all(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What all parts used up together.

    Args:
        parts: By the names of the meters' fields, as a journal holds it: counts, and rows of who answered how often.
    """
    total: dict[str, Any] = {}
    for used in parts:
        for name, value in used.items():
            if name not in total:
                total[name] = value
            else:
                total[name] = _counted(total[name], value) if isinstance(value, list) else total[name] + value
    return total


def _counted(rows: list[list[Any]], more: list[list[Any]]) -> list[list[Any]]:
    counts: dict[tuple[Any, ...], list[int]] = {}
    for row in (*rows, *more):
        who, found = tuple(row[:_WHO]), row[_WHO:]
        counts[who] = [first + second for first, second in zip(counts.get(who, [0] * len(found)), found, strict=True)]
    return [[*who, *found] for who, found in counts.items()]
