"""Which models answered: the names that replies bear, counted, and held against the name that is wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.evidence.replies import Reply, text_sha256
from pytest_domainsafety.core.record import Record

OTHERS: Final = "(others)"
"""Stands for all names that came after too many."""

_LONGEST: Final = 80
_MOST: Final = 10
"""A server may give every reply a fingerprint of its own, and they are written down with every trial."""

_Name = str | None
_Key = tuple[_Name, _Name, _Name]


class ServedModel(Record):
    """How many replies bore a model's name and a system fingerprint; null where they bore none.

    `asked` is the model that the request named; of `replies` `fallbacks` came by a gateway's fallback.
    """

    asked: str | None
    model: str | None
    fingerprint: str | None
    replies: int
    fallbacks: int = 0


@dataclass(slots=True)
class Served:
    """Counts replies by the model asked for, the model that the reply names, and its system fingerprint."""

    _counts: dict[_Key, int] = field(default_factory=dict)
    _fallbacks: dict[_Key, int] = field(default_factory=dict)

    def add(self, asked: str | None, reply: Reply) -> None:
        """Count a reply."""
        key = (served_name(asked), served_name(reply.served_model), served_name(reply.fingerprint))
        if key not in self._counts and len(self._counts) >= _MOST:
            key = self._summed(key)
        self._counts[key] = self._counts.get(key, 0) + 1
        if reply.fallback:
            self._fallbacks[key] = self._fallbacks.get(key, 0) + 1

    def _summed(self, key: _Key) -> _Key:
        """Further fingerprints count as one, so that none of them hides a second model; then so do further models."""
        asked, model, _ = key
        known = {each[:2] for each in self._counts}
        return (asked, model if (asked, model) in known or len(known) < _MOST else OTHERS, OTHERS)

    def rows(self) -> list[ServedModel]:
        """The counts, the largest first."""
        ordered = sorted(self._counts.items(), key=lambda item: (-item[1], f"{item[0]}"))
        return [
            ServedModel(
                asked=key[0],
                model=key[1],
                fingerprint=key[2],
                replies=count,
                fallbacks=self._fallbacks.get(key, 0),
            )
            for key, count in ordered
        ]

    def to_json(self) -> list[list[Any]]:
        """Builtins only."""
        return [[*key, count, self._fallbacks.get(key, 0)] for key, count in self._counts.items()]

    def restore(self, data: Iterable[Sequence[Any]]) -> None:
        """Go on counting from what `to_json` gave; earlier versions gave no fallbacks."""
        self._counts, self._fallbacks = {}, {}
        for asked, model, fingerprint, count, *fallbacks in data:
            self._counts[asked, model, fingerprint] = int(count)
            if fallbacks and fallbacks[0]:
                self._fallbacks[asked, model, fingerprint] = int(fallbacks[0])


def misserved(reply: Reply, pattern: str | None) -> str | None:
    """Why a reply is not of the model that is wanted, in a few printable words; None where it is.

    Args:
        reply: Names the model that answered, or none, which matches no pattern.
        pattern: A regular expression for the whole name; None takes every model.
    """
    name = reply.served_model
    if pattern is None or (name is not None and re.fullmatch(pattern, name)):
        return None
    who = "no named model" if name is None else f"'{served_name(name)}'"
    return f"served by {who}, not '{printable(pattern):.80}'"


def served_warnings(role: str, rows: Iterable[ServedModel]) -> list[str]:
    """A sentence for each model that was asked for and answered under more than one name, and one for fallbacks.

    Args:
        role: Who answered, such as `the deployment`.
        rows: Of one role.
    """
    by_asked: dict[str | None, dict[str | None, int]] = {}
    rows = list(rows)
    fallbacks = sum(row.fallbacks for row in rows)
    for row in rows:
        models = by_asked.setdefault(row.asked, {})
        models[row.model] = models.get(row.model, 0) + row.replies
    mixed = [
        f"{role}{f', asked for {asked},' if asked else ''} answered as {len(models)} models, so the figures are of a "
        f"mixture: {_counted(models)}"
        for asked, models in by_asked.items()
        if len(models) > 1
    ]
    if fallbacks:
        mixed.append(
            f"{role}: {fallbacks} of {sum(row.replies for row in rows)} replies came by the gateway's fallback, "
            "which is another deployment than the one asked for: turn fallbacks off"
        )
    return mixed


def served_difference(role: str, before: Sequence[ServedModel], now: Sequence[ServedModel]) -> str | None:
    """How a baseline's models differ from this run's, or their fingerprints; None where not, or one is unknown."""
    for what, theirs, ours in (
        ("served models", {row.model for row in before}, {row.model for row in now}),
        ("system fingerprints", {row.fingerprint for row in before}, {row.fingerprint for row in now}),
    ):
        if before and now and theirs != ours:
            return f"{role}'s {what} are others than the baseline's: {_all(ours)} here, {_all(theirs)} there"
    return None


def _counted(models: Mapping[str | None, int]) -> str:
    return ", ".join(f"{model or 'no named model'} ({count} replies)" for model, count in models.items())


def _all(names: set[str | None]) -> str:
    return ", ".join(sorted(name or "none named" for name in names))


@lru_cache(maxsize=64)
def served_name(name: str | None) -> str | None:
    """A name as it may be kept: printable, and short; a long one stays apart from others that begin like it."""
    if name is None:
        return None
    shown = printable(name)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 10]}~{text_sha256(name)[:8]}"
