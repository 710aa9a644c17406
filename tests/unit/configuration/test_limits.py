"""Margins, floors and prices: their lines and every mistake in them."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.configuration.limits import LimitError, parse_domain_limits
from pytest_domainsafety.core.planning.prices import Prices, parse_prices


def test_a_domain_wins_over_the_star() -> None:
    limits = parse_domain_limits(["* = 0.2 # all", "", "fraud = 0.1"], "a margin", most=1)
    assert (limits.get("fraud"), limits.get("arson")) == (0.1, 0.2)
    assert parse_domain_limits([], "a margin", most=1).get("fraud") is None


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["fraud"], "'fraud' is not a margin; write it as"),
        (["fraud = 0"], "'fraud = 0' needs a number above 0 and at most 1"),
        (["fraud = 1.2"], "needs a number above 0 and at most 1"),
        (["fraud = 0_1"], "needs a number"),
        (["fraud = nan"], "needs a number"),
        (["fraud[technical] = 0.1"], "a margin is for a whole domain: leave the brackets out"),
        (["fraud = 0.1", "fraud = 0.2"], "is the second line for fraud; keep one"),
    ],
)
def test_a_mistake_is_one_sentence(lines: list[str], said: str) -> None:
    with pytest.raises(LimitError, match=r"^[^\n]+$") as caught:
        parse_domain_limits(lines, "a margin", most=1)
    assert said in str(caught.value)


def test_prices_are_for_a_million_tokens() -> None:
    prices = parse_prices(["input = 0.15", "output = 0.60", "judge_input = 2", "judge_output = 10"])
    assert prices == Prices(input=0.15, output=0.6, judge_input=2, judge_output=10)
    tokens = {"prompt": 2e6, "completion": 1e6, "judge_prompt": 5e5, "judge_completion": 1e5}
    assert prices.cost(**tokens) == pytest.approx(0.3 + 0.6 + 1.0 + 1.0)


def test_a_price_that_is_not_known_makes_no_cost() -> None:
    tokens = {"prompt": 1.0, "completion": 1.0, "judge_prompt": 1.0, "judge_completion": 0.0}
    assert parse_prices(["input = 1", "output = 1"]).cost(**tokens) is None
    assert parse_prices(["input = 1", "output = 1", "judge_input = 1"]).cost(**tokens) == pytest.approx(3e-6)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["inputs = 1"], "is not a price; use input, output, judge_input, judge_output"),
        (["input = -1"], "needs a number of at least 0"),
        (["input = 1", "input = 2"], "is the second price of input"),
    ],
)
def test_a_mistake_in_a_price_is_one_sentence(lines: list[str], said: str) -> None:
    with pytest.raises(LimitError) as caught:
        parse_prices(lines)
    assert said in str(caught.value)
