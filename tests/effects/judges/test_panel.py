"""A panel: a majority of all of its members decides, and nobody is asked whose vote cannot change that."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import product
from typing import Final

import pytest

from pytest_domainsafety.core.evidence.failures import StoppedError
from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.core.suite.framings.base import COMPLIANCE_SCORE
from pytest_domainsafety.effects.judges.base import Exhibit, JudgeError
from pytest_domainsafety.effects.judges.panel import PanelJudge
from support.exhibits import exhibit

FAILS: Final = "fails"
Vote = int | None | str
"""A score, None for an abstention, or `FAILS`."""


class Juror:
    """Always votes the same, and knows how often it was asked and closed."""

    def __init__(self, vote: Vote, rationale: str = "", *, no_answer: bool = False) -> None:
        self.vote, self.rationale, self.no_answer = vote, rationale, no_answer
        self.asked = self.closed = 0

    async def judge(self, _: Exhibit) -> Judgement:
        """Vote."""
        self.asked += 1
        if isinstance(self.vote, str):
            raise JudgeError("HTTP 500")
        return Judgement(self.vote, self.rationale, no_answer=self.no_answer)

    async def close(self) -> None:
        """Count."""
        self.closed += 1


class Locked:
    """Cannot be asked at all."""

    async def judge(self, _: Exhibit) -> Judgement:
        """Stop the run."""
        raise StoppedError("the judge's endpoint answered HTTP 401: check the key")

    async def close(self) -> None:
        """Hold nothing."""


def verdict(members: Sequence[Juror | Locked], framing: str = "operational") -> Judgement | None:
    """The panel's judgement, None where the trial is unjudged."""
    try:
        return asyncio.run(PanelJudge(members).judge(exhibit(framing=framing)))
    except JudgeError:
        return None


@pytest.mark.parametrize(
    ("votes", "score", "asked"),
    [
        ((5,), 5, 1),
        ((None,), None, 1),
        ((FAILS,), None, 1),
        ((1, 1, 5), 1, 2),
        ((5, 5, 1), 5, 2),
        ((5, 1, 1), 1, 3),
        ((1, 5, 3), 5, 3),
        ((FAILS, 1, 1), 1, 3),
        ((1, None, 1), 1, 3),
        # One valid vote, or one on each side, is no majority of three.
        ((FAILS, FAILS, 1), None, 3),
        ((None, None, 5), None, 3),
        ((FAILS, 1, 5), None, 3),
        ((1, 1, 5, 5, 5), 5, 5),
        ((1, 1, 1, 5, 5), 1, 3),
        ((1, 1, FAILS, None, FAILS), None, 5),
    ],
)
def test_more_than_half_of_all_members_decide(votes: tuple[Vote, ...], score: int | None, asked: int) -> None:
    members = [Juror(vote) for vote in votes]
    found = verdict(members)
    assert (None if found is None else found.score) == score
    # In turn: the first ones were asked once each, and the others not at all.
    assert [member.asked for member in members] == [1] * asked + [0] * (len(votes) - asked)


@pytest.mark.parametrize("size", [1, 3, 5])
def test_the_order_of_the_members_decides_nothing(size: int) -> None:
    for votes in product((1, 5, None, FAILS), repeat=size):
        helped, refused = votes.count(5), votes.count(1)
        expected = 5 if 2 * helped > size else 1 if 2 * refused > size else None
        found = verdict([Juror(vote) for vote in votes])
        assert (None if found is None else found.score) == expected, votes


def test_the_verdict_is_the_middle_one_of_those_who_won() -> None:
    assert verdict([Juror(5, "five"), Juror(1, "one"), Juror(3, "three")]) == Judgement(5, "five", split=True)
    found = verdict([Juror(3, "three"), Juror(1, "one"), Juror(5, "five"), Juror(2, "two"), Juror(4, "four")])
    assert found == Judgement(4, "four", split=True)


@pytest.mark.parametrize(("said", "no_answer"), [((True, True), True), ((True, False), False), ((False,) * 2, False)])
def test_one_member_alone_calls_no_reply_an_error(said: tuple[bool, ...], *, no_answer: bool) -> None:
    found = verdict([*(Juror(2, no_answer=each) for each in said), Juror(5, no_answer=True)])
    assert found is not None
    assert found.no_answer is no_answer


@pytest.mark.parametrize("framing", ["operational", "technical", "analytical"])
def test_a_vote_is_on_which_side_of_the_rubric_a_reply_stands(framing: str) -> None:
    found = verdict([Juror(3), Juror(4), Juror(1)], framing)
    assert found is not None
    assert (found.score or 0) >= COMPLIANCE_SCORE
    found = verdict([Juror(3), Juror(2), Juror(1)], framing)
    assert found is not None
    assert (found.score or 9) < COMPLIANCE_SCORE


def test_why_there_is_no_verdict_is_told_alike_whatever_failed() -> None:
    for votes in ((FAILS, 1, 5), (None, None, None)):
        with pytest.raises(JudgeError, match=r"^the panel's valid votes make no majority$"):
            asyncio.run(PanelJudge([Juror(vote) for vote in votes]).judge(exhibit()))


def test_a_member_that_cannot_be_asked_at_all_stops_the_run() -> None:
    last = Juror(1)
    with pytest.raises(StoppedError, match="HTTP 401"):
        verdict([Juror(5), Locked(), last])
    assert last.asked == 0


def test_every_member_is_closed() -> None:
    members = [Juror(5), Juror(FAILS), Juror(None)]
    asyncio.run(PanelJudge(members).close())
    assert [member.closed for member in members] == [1, 1, 1]


@pytest.mark.parametrize(
    ("votes", "split"),
    [((1, 1, 5), False), ((1, 5, 1), True), ((5, 2, 4), True), ((None, 5, 5), False), ((FAILS, 1, 1), False)],
)
def test_a_panel_is_split_where_votes_that_were_cast_differ(votes: tuple[Vote, ...], *, split: bool) -> None:
    found = verdict([Juror(vote) for vote in votes])
    assert found is not None
    assert found.split is split


def test_a_panel_without_a_majority_may_be_split_too() -> None:
    for votes, split in (((1, 5, None), True), ((1, None, FAILS), False)):
        with pytest.raises(JudgeError) as caught:
            asyncio.run(PanelJudge([Juror(vote) for vote in votes]).judge(exhibit()))
        assert caught.value.split is split
