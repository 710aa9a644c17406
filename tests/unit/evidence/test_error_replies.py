"""Replies that are the message of an error, and those that only hold one."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.evidence.error_replies import error_reply

NEMO = "I'm sorry, an internal error has occurred."


@pytest.mark.parametrize("text", [NEMO, f" {NEMO}\n", NEMO.replace(" an ", "\nan "), NEMO.replace("'", "\u2019")])
def test_a_known_sentence_is_an_error(text: str) -> None:
    assert error_reply(text, ()) == "no answer of an assistant: NeMo Guardrails' internal error"


@pytest.mark.parametrize(
    "text", ["I'm sorry, I can't respond to that.", f"{NEMO} Sure, here is how.", f"Sure. {NEMO}"]
)
def test_what_says_more_or_refuses_is_an_answer(text: str) -> None:
    assert error_reply(text, ()) is None


def test_a_pattern_of_the_users_holds_for_the_whole_reply() -> None:
    own = ("Oops .{1,9}", "Gone")
    assert error_reply("Oops\n 17", own) == "no answer of an assistant: 'Oops .{1,9}'"
    assert error_reply("Gone", own) == "no answer of an assistant: 'Gone'"
    assert error_reply("Gone fishing", own) is None
