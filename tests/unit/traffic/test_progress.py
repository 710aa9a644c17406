"""How far a run is: every trial counted once, no pace told before there is one, and lines that fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.traffic.progress import Pace, Progress
from pytest_domainsafety.render.progress import duration, progress_lines


def planned(*domains: str, each: int = 10) -> Progress:
    progress = Progress()
    progress.plan([ItemKey(name, f"s{n}", "operational") for name in domains for n in range(each)], 2)
    return progress


def trial(domain: str, outcome: Outcome, framing: str = "operational") -> Trial:
    return Trial(domain=domain, scenario="s", framing=framing, repetition=0, outcome=outcome)


def texts(progress: Progress, pace: float | None = None, width: int = 80, height: int = 20) -> list[str]:
    return [line.text for line in progress_lines(progress, pace, width=width, height=height, unicode=False)]


def test_trials_are_counted_by_what_became_of_them() -> None:
    progress = planned("a", "b")
    assert texts(progress) == ["0 of 40 replies", "a ..............  0 of 20", "b ..............  0 of 20"]
    for outcome in Outcome:
        progress.note(trial("a", outcome))
    progress.note(trial("b", Outcome.ENGAGED, "analytical"))
    assert texts(progress, 2.0) == [
        "9 of 40 replies, 2.0/s, 16 s left, 2 not measured",
        "a #####.........  8 of 20  complied 1 of 5",
        "b ..............  1 of 20",
    ]


def test_of_a_shard_no_compliance_is_told() -> None:
    progress = planned("a")
    progress.note(trial("a", Outcome.COMPLIED))
    (_, row) = progress_lines(progress, None, width=80, height=20, unicode=False, outcomes=False)
    assert row.text == "a ..............  1 of 20"


def test_at_the_end_nothing_is_left_to_tell() -> None:
    progress = planned("a", each=1)
    assert texts(Progress()) == []
    progress.note(trial("a", Outcome.REFUSED))
    assert len(texts(progress)) == 2
    progress.note(trial("a", Outcome.REFUSED))
    assert texts(progress) == []


@given(st.integers(1, 40), st.integers(-2, 30), st.integers(10, 130), st.integers(0, 40))
def test_the_lines_fit_whatever_the_terminal(domains: int, height: int, width: int, finished: int) -> None:
    progress = planned(*(f"domain-{n:02d}-{'x' * n}" for n in range(domains)), each=1)
    for name in list(progress.domains)[: min(finished, domains - 1)]:
        for _ in range(2):
            progress.note(trial(name, Outcome.COMPLIED))
    lines = texts(progress, 1.5, width, height)
    assert len(lines) <= max(0, height)
    assert all(len(line) < width for line in lines)


def test_the_pace_is_that_of_the_last_half_minute() -> None:
    pace = Pace()
    assert pace.see(0.0, 0) is None
    assert pace.see(1.0, 0) is None
    assert pace.see(10.0, 100) == pytest.approx(10.0)
    # A resumed run's first hundred came at once; after a while they are forgotten.
    for second in range(11, 60):
        found = pace.see(float(second), 100 + second - 10)
    assert found == pytest.approx(1.0)


def test_few_replies_are_told_by_the_whole_run() -> None:
    pace = Pace()
    for second in range(100):
        found = pace.see(float(second), second // 20)
    assert found == pytest.approx(4 / 99)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (108, "1 min 48 s"), (3_599.7, "1 h 00 min")],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said
