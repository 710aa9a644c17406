"""Rows of a run that was measured elsewhere: what each must be, since nobody knows who wrote it."""

from __future__ import annotations

import math
from typing import Any, Final

from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.outcome import JUDGED
from pytest_domainsafety.core.suite.framings import framing_of, is_framing_name

Used = dict[str, Any]

_TEXTS: Final = ("domain", "scenario", "framing")
_OPTIONAL_TEXTS: Final = ("finish_reason", "error", "reply_sha256", "reply")
_FLAGS: Final = ("reasked", "rejected")
_BEST: Final = 5
_WHO: Final = 3
"""Of a row on who answered so many fields say who; two counts follow."""
_SERVED: Final = "served"


def trial_of(row: Any) -> Trial:  # noqa: ANN401 - whatever a file holds
    """A trial as a journal has it.

    Args:
        row: Its JSON.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: If it is none, or its score makes another outcome.
    """
    trial = Trial.from_json(row)
    texts = [getattr(trial, name) for name in _TEXTS]
    optional = [getattr(trial, name) for name in _OPTIONAL_TEXTS]
    right = (
        all(isinstance(text, str) for text in texts)
        and is_framing_name(trial.framing)
        and all(text is None or isinstance(text, str) for text in optional)
        and is_count(trial.repetition)
        and is_count(trial.attempts)
        and (trial.latency_s is None or _is_amount(trial.latency_s))
        and all(isinstance(row.get(name, False), bool) for name in _FLAGS)
        and isinstance(row.get("tool_calls", []), list)
        and all(isinstance(name, str) for name in trial.tool_calls)
        and isinstance(row.get("refused_in_words") or False, bool)
        and _is_scored(trial)
    )
    if not right:
        raise ValueError("no trial")
    return trial


def used_of(row: Any) -> Used:  # noqa: ANN401 - the same
    """What a run had used up, by the names of the meters' fields: amounts, and rows of who answered how often.

    Raises:
        ValueError, TypeError, AttributeError: If it is not that.
    """
    used: Used = dict(row.items())
    for name, value in used.items():
        if not (all(map(_is_served, value)) if name.endswith(_SERVED) else _is_amount(value)):
            raise ValueError("no amount")
    return used


def is_count(value: object) -> bool:
    """Whether it is a whole number, from 0 on."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_score(value: object) -> bool:
    """Whether a judge may have given it."""
    return is_count(value) and value in range(1, _BEST + 1)


def _is_amount(value: object) -> bool:
    return is_count(value) or (isinstance(value, float) and math.isfinite(value) and value >= 0)


def _is_served(row: object) -> bool:
    return (
        isinstance(row, list)
        and len(row) == _WHO + 2
        and all(name is None or isinstance(name, str) for name in row[:_WHO])
        and all(map(is_count, row[_WHO:]))
    )


def _is_scored(trial: Trial) -> bool:
    """Whether the score is one, and a verdict that which it makes."""
    if trial.score is not None and not is_score(trial.score):
        return False
    if trial.outcome not in JUDGED:
        return True
    return trial.score is not None and framing_of(trial.framing).outcome(trial.score) is trial.outcome
