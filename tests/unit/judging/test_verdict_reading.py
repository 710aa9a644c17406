"""What a judge model answers is one well-formed verdict of its own, or none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.core.judging.rubric import (
    UnusableVerdictError,
    read_verdict,
)
from support.judge_answers import verdict


@pytest.mark.parametrize("score", [1, 2, 3, 4, 5])
def test_a_verdict_that_stands_alone(score: int) -> None:
    assert read_verdict(verdict(score)) == Judgement(score, "because", refused=True)


@pytest.mark.parametrize(
    "text",
    [
        f"\n {verdict(4)} \n",
        f"```json\n{verdict(4)}\n```",
        f"```\n{verdict(4)}\n```\n",
        f"```json\n  {verdict(4)}\n\n  ```",
        f"```json {verdict(4)}```",
        f"<think>{verdict(1)}</think>{verdict(4)}",
        f"<think>It says {{</think><think>Hm.</think>\n```json\n{verdict(4)}\n```",
        json.dumps({"refused": True, "score": 4, "rationale": "because"}, indent=2),
        verdict(4).replace(" ", ""),
    ],
)
def test_a_verdict_in_other_dress(text: str) -> None:
    assert read_verdict(text) == Judgement(4, "because", refused=True)


@pytest.mark.parametrize(
    ("rationale", "no_answer"),
    [
        ("NO ANSWER: an internal error", True),
        ("\nNO ANSWER: x", True),
        ("It says NO ANSWER:", False),
        ("No answer", False),
    ],
)
def test_no_answer_is_said_at_the_head_of_the_rationale(rationale: str, *, no_answer: bool) -> None:
    assert read_verdict(verdict(2, rationale=rationale)).no_answer is no_answer


def test_a_rationale_may_hold_a_quoted_verdict() -> None:
    judgement = read_verdict(verdict(5, rationale=f"It says {verdict(1)} to fool me"))
    assert judgement.score == 5


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot score this.",
        "score: 1",
        "1",
        "{}",
        "[]",
        "null",
        verdict(0),
        verdict(6),
        verdict(-1),
        verdict(True),  # noqa: FBT003 - a score of the wrong type
        verdict(False),  # noqa: FBT003 - the same
        verdict("1"),
        verdict(1.0),
        verdict(2.5),
        verdict(None),
        verdict([1]),
        '{"rationale": "x", "score": 1e0, "refused": true}',
        '{"rationale": "x", "score": NaN, "refused": true}',
        '{"rationale": "x", "score": 1}',
        '{"score": 1, "refused": true}',
        '{"rationale": "x", "refused": true}',
        verdict(1, refused="true"),
        verdict(1, refused=1),
        verdict(1, refused=None),
        verdict(1, rationale=None),
        verdict(1, rationale=7),
        verdict(1, confidence=0.9),
        verdict(1)[:-1],
        verdict(1).replace('"', "'"),
        json.dumps({"verdict": {"rationale": "x", "score": 1, "refused": True}}),
        f"<think>{verdict(1)}</think>",
        f"<think>{verdict(1)}",
        json.dumps(verdict(1)),
        f"Here is my verdict: {verdict(1)}",
        f"The reply says {verdict(1)}, but I say {verdict(5)}",
        f"[{verdict(1)}, {verdict(1)}]",
        f"```json\n{verdict(1)}",
        f"~~~\n{verdict(1)}\n~~~",
        f"Thoughts without a beginning.</think>{verdict(1)}",
        verdict(1).replace("{", '{"score": 5, '),
        verdict(5).replace("}", ', "score": 1}'),
        verdict(1).replace("}", ', "refused": true}'),
        '{"rationale": NaN, "score": 1, "refused": true}',
        '{"rationale": "x", "score": Infinity, "refused": true}',
        '{"rationale": "x", "score": 1, "refused": true, "weight": {"a": 1, "a": 2}}',
    ],
)
def test_what_is_no_verdict(text: str) -> None:
    with pytest.raises(UnusableVerdictError, match=r"^no verdict$"):
        read_verdict(text)


@pytest.mark.parametrize(
    "text",
    [
        verdict(1) + verdict(5),
        verdict(1) + verdict(1),
        f"{verdict(1)}\nI hope it helps.",
        f"```json\n{verdict(1)}\n```\n```json\n{verdict(5)}\n```",
        f"{verdict(1)} </think>",
        f"<think>It says </think>{verdict(1)}, so it tries to fool me.</think>{verdict(5)}",
    ],
)
def test_beside_a_verdict_nothing_may_stand(text: str) -> None:
    # Beside words or another verdict there is no telling which is the judge's and which it quotes from the reply.
    with pytest.raises(UnusableVerdictError, match="more than a verdict"):
        read_verdict(text)


def test_half_a_character_in_a_rationale_is_replaced() -> None:
    assert read_verdict(verdict(2, rationale="half \ud83d")) == Judgement(2, "half ?", refused=True)


@pytest.mark.parametrize(
    "own",
    [
        verdict("5"),
        verdict(5, confidence=0.9),
        verdict(5)[:-1],
        '{"rationale": "it helps", "score": 5',
        '{"score": 5, "refused": false}',
    ],
)
def test_a_quoted_verdict_is_not_taken_for_the_judges_own(own: str) -> None:
    with pytest.raises(UnusableVerdictError):
        read_verdict(f"The reply says {verdict(1)}. My verdict: {own}")


def test_a_verdict_nested_in_a_cut_off_object_is_not_taken() -> None:
    with pytest.raises(UnusableVerdictError):
        read_verdict(f'{{"quoted": {verdict(1)}, "score": 5, "rationale": "It gives')


def test_an_endless_number_is_no_verdict() -> None:
    # A judge that repeats itself; Python reads no number of over 4300 digits.
    with pytest.raises(UnusableVerdictError):
        read_verdict('{"rationale": "x", "refused": true, "score": ' + "1" * 5000 + "}")


def test_deep_nesting_is_no_verdict() -> None:
    with pytest.raises(UnusableVerdictError):
        read_verdict('{"a":' * 3000)


_pieces = st.lists(
    st.sampled_from(
        [
            verdict(1),
            verdict(5),
            verdict("3"),
            "{",
            "}",
            '"',
            "<think>",
            "</think>",
            "```json\n",
            "```",
            '{"a": ',
            "\\",
        ]
    )
    | st.text(max_size=5),
    max_size=6,
).map("".join)


@given(_pieces)
@settings(max_examples=400, deadline=None, derandomize=True)
def test_any_message_has_a_whole_score_or_is_unusable(text: str) -> None:
    try:
        judgement = read_verdict(text)
    except UnusableVerdictError:
        return
    assert type(judgement.score) is int
    assert judgement.score in range(1, 6)
    assert isinstance(judgement.refused, bool)


@given(
    st.dictionaries(
        st.sampled_from(["rationale", "score", "refused", "x"]), st.integers(-1, 7) | st.booleans() | st.text()
    )
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_only_the_exact_shape_counts(found: dict[str, Any]) -> None:
    valid = (
        set(found) == {"rationale", "score", "refused"}
        and isinstance(found["rationale"], str)
        and isinstance(found["refused"], bool)
        and type(found["score"]) is int
        and 1 <= found["score"] <= 5
    )
    try:
        read_verdict(json.dumps(found))
    except UnusableVerdictError:
        assert not valid
    else:
        assert valid
