"""The tokens of a reply: the endpoint's count wins, and what is not counted is estimated from above."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.evidence.replies import Reply
from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.core.traffic.tokens import Tokens, tokens_of

ASKED: list[Message] = [{"role": "system", "content": "a" * 5}, {"role": "user", "content": "b" * 4}]


@pytest.mark.parametrize(
    ("reply", "longest", "used"),
    [
        (Reply("x" * 9, prompt_tokens=7, completion_tokens=3), 100, Tokens(7, 3)),
        (Reply("", prompt_tokens=7), 100, Tokens(7, 0)),
        (Reply("x" * 9), 100, Tokens(3, 100, estimated=True)),
        (Reply(""), 100, Tokens(3, 100, estimated=True)),
        (Reply("x" * 9, prompt_tokens=7), 100, Tokens(7, 100, estimated=True)),
        (Reply("x" * 9, completion_tokens=3), 100, Tokens(3, 3, estimated=True)),
        # A server that does not keep to the length.
        (Reply("x" * 41), 10, Tokens(3, 11, estimated=True)),
        (Reply("x" * 9), None, Tokens(3, 3, estimated=True)),
        (Reply("xxxx", reasoning="y" * 4, tool_calls=("z" * 4, "z")), None, Tokens(3, 4, estimated=True)),
        (Reply("\N{CJK UNIFIED IDEOGRAPH-4E2D}" * 3 + "x"), None, Tokens(3, 4, estimated=True)),
    ],
)
def test_tokens_of_a_reply(reply: Reply, longest: int | None, used: Tokens) -> None:
    assert tokens_of(reply, ASKED, longest) == used
