"""What a cell of a table of prompts holds: text, or a conversation; nothing is taken in part."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.suite.conversations import FEWEST_TURNS, MOST_TURNS
from pytest_domainsafety.core.suite.prompts import ROLES, Message


@dataclass(frozen=True, slots=True)
class Turns:
    """What the user says in turn, each answered by the deployment before the next is said; two at least."""

    texts: tuple[str, ...]


Prompt = str | list[Message] | Turns
"""A request, a conversation that ends with the user, or the user's turns of one that is yet to be held."""

_NOTHING: Final = frozenset({"nan", "n/a", "na", "#n/a", "null", "none"})
"""What programs write into a cell that is empty."""

_WRITTEN_LIST: Final = re.compile(r"\[\s*(?:'.*'|\".*\"|\{.*\})?\s*\]", re.DOTALL)
_PARTED: Final = "\n\n---\n\n"
_SHAPE: Final = "write a list of {role, content} that ends with the user"


def text_of(value: object, place: str) -> str:
    """A cell's text without the space around it; empty too if it says that nothing is there, such as `nan` or `N/A`.

    Args:
        value: The cell.
        place: File, line and column, for messages.

    Raises:
        ConfigurationError: If it is a list or an object.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return f"{value}".lower()
    if not isinstance(value, str | int | float):
        raise ConfigurationError(f"{place} is no text: name a column of texts")
    text = f"{value}".strip()
    return "" if text.lower() in _NOTHING else text


def prompt_of(value: object, place: str) -> Prompt:
    """A cell's request: text, the messages of a conversation, or turns; a list of one text is that text.

    Args:
        value: The cell; in a table a list is written as JSON.
        place: File, line and column, for messages.

    Raises:
        ConfigurationError: If it is none of them, such as a list that ends with the assistant.
    """
    if isinstance(value, str) and _WRITTEN_LIST.fullmatch(value.strip()):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise ConfigurationError(f"{place} holds a list that is not JSON: {_SHAPE}") from None
    if not isinstance(value, list):
        return text_of(value, place)
    if all(isinstance(each, str) for each in value):
        return _turns(value, place)
    messages = [_message(each, place) for each in value]
    if messages[-1]["role"] != "user":
        raise ConfigurationError(f"{place} ends with a message of role {messages[-1]['role']}: {_SHAPE}")
    said = [message["content"] for message in messages if message["role"] == "user"]
    if len(said) == len(messages):
        return _turns(said, place)
    if len(said) > 1 and all(message["role"] != "assistant" for message in messages):
        raise ConfigurationError(
            f"{place} holds {len(said)} messages of the user without answers, and a system prompt: leave the system "
            "prompt out, and write it as the scenario's 'system'"
        )
    return messages


def _turns(said: list[str], place: str) -> Prompt:
    if len(said) < FEWEST_TURNS:
        return text_of(said[0], place) if said else ""
    if len(said) > MOST_TURNS:
        raise ConfigurationError(f"{place} holds {len(said)} turns: a conversation has {MOST_TURNS} at most")
    texts = tuple(text_of(text, place) for text in said)
    if not all(texts):
        raise ConfigurationError(f"{place} holds {len(texts)} turns, of which turn {texts.index('') + 1} is empty")
    return Turns(texts)


def tags_of(value: object, place: str) -> list[str]:
    """A cell's texts, of a list all.

    Raises:
        ConfigurationError: If one of them is no text.
    """
    values = value if isinstance(value, list) else [value]
    return [text for each in values if (text := text_of(each, place))]


def request(prompt: Prompt) -> str:
    """What is asked in the end."""
    if isinstance(prompt, Turns):
        return prompt.texts[-1]
    return prompt if isinstance(prompt, str) else prompt[-1]["content"]


def in_context(context: str, prompt: Prompt) -> Prompt:
    """A prompt whose request, or first turn, follows a context, parted from it as HarmBench does."""
    if isinstance(prompt, Turns):
        first, *others = prompt.texts
        return Turns((f"{context}{_PARTED}{first}", *others))
    text = f"{context}{_PARTED}{request(prompt)}"
    return text if isinstance(prompt, str) else [*prompt[:-1], {"role": "user", "content": text}]


def _message(value: object, place: str) -> Message:
    if not isinstance(value, dict) or set(value) != {"role", "content"}:
        raise ConfigurationError(f"{place} holds what is no message: {_SHAPE}")
    role, content = value["role"], value["content"]
    if role not in ROLES:
        raise ConfigurationError(f"{place} holds a role {role!r:.40}: it should be one of {', '.join(ROLES)}")
    if not isinstance(content, str) or not content.strip():
        raise ConfigurationError(f"{place} holds a message whose content is no text: {_SHAPE}")
    return {"role": role, "content": content}
