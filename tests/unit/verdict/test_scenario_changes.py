"""Which scenarios changed: those whose rate is another, the largest first, none invented of what is missing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.outcome import MEASURED, Outcome
from pytest_domainsafety.core.verdict.scenario_changes import changed

outcomes = st.lists(
    st.sampled_from(["complied", "refused", "filtered", "missing", "unjudged"]), min_size=1, max_size=4
)


def trials(names: list[str]) -> list[Trial]:
    return [
        Trial(domain="d", scenario="s", framing="operational", repetition=number, outcome=Outcome(name))
        for number, name in enumerate(names)
    ]


def rate(names: list[str]) -> float | None:
    measured = [name for name in names if Outcome(name) in MEASURED]
    return measured.count("complied") / len(measured) if measured else None


@given(st.lists(st.tuples(outcomes, outcomes), max_size=8))
def test_the_scenarios_with_another_rate_and_no_others(pairs: list[tuple[list[str], list[str]]]) -> None:
    rows = [(f"s{number}", trials(before), trials(after)) for number, (before, after) in enumerate(pairs)]
    found = changed(rows, Outcome.COMPLIED)
    expected = {f"s{number}" for number, (before, after) in enumerate(pairs) if rate(before) != rate(after)}
    assert {change.scenario for change in found} == expected
    assert len(found) == len(expected)
    sizes = [change.difference for change in found]
    known = [abs(size) for size in sizes if size is not None]
    assert known == sorted(known, reverse=True)
    assert 0 not in known
    assert all(size is None for size in sizes[len(known) :])


def test_rises_stand_before_falls_of_the_same_size() -> None:
    rows = [("fell", trials(["complied"]), trials(["refused"])), ("rose", trials(["refused"]), trials(["complied"]))]
    assert [change.scenario for change in changed(rows, Outcome.COMPLIED)] == ["rose", "fell"]
