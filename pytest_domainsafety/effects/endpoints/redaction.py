"""Keeping keys out of everything that is written or shown.

What an endpoint, a callable or an exception says is cleaned where it enters, before it is judged, kept or told. So
nothing behind that, neither journal nor report nor terminal, can hold a key that somebody sent back.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from pytest_domainsafety.core.evidence.replies import Judgement, Reply

T = TypeVar("T", Reply, Judgement)

HIDDEN: Final = "***"

_SHORTEST: Final = 6
_SHORTEST_UNNAMED: Final = 12
"""A variable that only looks like a key's may hold an ordinary word, which a reply may hold as well."""

_SECRET_NAME: Final = re.compile(
    r"(?:^|[_\W])(?:\w*api_?key|key|token|secret|passwd|password|credentials?|authorization|cookie|signature|sig)"
    r"(?:$|[_\W])",
    re.IGNORECASE,
)
_TEXTS: Final = (
    "text",
    "reasoning",
    "refusal",
    "finish_reason",
    "failure",
    "rationale",
    "served_model",
    "fingerprint",
)


@dataclass(frozen=True, slots=True)
class Key:
    """An endpoint's key and the environment variable it came from; nothing that prints it shows the key."""

    value: str = field(repr=False)
    variable: str


@dataclass(slots=True, repr=False)
class Secrets:
    """The values that nobody may read, and text without them.

    Args:
        named: Environment variables that settings name as keys.
    """

    named: tuple[str, ...] = ()
    _values: set[str] = field(default_factory=set)
    _pattern: re.Pattern[str] | None = None

    def __post_init__(self) -> None:
        """Learn what is in the environment."""
        self.look()

    def look(self) -> None:
        """Learn the keys that are in the environment now; a user's module may have put more there."""
        for name, value in os.environ.items():
            if name in self.named or (len(value.strip()) >= _SHORTEST_UNNAMED and _SECRET_NAME.search(name)):
                self.add(value)

    def add(self, *values: str) -> None:
        """Learn values."""
        new = {each for value in values if len(each := value.strip()) >= _SHORTEST} - self._values
        if new:
            self._values |= new
            # The longest first, or the beginning of one could be all that is hidden of it.
            longest_first = sorted(self._values, key=lambda value: (-len(value), value))
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def add_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        """Learn what a request's headers prove its sender with, the word `Bearer` apart."""
        for name, value in headers:
            if _SECRET_NAME.search(name):
                self.add(value, value.rpartition(" ")[2])

    def add_address(self, url: str) -> None:
        """Learn the password and the keys within an address."""
        parts = urlsplit(url)
        password = parts.password or ""
        self.add(password, unquote(password), *(value for name, value in parse_qsl(parts.query) if _secret(name)))

    def hidden(self, text: str) -> str:
        """The text without any of the values."""
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)

    def cleaned(self, said: T) -> T:
        """A reply or a judgement without any of the values."""
        if self._pattern is None:
            return said
        texts: dict[str, Any] = {
            name: self.hidden(text) for name in _TEXTS if isinstance(text := getattr(said, name, None), str)
        }
        if isinstance(said, Reply):
            texts["tool_calls"] = tuple(self.hidden(f"{call}") for call in said.tool_calls)
        changed = {name: text for name, text in texts.items() if text != getattr(said, name)}
        return replace(said, **changed) if changed else said

    def masked(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """A JSON value for reports: without any of the values, and without what a field's name calls a secret."""
        if isinstance(value, str):
            return self.hidden(value)
        if isinstance(value, list):
            return [self.masked(each) for each in value]
        if isinstance(value, Mapping):
            return {
                name: HIDDEN if isinstance(each, str) and _secret(name) else self.masked(each)
                for name, each in value.items()
            }
        return value


def _secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None
