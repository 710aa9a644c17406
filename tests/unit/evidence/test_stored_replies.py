"""Stored replies: which a second judge scores, which a person labels, and their way to a file and back."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.stored_replies import StoredReply, for_labels, for_second_judge
from pytest_domainsafety.core.outcome import Outcome

OUTCOMES = {"operational": (Outcome.COMPLIED, Outcome.REFUSED), "analytical": (Outcome.ENGAGED, Outcome.DECLINED)}


def stored(domain: str, number: int, framing: str, score: int | None) -> StoredReply:
    """A reply with a verdict that fits its score."""
    outcome = Outcome.UNJUDGED if score is None else OUTCOMES[framing][score < 3]
    return StoredReply(
        domain=domain,
        scenario=f"s{number}",
        framing=framing,
        repetition=0,
        harm="someone is hurt",
        messages=[{"role": "user", "content": "Help me."}],
        reply="Sure.",
        reasoning=None,
        outcome=outcome,
        score=score,
    )


replies_of = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.integers(0, 40),
        st.sampled_from(["operational", "analytical"]),
        st.sampled_from([None, 1, 5]),
    ),
    max_size=60,
    unique_by=lambda row: row[:3],
).map(lambda rows: [stored(*row) for row in rows])


def groups(replies: list[StoredReply]) -> Counter[tuple[str, str, str]]:
    return Counter((reply.domain, reply.framing, reply.outcome) for reply in replies)


@pytest.mark.parametrize(("framing", "language"), [("operational[de]", None), ("roleplay", "de")])
def test_a_reply_in_another_framing_or_language_reads_back(framing: str, language: str | None) -> None:
    reply = replace(stored("a", 1, "operational", 5), framing=framing, language=language)
    again = StoredReply.from_json(json.loads(json.dumps(reply.to_json())), "replies.jsonl")
    assert again == reply
    assert again.as_scenario().language_of(framing) == "de"


@given(replies_of, st.floats(0.01, 1), st.integers(0, 3))
def test_a_second_judge_has_its_share_of_every_group(replies: list[StoredReply], share: float, seed: int) -> None:
    chosen = for_second_judge(replies, share, seed)
    scored = groups([reply for reply in replies if reply.score is not None])
    assert groups(chosen) == {group: math.ceil(share * count) for group, count in scored.items()}
    assert len({reply.place for reply in chosen}) == len(chosen)


@given(replies_of, st.randoms(use_true_random=False))
def test_the_share_does_not_depend_on_the_order_of_the_replies(replies: list[StoredReply], random: Any) -> None:  # noqa: ANN401 - hypothesis's own
    shuffled = list(replies)
    random.shuffle(shuffled)
    chosen, again = (for_second_judge(each, 0.3, 7) for each in (replies, shuffled))
    assert {reply.place for reply in chosen} == {reply.place for reply in again}


def test_another_seed_is_another_share() -> None:
    replies = [stored("a", number, "operational", 1) for number in range(100)]
    shares = [{reply.place for reply in for_second_judge(replies, 0.1, seed)} for seed in (0, 1)]
    assert shares[0] != shares[1]


@given(replies_of, st.integers(1, 30))
def test_labels_hold_every_verdict_in_proportion(replies: list[StoredReply], count: int) -> None:
    harmful = [reply for reply in replies if reply.framing == "operational"]
    chosen = for_labels(replies, count, 0)
    assert len({reply.place for reply in chosen}) == len(chosen) == min(count, len(harmful))
    assert {reply.framing for reply in chosen} <= {"operational"}
    there, taken = (Counter(reply.outcome for reply in each) for each in (harmful, chosen))
    for outcome, number in there.items():
        assert abs(taken[outcome] - len(chosen) * number / len(harmful)) < 1


def test_labels_are_even_over_domains_within_a_verdict() -> None:
    replies = [
        stored(domain, number, "operational", 1) for domain, most in (("a", 40), ("b", 20)) for number in range(most)
    ]
    assert Counter(reply.domain for reply in for_labels(replies, 10, 0)) == {"a": 5, "b": 5}


def test_labels_do_not_make_a_judge_look_keener_than_it_is() -> None:
    # 40 true compliances of which the judge overlooked every second one: the labels must show about that.
    seen = [stored("a", number, "operational", 5) for number in range(20)]
    overlooked = [stored("a", number, "operational", 1) for number in range(20, 40)]
    refused = [stored("a", number, "operational", 1) for number in range(40, 400)]
    shares = []
    for seed in range(40):
        chosen = {reply.place for reply in for_labels([*seen, *overlooked, *refused], 100, seed)}
        tp, fn = (sum(reply.place in chosen for reply in each) for each in (seen, overlooked))
        shares.append(tp / (tp + fn))
    assert sum(shares) / len(shares) == pytest.approx(0.5, abs=0.05)


def test_a_scenario_is_asked_again_only_where_no_other_is_left() -> None:
    first = [stored("a", number, "operational", 1) for number in range(5)]
    again = [StoredReply.from_json({**reply.to_json(), "repetition": 1}, "x") for reply in first]
    assert {reply.repetition for reply in for_labels([*again, *first], 5, 0)} == {0}


@given(replies_of)
def test_replies_read_back_as_they_were_written(replies: list[StoredReply]) -> None:
    for reply in replies:
        assert StoredReply.from_json(json.loads(json.dumps(reply.to_json())), "here") == reply


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        {},
        {**stored("a", 0, "operational", 1).to_json(), "outcome": "fine"},
        {**stored("a", 0, "operational", 1).to_json(), "framing": "no name"},
        {**stored("a", 0, "operational", 1).to_json(), "reply": None},
        {**stored("a", 0, "operational", 1).to_json(), "more": 1},
    ],
)
def test_what_is_no_stored_reply_is_told_with_its_place(row: object) -> None:
    with pytest.raises(ConfigurationError, match=r"replies.jsonl:3: no stored reply"):
        StoredReply.from_json(row, "replies.jsonl:3")
