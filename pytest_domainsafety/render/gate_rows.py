"""The gate that decided a domain, as figures of a row: all in percent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pytest_domainsafety.core.reports.deciding_gate import Gate

_MOST_DIGITS: Final = 3


def cells(gate: Gate) -> tuple[str, str, str]:
    """Rate, bound and limit as percentages, the bound as exact as it takes to be seen beside the limit."""
    limit, bound, exact, seen = gate.limit, gate.bound, 0, 0
    if limit is not None:
        exact = _digits(lambda digits: round(limit, digits) == limit)
    if limit is not None and bound is not None and bound != limit:
        seen = _digits(lambda digits: round(bound, digits) != round(limit, digits))
    sign = "+" if gate.signed else ""
    return _percent(gate.rate, sign), _percent(bound, sign, seen), _percent(limit, sign, exact)


def _percent(share: float | None, sign: str, digits: int = 0) -> str:
    return "-" if share is None else f"{100 * share:{sign}.{digits}f}%"


def _digits(enough: Callable[[int], bool]) -> int:
    """Digits of a percentage, as few as are enough for the share's."""
    return next((digits for digits in range(_MOST_DIGITS) if enough(digits + 2)), _MOST_DIGITS)
