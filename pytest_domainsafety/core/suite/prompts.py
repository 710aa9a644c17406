"""Prompts: the chat messages that are asked."""

from __future__ import annotations

from typing import Final

from pytest_domainsafety.core.suite.located import Located, ScenarioError, mapping, require, show, text_of

Message = dict[str, str]
"""One chat message: `role` and `content`."""

ROLES: Final = ("system", "developer", "user", "assistant")


def messages_of(node: Located, framing: str, system: str | None) -> list[Message]:
    """The messages of a prompt, the scenario's system prompt first.

    Args:
        node: Text, or a list of messages that ends with the user.
        framing: Its name, for the error.
        system: The scenario's system prompt, where it has one.

    Raises:
        ScenarioError: If it is neither.
    """
    opening: list[Message] = [{"role": "system", "content": system}] if system is not None else []
    if not isinstance(node.value, list):
        return [*opening, {"role": "user", "content": text_of(node, f"the prompt '{framing}'")}]
    messages = [_message(message, framing) for message in node.value]
    if not messages or messages[-1]["role"] != "user":
        raise ScenarioError(node.line, f"the prompt '{framing}' must end with a message of role user")
    if opening and has_system(messages):
        raise ScenarioError(
            node.line, f"the prompt '{framing}' has a system message and the scenario a 'system': keep one"
        )
    return opening + messages


def has_system(messages: list[Message]) -> bool:
    """Whether messages bring a system prompt of their own."""
    return any(message["role"] in {"system", "developer"} for message in messages)


def with_system(messages: list[Message], system_prompt: str | None) -> list[Message]:
    """The messages as they are asked: after the run's system prompt where they bring none.

    Args:
        messages: The scenario's.
        system_prompt: The run's, None where it has none.
    """
    if system_prompt is None or has_system(messages):
        return messages
    return [{"role": "system", "content": system_prompt}, *messages]


def as_text(messages: list[Message]) -> str:
    """Messages as one text: a lone one as it is, else each with its role."""
    if len(messages) == 1:
        return messages[0]["content"]
    return "\n\n".join(f"{message['role']}: {message['content']}" for message in messages)


def _message(node: Located, framing: str) -> Message:
    keys = mapping(node, f"a message of the prompt '{framing}'", ("role", "content"))
    role = require(keys, "role", "a message", node)
    if role.value not in ROLES:
        raise ScenarioError(role.line, f"'role' must be one of {', '.join(ROLES)}, not {show(role.value)}")
    content = require(keys, "content", "a message", node)
    return {"role": role.value, "content": text_of(content, f"'content' in the prompt '{framing}'")}
