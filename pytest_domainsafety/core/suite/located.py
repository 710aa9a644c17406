"""Values of a scenario file with the line where they stand, and what is wrong with one in a sentence."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pytest_domainsafety.core.escape import printable


class ScenarioError(ValueError):
    """A mistake in a scenario file: its line, what is wrong and what would be right."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(printable(message))
        self.line = line


Tell = Callable[[ScenarioError], None]
"""What to do about a mistake in one scenario of several: to note it and go on, or to raise it."""


def stop(error: ScenarioError) -> None:
    """Stop at the first mistake.

    Raises:
        ScenarioError: Always.
    """
    raise error


@dataclass(frozen=True, slots=True)
class Located:
    """A value of a scenario file and the line, from 1, where it stands.

    The value is a `dict` of text to `Located`, a `list` of `Located`, or a scalar.
    """

    value: Any
    line: int


def mapping(
    node: Located, what: str, keys: Iterable[str], other: Callable[[str], bool] | None = None
) -> dict[str, Located]:
    """A mapping's values.

    Args:
        node: Where it stands.
        what: What it is, for the error.
        keys: Those it may have.
        other: Whether a further key may stand there too.

    Raises:
        ScenarioError: If it is none, or has another key.
    """
    known = tuple(keys)
    if not isinstance(node.value, dict):
        raise ScenarioError(
            node.line, f"{what} must be a mapping with the keys {', '.join(known)}, not {show(node.value)}"
        )
    for key, value in node.value.items():
        if key not in known and not (other is not None and other(key)):
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"known keys are {', '.join(known)}"
            raise ScenarioError(value.line, f"unknown key {show(key)} in {what}; {hint}")
    return node.value


def require(keys: dict[str, Located], name: str, what: str, node: Located) -> Located:
    """A key's value.

    Raises:
        ScenarioError: If it is not there.
    """
    if name not in keys:
        raise ScenarioError(node.line, f"{what} needs the key '{name}'")
    return keys[name]


def text_of(node: Located, what: str) -> str:
    """A text that is not empty.

    Raises:
        ScenarioError: If it is something else.
    """
    if not isinstance(node.value, str):
        hint = "; put it in quotes" if isinstance(node.value, (int, float, bool)) else ""
        raise ScenarioError(node.line, f"{what} must be text, not {show(node.value)}{hint}")
    if not node.value.isascii() and any("\ud800" <= character <= "\udfff" for character in node.value):
        raise ScenarioError(node.line, f"{what} holds half a character (a lone surrogate); write the whole one")
    if not node.value.strip():
        raise ScenarioError(node.line, f"{what} is empty; write its text, or leave the key out")
    return node.value


def show(value: object) -> str:
    """A value in an error message, short and on one line."""
    kinds = {dict: "a mapping", list: "a list", type(None): "nothing"}
    return kinds.get(type(value)) or repr(value)[:60]
