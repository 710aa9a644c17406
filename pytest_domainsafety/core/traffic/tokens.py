"""The tokens of a reply: as the endpoint counts them, or an upper estimate where it does not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_domainsafety.core.suite.tools import Tool, tools_text

if TYPE_CHECKING:
    from pytest_domainsafety.core.evidence.replies import Reply
    from pytest_domainsafety.core.suite.prompts import Message

CHARACTERS_PER_TOKEN: Final = 4
"""Of text in Latin letters."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a reply used.

    Args:
        prompt: Tokens of the prompt.
        completion: Tokens of the reply.
        estimated: Whether one of them is an upper estimate.
    """

    prompt: int
    completion: int
    estimated: bool = False


def tokens_of(reply: Reply, messages: Iterable[Message], longest: int | None, tools: Sequence[Tool] = ()) -> Tokens:
    """Count a reply's tokens.

    Args:
        reply: With the endpoint's counts, 0 where it gave none. A prompt is never without tokens, so that one of 0
            says that the endpoint gave no `usage`.
        messages: What was asked.
        longest: The most tokens that a reply may have, None where nothing bounds it: then its text is counted, and
            thoughts that the endpoint keeps to itself are not.
        tools: What was offered with it.
    """
    shown = [reply.text, reply.reasoning or "", *reply.tool_calls]
    says_something = any(shown)
    counted = reply.completion_tokens > 0 or (reply.prompt_tokens > 0 and not says_something)
    if reply.prompt_tokens > 0 and counted:
        return Tokens(reply.prompt_tokens, reply.completion_tokens)
    offered = [tools_text(tuple(tools))] if tools else []
    prompt = reply.prompt_tokens or at_most([*(message["content"] for message in messages), *offered])
    return Tokens(prompt, reply.completion_tokens if counted else max(longest or 0, at_most(shown)), estimated=True)


def at_most(texts: Iterable[str]) -> int:
    """The most tokens of texts; a character outside ASCII can take a whole one, as in Chinese."""
    text = "".join(texts)
    plain = len(text.encode("ascii", "ignore"))
    return math.ceil(plain / CHARACTERS_PER_TOKEN) + len(text) - plain
