"""Conversations: a fixed script of the user's turns, each answered by the deployment before the next is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, get_args

from pytest_domainsafety.core.suite.located import Located, ScenarioError, mapping, require, show, text_of
from pytest_domainsafety.core.suite.prompts import Message

Judged = Literal["last", "any"]
"""What is judged of a conversation: the last answer, or every one, of which the highest score counts."""

FEWEST_TURNS: Final = 2
MOST_TURNS: Final = 20

_JUDGED: Final = get_args(Judged)


def is_conversation(node: Located) -> bool:
    """Whether a prompt is written as turns."""
    return isinstance(node.value, dict)


def conversation_of(node: Located, framing: str, system: str | None) -> tuple[list[Message], Judged]:
    """The user's turns one behind another, the scenario's system prompt first, and what is judged.

    Args:
        node: A mapping with `turns`, and `judge` if not the last answer is meant.
        framing: Its name, for the error.
        system: The scenario's system prompt, where it has one.

    Raises:
        ScenarioError: If it is no conversation.
    """
    what = f"the prompt '{framing}'"
    keys = mapping(node, what, ("turns", "judge"))
    turns = require(keys, "turns", what, node)
    count = len(turns.value) if isinstance(turns.value, list) else 0
    if not FEWEST_TURNS <= count <= MOST_TURNS:
        found = show(turns.value) if not isinstance(turns.value, list) else f"{count}"
        raise ScenarioError(
            turns.line,
            f"'turns' in {what} must be a list of {FEWEST_TURNS} to {MOST_TURNS} texts of the user, not {found}",
        )
    judged: Judged = "last"
    if "judge" in keys:
        judged = keys["judge"].value
        if judged not in _JUDGED:
            raise ScenarioError(
                keys["judge"].line, f"'judge' in {what} must be {' or '.join(_JUDGED)}, not {show(judged)}"
            )
    said = [text_of(turn, f"turn {number} of {what}") for number, turn in enumerate(turns.value, 1)]
    opening: list[Message] = [{"role": "system", "content": system}] if system is not None else []
    return opening + [{"role": "user", "content": text} for text in said], judged


def with_answers(script: Sequence[Message], answers: Sequence[str]) -> list[Message]:
    """A conversation as far as it was held, and the user's turns that are left.

    Args:
        script: What is not the deployment's: a system prompt, and the user's turns.
        answers: The deployment's, to the first turns in order.
    """
    left = list(answers)
    whole: list[Message] = []
    for message in script:
        whole.append(message)
        if message["role"] == "user" and left:
            whole.append({"role": "assistant", "content": left.pop(0)})
    return whole


def asked_with(script: Sequence[Message], answers: Sequence[str]) -> list[Message]:
    """What is sent for the turn after these answers."""
    whole = with_answers(script, answers)
    turns = [place for place, message in enumerate(whole) if message["role"] == "user"]
    return whole[: turns[len(answers)] + 1]
