"""What a Batch API says of a batch."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.batch.states import batch_line, read_state

ROW = {
    "id": "batch_1",
    "status": "in_progress",
    "request_counts": {"total": 60, "completed": 12, "failed": 1},
    "expires_at": 90_000,
    "metadata": {"part": "p", "n": 1},
    "output_file_id": None,
    "errors": None,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=5), each, max_size=3),
    max_leaves=8,
)


def test_a_batch_is_told_in_one_line() -> None:
    state = read_state(ROW)
    assert state is not None
    line = "batch batch_1 in_progress, 12 completed and 1 failed of 60, 1 h 01 min elapsed, expires in 23 h 58 min"
    assert batch_line(state, 3_661, 3_661) == line
    assert state.metadata == (("part", "p"),)


@pytest.mark.parametrize("status", ["completed", "failed", "expired", "cancelled"])
def test_what_no_batch_leaves_is_its_end(status: str) -> None:
    state = read_state({**ROW, "status": status.upper()})
    assert state is not None
    assert state.ended
    assert "expires" not in batch_line(state, 5, 0)


@pytest.mark.parametrize("status", ["validating", "in_progress", "finalizing", "cancelling", "something new"])
def test_any_other_state_is_waited_for(status: str) -> None:
    state = read_state({**ROW, "status": status})
    assert state is not None
    assert not state.ended


def test_figures_beyond_any_batch_say_nothing() -> None:
    huge = 10**400
    counts = {"total": huge, "completed": huge, "failed": huge}
    state = read_state({**ROW, "expires_at": huge, "request_counts": counts})
    assert state is not None
    assert batch_line(state, 5.0, 5.0) == "batch batch_1 in_progress, 5 s elapsed"


@pytest.mark.parametrize(
    ("errors", "problem"),
    [
        ({"data": [{"code": "bad", "message": "no\x1b[31m", "line": 3}, {"code": "other"}]}, "line 3: bad, no"),
        ([{"message": "no"}], "no"),
        ({"data": []}, ""),
        ("no", ""),
        (None, ""),
    ],
)
def test_why_it_failed_is_told_printably(errors: object, problem: str) -> None:
    state = read_state({**ROW, "errors": errors})
    assert state is not None
    assert state.problem.startswith(problem)
    assert "\x1b" not in state.problem


@given(JSON, st.sampled_from(sorted(ROW)))
def test_whatever_stands_there_it_is_a_batch_or_none(value: object, name: str) -> None:
    assert read_state(value) is None
    state = read_state({**ROW, name: value})
    assert state is None or "\n" not in batch_line(state, 0, 0)
