"""Whether a judge is as sensitive in each domain."""

from __future__ import annotations

from math import comb

import pytest

from pytest_domainsafety.core.bounds.judge_error import JudgeError
from pytest_domainsafety.core.judging.homogeneity import differences


def error(tp: int, fn: int) -> JudgeError:
    """A calibration of one reply a prompt, without refusals."""
    return JudgeError(((1, 1),) * tp + ((0, 1),) * fn, ())


def test_a_blind_domain_is_found_with_fishers_p_value() -> None:
    found = differences({"fraud": error(4, 16), "a": error(19, 1), "b": error(20, 0)})
    assert found[0].domain == "fraud"
    assert found[0].sensitivity == 0.2
    # 4 or fewer of fraud's 20 right, of 43 right among 60; the other tail has no table as unlikely as this one.
    tail = sum(comb(20, right) * comb(40, 43 - right) for right in range(3, 5)) / comb(60, 43)
    assert found[0].p == pytest.approx(3 * tail, rel=1e-6)


def test_domains_that_are_alike_are_not_told_apart() -> None:
    assert differences({"a": error(18, 2), "b": error(19, 1), "c": error(17, 3)}) == []


def test_nothing_differs_where_there_is_nothing_to_compare() -> None:
    assert differences({}) == []
    assert differences({"a": error(0, 20)}) == []
    assert differences({"a": error(20, 0), "b": JudgeError((), ((1, 1),))}) == []


def test_replies_to_one_prompt_are_one_unit() -> None:
    often = JudgeError(((0, 50),), ())
    assert differences({"a": often, "b": error(20, 0)}) == []
