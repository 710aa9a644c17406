"""Figures as words for a page: a number where something was measured, elsewhere a stroke and why there is none."""

from __future__ import annotations

from typing import Final

from pytest_domainsafety.render.numbers import number, signed

DECIDED: Final = {"pass": "passed", "block": "blocked", "inconclusive": "inconclusive"}
"""Decisions as they are told of a domain."""

SIGNS: Final = {"pass": "\N{CHECK MARK}", "block": "\N{MULTIPLICATION X}", "inconclusive": "?"}
"""What stands before a decision, for those who do not see its colour."""


def share(value: float | None, without: str = "not measured") -> str:
    """A share with two digits, or why there is none."""
    return f"- {without}" if value is None else number(value)


def spread(interval: tuple[float, float] | None) -> str:
    """An interval of shares."""
    return "- none" if interval is None else f"{number(interval[0])} to {number(interval[1])}"


def signed_spread(interval: tuple[float, float]) -> str:
    """An interval of differences."""
    return f"{signed(interval[0])} to {signed(interval[1])}"


def of(count: int, total: int) -> str:
    """A count of a total, which may be none."""
    return f"{count} of {total}" if total else "- not measured"
