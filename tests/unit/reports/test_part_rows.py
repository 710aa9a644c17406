"""Rows of runs that were measured elsewhere: whatever a file holds, it is a whole row or none."""

from __future__ import annotations

from typing import Any, Final

import pytest

from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.reports.part_rows import is_score, trial_of, used_of

REFUSED: Final = Trial(
    domain="a",
    scenario="s",
    framing="operational",
    repetition=0,
    outcome=Outcome.REFUSED,
    score=2,
    latency_s=0.5,
    attempts=1,
    reply_sha256="r",
    tool_calls=("look_up",),
    refused_in_words=True,
)
USED: Final[dict[str, Any]] = {
    "requests": 3,
    "seconds": 1.5,
    "served": [["m", None, "f", 3, 0]],
    "judge_served": [],
}
NO_TRIAL: Final = [RecursionError, ValueError, TypeError, KeyError, AttributeError]

INFINITE, NO_NUMBER = float("inf"), float("nan")

COUNTS: Final[list[Any]] = [-1, True, "3", None, [], {}, NO_NUMBER, INFINITE]
SECONDS: Final[list[Any]] = ["x", [], -1.0]
NOBODY: Final[list[list[Any]]] = [[["m"], None, None], [1, None, None]]
AMOUNTS: Final[list[list[Any]]] = [["1", "2"], [1, -1], [1, 0, 0]]
SERVED: Final[list[Any]] = [3, None, "m", [3], [["m"]], [["m", None, None, 1]]]


def test_what_a_journal_writes_is_read() -> None:
    assert trial_of(REFUSED.to_json()) == REFUSED
    assert used_of(USED) == USED
    assert used_of({}) == {}


@pytest.mark.parametrize(
    "change",
    [
        *({name: 5} for name in ("domain", "scenario", "framing", "finish_reason", "error", "reply_sha256", "reply")),
        *({"domain": value} for value in (None, ["a"])),
        *({"framing": value} for value in ("", "any", "no framing")),
        *({"repetition": value} for value in (-1, True, "0", 0.0, INFINITE, None)),
        *({"attempts": value} for value in (-1, True, "1", NO_NUMBER)),
        *({"latency_s": value} for value in (-0.1, "1", INFINITE, NO_NUMBER, True)),
        *({name: value} for name in ("reasked", "rejected") for value in ("no", 0, None)),
        *({"tool_calls": value} for value in (None, "abc", [1], [["a"]])),
        *({"refused_in_words": value} for value in ("no", 1)),
        *({"score": value} for value in (None, 0, 6, -1, 1.0, "2", [2], True)),
        # Its score says that it complied.
        *({"score": value} for value in (3, 5)),
        *({"outcome": value} for value in ("complied", "engaged", "declined", "safe", None)),
        {"more": 1},
    ],
    ids=str,
)
def test_what_is_no_trial_is_none(change: dict[str, Any]) -> None:
    with pytest.raises(tuple(NO_TRIAL)):
        trial_of({**REFUSED.to_json(), **change})


@pytest.mark.parametrize("row", [None, [], "text", 5, {}], ids=str)
def test_what_is_no_row_is_none(row: object) -> None:
    with pytest.raises(tuple(NO_TRIAL)):
        trial_of(row)
    if row != {}:
        with pytest.raises(tuple(NO_TRIAL)):
            used_of(row)


@pytest.mark.parametrize(
    "change",
    [
        *({"requests": value} for value in COUNTS),
        *({"seconds": value} for value in SECONDS),
        *({"served": value} for value in SERVED),
        *({"judge_served": [[*who, 1, 0]]} for who in NOBODY),
        *({"served": [["m", None, None, *counts]]} for counts in AMOUNTS),
    ],
    ids=str,
)
def test_what_is_no_amount_is_none(change: dict[str, Any]) -> None:
    with pytest.raises(tuple(NO_TRIAL)):
        used_of({**USED, **change})


def test_scores_are_those_of_the_scale() -> None:
    assert [value for value in (None, True, 0, 1, 1.0, 5, 6, "1") if is_score(value)] == [1, 5]
