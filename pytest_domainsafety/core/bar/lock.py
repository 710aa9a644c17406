"""The lock: a bar, and why it was ever lowered, as what a TOML file holds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from pydantic import Field, ValidationError

from pytest_domainsafety.core.bar.bar import Bar, JudgeBar
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.record import Record

NAME: Final = "domain-safety.lock"
VERSION: Final = 1


class Lowering(Record):
    """A time when the bar was lowered on purpose: the day, in ISO 8601, what was lowered, and why."""

    at: str
    why: str
    what: list[str]


class Lock(Record):
    """A bar that was reviewed, and each lowering of it, the oldest first."""

    version: Literal[1] = VERSION
    bar: Bar
    lowered: list[Lowering] = Field(default=[])


class LockReport(Record):
    """The lock beside a run: its file's digest, where the run's bar is lower, and why it was lowered before."""

    sha256: str
    differences: list[str]
    lowered: list[Lowering]


def lock_table(lock: Lock) -> dict[str, Any]:
    """A lock as tables for TOML, sorted and short: a line a scenario, and nothing where there is no value."""
    bar = lock.bar.model_dump(exclude_none=True, exclude={"scenarios", "judge", "thresholds"})
    tables = {name: bar.pop(name) for name in ("floors", "margins")}
    return {
        "version": lock.version,
        "lowered": [each.model_dump() for each in lock.lowered],
        "gate": dict(sorted(bar.items())),
        "judge": lock.bar.judge.model_dump(exclude_none=True),
        "thresholds": {gate: "report" if limit is None else limit for gate, limit in lock.bar.thresholds.items()},
        **{name: table for name, table in tables.items() if table},
        "scenarios": {
            domain: {
                name: " ".join(f"{framing}:{digest}" for framing, digest in sorted(framings.items()))
                for name, framings in sorted(scenarios.items())
            }
            for domain, scenarios in sorted(lock.bar.scenarios.items())
        },
    }


def lock_of(tables: Mapping[str, Any], place: str) -> Lock:
    """The inverse of `lock_table`.

    Args:
        tables: What TOML made of the file.
        place: The file, for the error.

    Raises:
        ConfigurationError: If it is no lock of this version.
    """
    try:
        return Lock(
            version=tables["version"],
            lowered=[Lowering.model_validate(each) for each in tables.get("lowered", [])],
            bar=Bar(
                **tables["gate"],
                judge=JudgeBar.model_validate(tables["judge"]),
                thresholds={
                    gate: None if limit == "report" else limit for gate, limit in tables["thresholds"].items()
                },
                floors=tables.get("floors", {}),
                margins=tables.get("margins", {}),
                scenarios={
                    domain: {name: dict(_pairs(text)) for name, text in scenarios.items()}
                    for domain, scenarios in tables["scenarios"].items()
                },
            ),
        )
    except (ValidationError, KeyError, TypeError, AttributeError, ValueError) as error:
        said = f"{error}".partition("\n")[0]
        raise ConfigurationError(
            f"{place} is no lock of this version ({printable(said)[:120]}): write it again with domain-safety lock"
        ) from None


def sha256(text: str) -> str:
    """The digest that names a lock."""
    return hashlib.sha256(text.encode()).hexdigest()


def held_words(differences: Sequence[str]) -> str:
    """Why nothing passes beside a lock, with the first difference."""
    more = len(differences) - 1
    return f"the bar is lower than {NAME} says: {differences[0]}{f' and {more} more' if more else ''}"


def difference_words(differences: Sequence[str]) -> str:
    """The same with all of them."""
    return f"the bar is lower than {NAME} says: {'; '.join(differences)}"


def lowering_words(each: Lowering) -> str:
    """A lowering in a line."""
    return f"{NAME}: lowered {each.at}, {each.why}: {'; '.join(each.what)}"


def _pairs(text: str) -> list[tuple[str, str]]:
    pairs = [part.rpartition(":") for part in text.split()]
    if not all(mark for _, mark, _ in pairs):
        raise ValueError("a scenario's line holds framing:digest")
    return [(framing, digest) for framing, _, digest in pairs]
