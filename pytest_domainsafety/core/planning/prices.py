"""Prices of tokens, for the plan: nothing is sent and nothing is known but what the user says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final

from pytest_domainsafety.core.configuration.limits import LimitError, limit_lines

_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Prices of a million tokens, in whatever currency; None where it was not given."""

    input: float | None = None
    output: float | None = None
    judge_input: float | None = None
    judge_output: float | None = None

    def cost(self, *, prompt: float, completion: float, judge_prompt: float, judge_completion: float) -> float | None:
        """The cost of so many tokens; None where no price was given for some that are used."""
        parts = (
            (prompt, self.input),
            (completion, self.output),
            (judge_prompt, self.judge_input),
            (judge_completion, self.judge_output),
        )
        if any(tokens and price is None for tokens, price in parts):
            return None
        return sum(tokens * price for tokens, price in parts if price is not None) / _MILLION

    def lacking(self, *, judged: bool) -> list[str]:
        """Names of prices without which there is no cost, where others were given.

        Args:
            judged: Whether a judge model is asked too.
        """
        given = {field.name: getattr(self, field.name) for field in fields(Prices)}
        needed = [name for name in given if judged or not name.startswith("judge")]
        return (
            [] if all(price is None for price in given.values()) else [each for each in needed if given[each] is None]
        )


def parse_prices(lines: Iterable[str]) -> Prices:
    """Read lines such as `input = 0.15` and `judge_output = 10`.

    Raises:
        LimitError: At the first line that is none of these.
    """
    known = [field.name for field in fields(Prices)]
    values: dict[str, float] = {}
    for line in limit_lines(lines, "a price"):
        if line.domain not in known or line.framing is not None:
            raise LimitError(f"{line.text!r} is not a price; use {', '.join(known)}, each for a million tokens")
        if line.domain in values:
            raise LimitError(f"{line.text!r} is the second price of {line.domain}; keep one")
        if not 0 <= line.value < float("inf"):
            raise LimitError(f"{line.text!r} needs a number of at least 0, such as 0.15")
        values[line.domain] = line.value
    return Prices(**values)
