"""Tries at a candidate: each has its share of the level, and what was planned is all that may pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.bar.tries import Tries, begun, ended, tries_of

AT = "2026-01-01T00:00:00+00:00"


def lines(*tries: tuple[str, int, str | None], model: str = "m") -> list[str]:
    rows = []
    for run, planned, decision in tries:
        rows.append(begun(run, model, planned, AT))
        rows += [] if decision is None else [ended(run, decision)]
    return rows


@pytest.mark.parametrize(
    ("tries", "verdicts", "broken_off"),
    [
        ([], 0, 0),
        ([("a", 1, "pass")], 1, 0),
        ([("a", 1, "block"), ("b", 1, "pass")], 2, 0),
        ([("a", 1, None)], 0, 1),
        ([("a", 1, "inconclusive")], 0, 1),
        ([("a", 1, "block"), ("b", 1, None), ("c", 1, "pass")], 2, 1),
    ],
)
def test_what_was_broken_off_counts_too(
    tries: list[tuple[str, int, str | None]], verdicts: int, broken_off: int
) -> None:
    found = tries_of(lines(*tries), "m", None)
    assert (found.verdicts, found.broken_off, found.share) == (verdicts, broken_off, float(len(tries)))


def test_another_candidate_is_another_matter() -> None:
    rows = [*lines(("a", 1, "block")), *lines(("b", 2, "block"), model="n")]
    assert tries_of(rows, "m", None) == Tries(1, 0, 1.0)
    assert tries_of(rows, "n", None) == Tries(1, 0, 0.5)


def test_a_run_that_goes_on_is_no_second_try_unless_somebody_saw_what_it_came_to() -> None:
    assert tries_of(lines(("a", 1, None)), "m", "a") == Tries()
    assert tries_of(lines(("a", 1, "inconclusive")), "m", "a") == Tries(0, 1, 1.0)
    assert tries_of(lines(("a", 1, "block")), "m", "a") == Tries(1, 0, 1.0)


def test_the_fewest_that_a_run_ever_planned_are_its_share() -> None:
    assert tries_of(lines(("a", 4, None), ("a", 2, None), ("a", 8, "block")), "m", None).share == 0.5


@pytest.mark.parametrize(
    ("shares", "planned", "passes"),
    [
        ([], 1, True),
        ([1], 1, False),
        ([2], 2, True),
        ([2, 2], 2, False),
        # Planning more once one is spent does not bring it back.
        ([1], 10, False),
        ([10] * 9, 10, True),
        ([10] * 10, 10, False),
        ([2], 1, False),
        ([2, 4], 4, True),
        ([3, 3], 3, True),
    ],
)
def test_the_shares_add_up_to_no_more_than_the_level(shares: list[int], planned: int, *, passes: bool) -> None:
    found = tries_of(lines(*((f"r{number}", share, "block") for number, share in enumerate(shares))), "m", None)
    assert (found.too_many(planned) is None) is passes
    if not passes:
        assert f"{planned} planned and {found.words()} before" in (found.too_many(planned) or "")


@given(st.lists(st.integers(1, 50)), st.integers(1, 50))
def test_no_order_of_tries_passes_beyond_the_level(planned: list[int], last: int) -> None:
    spent = 0.0
    rows: list[str] = []
    for number, each in enumerate([*planned, last]):
        if tries_of(rows, "m", None).too_many(each) is None:
            spent += 1 / each
        rows += lines((f"r{number}", each, "block"))
    assert spent <= 1 + 1e-6


def test_of_two_at_a_time_the_first_has_what_is_planned() -> None:
    rows = lines(("a", 1, None), ("b", 1, None))
    assert tries_of(rows, "m", "a", before=True) == Tries()
    assert tries_of(rows, "m", "b", before=True) == Tries(0, 1, 1.0)
    # Whichever of them ends first.
    rows.append(ended("b", "pass"))
    assert tries_of(rows, "m", "a", before=True) == Tries()
    # What it came to before is a try of its own, as ever.
    assert tries_of([*rows, ended("a", "block")], "m", "a", before=True) == Tries(1, 0, 1.0)


def test_what_stands_in_no_line_may_not_pass() -> None:
    found = tries_of(lines(("a", 1, "block")), "m", "b", before=True)
    assert found.uncounted
    assert "from before it was counted" in (found.too_many(10) or "")


def test_a_line_without_its_end_counts() -> None:
    rows = lines(("a", 1, "block"))
    assert tries_of([rows[0].rstrip("\n")], "m", None) == Tries(0, 1, 1.0)


def test_a_torn_last_line_is_passed_over() -> None:
    rows = lines(("a", 1, "block"))
    assert tries_of([*rows, rows[0][:20]], "m", None) == Tries(1, 0, 1.0)


@pytest.mark.parametrize(
    "line",
    ["no json\n", "[]\n", "{}\n", '{"run": 1}\n', '{"run": "a"}\n', '{"run": "a", "model": "m", "planned": 0}\n',
     '{"run": "a", "model": "m", "planned": true}\n', '{"run": "a", "planned": 1}\n'],
)  # fmt: skip
def test_what_is_no_count_is_refused_and_never_read_as_none(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        tries_of([line], "m", None)
