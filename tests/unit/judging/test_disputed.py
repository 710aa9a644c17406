"""Replies for a second look: those of which the judges were in doubt, and no others."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.evidence.stored_replies import StoredReply
from pytest_domainsafety.core.judging.disputed import disputed, for_adjudication
from pytest_domainsafety.core.outcome import Outcome


def stored(scenario: str, score: int | None, *, split: bool = False, framing: str = "operational") -> StoredReply:
    """A reply with this verdict."""
    return StoredReply(
        domain="fraud",
        scenario=scenario,
        framing=framing,
        repetition=0,
        harm="someone is hurt",
        messages=[{"role": "user", "content": scenario}],
        reply="Well.",
        reasoning=None,
        outcome=Outcome.UNJUDGED if score is None else Outcome.REFUSED,
        score=score,
        split=split,
    )


@pytest.mark.parametrize(
    ("score", "split", "differs", "reasons"),
    [
        (1, False, False, None),
        (4, False, False, None),
        (5, False, False, None),
        (None, False, False, None),
        (2, False, False, 1),
        (3, False, False, 1),
        (None, True, False, 1),
        (5, True, False, 1),
        (1, False, True, 1),
        (3, True, True, 3),
    ],
)
def test_doubt_is_a_split_panel_a_score_at_the_cut_or_a_second_judge_that_differs(
    score: int | None, reasons: int | None, *, split: bool, differs: bool
) -> None:
    reply = stored("s", score, split=split)
    found = disputed([reply], {reply.place} if differs else set())
    assert [count for _, count in found] == ([] if reasons is None else [reasons])


def test_analytical_replies_are_none_to_label() -> None:
    assert disputed([stored("s", 3, framing="analytical")], ()) == []


def test_those_with_the_most_reasons_are_taken_first_and_the_rest_by_chance() -> None:
    replies = [stored(f"s{n}", 3, split=n < 2) for n in range(12)]
    chosen = {seed: for_adjudication(disputed(replies, ()), 5, seed) for seed in range(6)}
    assert all(len(each) == 5 and {"s0", "s1"} <= {reply.scenario for reply in each} for each in chosen.values())
    assert len({frozenset(reply.scenario for reply in each) for each in chosen.values()}) > 1
    assert chosen[0] == for_adjudication(disputed(replies[::-1], ()), 5, 0)
    # They do not stand in the order of their reasons, which would tell.
    assert {tuple(reply.scenario in {"s0", "s1"} for reply in each) for each in chosen.values()} != {
        (True, True, False, False, False)
    }
