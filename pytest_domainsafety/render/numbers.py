"""Numbers in reports."""

from __future__ import annotations


def number(value: float | None) -> str:
    """A share with two digits; a stroke where there is none."""
    # A rounding error below nothing is nothing.
    return "-" if value is None else f"{round(value, 2) + 0.0:.2f}"


def signed(value: float | None) -> str:
    """A difference with its sign."""
    return "-" if value is None else f"{value:+.2f}"
