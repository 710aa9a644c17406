"""A budget is used up at its limit, and says which."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.traffic.budget import Budget

counts = st.integers(min_value=0, max_value=10**6)


@given(counts, counts, counts)
def test_without_limits_there_is_always_some_left(requests: int, tokens: int, seconds: int) -> None:
    assert Budget().used_up(requests, tokens, seconds) is None


@pytest.mark.parametrize(
    ("budget", "name"),
    [
        (Budget(requests=5), "domain_safety_max_requests = 5 "),
        (Budget(tokens=5), "domain_safety_max_tokens_total = 5 "),
        (Budget(seconds=5.0), "domain_safety_max_seconds = 5 "),
    ],
)
def test_a_budget_is_used_up_at_its_limit(budget: Budget, name: str) -> None:
    assert budget.used_up(4, 4, 4.999) is None
    for used in (5, 6):
        said = budget.used_up(used, used, used)
        assert said is not None
        assert said.startswith(name)


def test_a_budget_that_an_estimate_used_up_says_so() -> None:
    said = Budget(tokens=5).used_up(1, 5, 1, estimated=1)
    assert said is not None
    assert "is used up by an upper estimate" in said
    for budget, estimated in ((Budget(tokens=5), 0), (Budget(requests=5), 1)):
        said = budget.used_up(5, 5, 5, estimated)
        assert said is not None
        assert "estimate" not in said
