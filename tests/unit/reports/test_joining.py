"""Trials of several parts as those of one run: each once, none chosen among two draws, and costs added up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.reports.joining import Place, join, used_by_all

PLACE: Place = ("a", "s", "operational", 0)
REFUSED = Trial(
    domain="a",
    scenario="s",
    framing="operational",
    repetition=0,
    outcome=Outcome.REFUSED,
    score=1,
    latency_s=0.5,
    attempts=1,
    reply_sha256="r",
)
COMPLIED = replace(REFUSED, outcome=Outcome.COMPLIED, score=5)
NOBODY = replace(REFUSED, outcome=Outcome.MISSING, score=None, latency_s=None, reply_sha256=None, error="HTTP 503")
BROKEN = replace(NOBODY, reasked=True, error="timeout")
UNJUDGED = replace(REFUSED, outcome=Outcome.UNJUDGED, score=None)
EMPTY = replace(NOBODY, latency_s=0.5, error="empty reply")
REJECTED = replace(NOBODY, rejected=True, error="HTTP 400")


@pytest.mark.parametrize("found", [REFUSED, COMPLIED, UNJUDGED, EMPTY, REJECTED])
@pytest.mark.parametrize("flipped", [False, True])
def test_a_hole_is_filled_by_what_another_part_measured(found: Trial, *, flipped: bool) -> None:
    parts = [{PLACE: found}, {PLACE: NOBODY}]
    joined = join(parts[::-1] if flipped else parts, ["one", "two"])
    assert joined.trials == {PLACE: found}
    assert joined.source == {PLACE: int(flipped)}


@pytest.mark.parametrize("flipped", [False, True])
def test_a_request_that_may_have_been_answered_leaves_the_trial_open(*, flipped: bool) -> None:
    parts = [{PLACE: REFUSED}, {PLACE: BROKEN}]
    joined = join(parts[::-1] if flipped else parts, ["one", "two"])
    assert joined.trials == {PLACE: replace(REFUSED, reasked=True)}


@pytest.mark.parametrize("second", [COMPLIED, UNJUDGED, EMPTY, REJECTED, replace(REFUSED, latency_s=0.6)])
def test_two_draws_of_one_trial_are_refused(second: Trial) -> None:
    for parts in ([{PLACE: REFUSED}, {PLACE: second}], [{PLACE: second}, {PLACE: REFUSED}]):
        with pytest.raises(
            ConfigurationError, match=r"a::s\[operational\], repetition 1, was measured in one and in two"
        ):
            join(parts, ["one", "two"])


def test_two_holes_stay_one_and_are_as_open_as_either() -> None:
    assert join([{PLACE: BROKEN}, {PLACE: NOBODY}], ["one", "two"]).trials[PLACE].reasked
    assert join([{PLACE: NOBODY}, {PLACE: BROKEN}], ["one", "two"]).trials[PLACE].reasked


places = st.tuples(st.sampled_from("ab"), st.sampled_from("st"), st.just("operational"), st.integers(0, 2))


@given(st.dictionaries(places, st.integers(0, 3)))
def test_parts_that_do_not_overlap_join_to_the_whole(dealt: dict[Place, int]) -> None:
    parts: list[dict[Place, Trial]] = [{}, {}, {}, {}]
    for place, number in dealt.items():
        domain, scenario, framing, repetition = place
        parts[number][place] = replace(
            REFUSED, domain=domain, scenario=scenario, framing=framing, repetition=repetition
        )
    joined = join(parts, list("1234"))
    assert joined.source == dealt
    assert joined.trials == {place: trial for part in parts for place, trial in part.items()}


def test_costs_add_up_and_who_answered_is_counted_together() -> None:
    used = used_by_all(
        [
            {"requests": 3, "seconds": 1.5, "served": [["m", "m-1", None, 2, 0], ["m", "m-2", None, 1, 0]]},
            {},
            {"requests": 4, "seconds": 0.5, "served": [["m", "m-1", None, 4, 3]], "judge_requests": 1},
        ]
    )
    assert used == {
        "requests": 7,
        "seconds": 2.0,
        "served": [["m", "m-1", None, 6, 3], ["m", "m-2", None, 1, 0]],
        "judge_requests": 1,
    }


@pytest.mark.parametrize("flipped", [False, True])
def test_an_answer_without_a_verdict_leaves_the_trial_open(*, flipped: bool) -> None:
    answered: list[set[Place]] = [set(), {PLACE}]
    parts = [{PLACE: REFUSED}, {PLACE: NOBODY}]
    turn = -1 if flipped else 1
    joined = join(parts[::turn], ["one", "two"], answered[::turn])
    assert joined.trials == {PLACE: replace(REFUSED, reasked=True)}
    # That the one which is taken has its own answer is no second draw.
    joined = join(parts[::turn], ["one", "two"], [{PLACE}, set()][::turn])
    assert joined.trials == {PLACE: REFUSED}
