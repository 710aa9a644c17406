"""Refusals for good: when they are a prompt's, and when it is hopeless to ask on."""

from __future__ import annotations

from itertools import cycle

import pytest

from pytest_domainsafety.core.traffic.refusals import FIRST_ALIKE, IN_A_ROW, Refusals


def first_hopeless(refusals: Refusals, statuses: list[int], *, most: int = 100, prompts: int = 100) -> int | None:
    """How many refusals it takes, one a prompt."""
    for number, status in zip(range(most), cycle(statuses), strict=False):
        if refusals.refuse(number % prompts, status):
            return number + 1
    return None


def answered() -> Refusals:
    refusals = Refusals()
    refusals.answer()
    return refusals


@pytest.mark.parametrize("status", [400, 403, 413, 446])
def test_the_same_for_the_first_five_prompts_is_hopeless(status: int) -> None:
    assert first_hopeless(Refusals(), [status]) == FIRST_ALIKE == 5


def test_different_ones_are_not() -> None:
    assert first_hopeless(Refusals(), [400, 400, 400, 400, 413]) is None


def test_four_prompts_again_and_again_are_not() -> None:
    assert first_hopeless(Refusals(), [400], prompts=4) is None


@pytest.mark.parametrize("status", [401, 403, 404])
def test_after_an_answer_it_takes_many_in_a_row(status: int) -> None:
    assert first_hopeless(answered(), [status]) == IN_A_ROW == 20


def test_all_that_deny_count_together() -> None:
    assert first_hopeless(answered(), [401, 403, 404]) == IN_A_ROW


def test_after_an_answer_what_denies_nothing_is_the_prompts_own() -> None:
    assert first_hopeless(answered(), [400]) is None
    assert first_hopeless(answered(), [403, 413]) == 2 * IN_A_ROW - 1


def test_nineteen_prompts_again_and_again_are_not_hopeless() -> None:
    assert first_hopeless(answered(), [403], prompts=19) is None


def test_an_answer_begins_the_row_again() -> None:
    refusals = answered()
    assert first_hopeless(refusals, [403], most=19) is None
    refusals.answer()
    assert first_hopeless(refusals, [403], most=19) is None


def test_what_came_before_the_first_answer_does_not_count() -> None:
    refusals = Refusals()
    assert first_hopeless(refusals, [403], most=4) is None
    refusals.answer()
    assert first_hopeless(refusals, [403]) == IN_A_ROW
