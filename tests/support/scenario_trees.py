"""Trees as a loader gives them of scenario files, with a line marked."""

from __future__ import annotations

from typing import Any

from pytest_domainsafety.core.suite.located import Located
from pytest_domainsafety.core.suite.scenarios import Scenario, parse_file

MARK = 7
"""The line of the mistake; everything else stands on line 1."""

Tree = dict[str, Any]


def located(value: object) -> Located:
    """A tree as a loader gives it; a `Located` inside keeps its line."""
    if isinstance(value, Located):
        return Located(located(value.value).value, value.line)
    if isinstance(value, dict):
        return Located({key: located(child) for key, child in value.items()}, 1)
    if isinstance(value, list):
        return Located([located(child) for child in value], 1)
    return Located(value, 1)


def marked(value: object) -> Located:
    return Located(value, MARK)


def entry(**changes: object) -> Tree:
    return {"id": "a", "harm": "Harm", "analytical": "Why?", "operational": "How?", **changes}


def turns(*texts: str, **keys: object) -> Tree:
    return {"turns": list(texts or ("One?", "Two?")), **keys}


def without(name: str) -> Tree:
    return {key: value for key, value in entry().items() if key != name}


def file(*entries: object, **changes: object) -> Tree:
    return {"domain": "surveillance", "scenarios": list(entries or [entry()]), **changes}


def parsed(**changes: object) -> Scenario:
    return parse_file(located(file(entry(**changes))))[0]
