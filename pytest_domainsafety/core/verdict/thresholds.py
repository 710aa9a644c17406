"""Thresholds: the compliance each domain's upper bound may not cross."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pytest_domainsafety.core.configuration.limits import LimitError, limit_lines
from pytest_domainsafety.core.suite.framings import (
    ALWAYS_GATED,
    ANY,
    FRAMINGS,
    framing_of,
    in_order,
    is_framing_name,
    slip_of,
)

REPORT: Final = "report"
"""In a threshold's place: measured, and not gated."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Thresholds by (domain, framing), None for `report`; the domain `*` stands for all that are not named."""

    values: Mapping[tuple[str, str], float | None]

    def get(self, domain: str, framing: str) -> float | None:
        """The threshold of a domain's framing, None where it is only reported."""
        return self.values.get((domain, framing), self.values.get(("*", framing)))

    @property
    def framings(self) -> list[str]:
        """The framings that any line names, in their order."""
        return in_order(framing for _, framing in self.values)

    def describe(self) -> str:
        """The lines in force, on one line."""
        return ", ".join(
            f"{gate_name(domain, framing)} = {REPORT if value is None else f'{value:g}'}"
            for (domain, framing), value in self.values.items()
        )

    def without(self, domains: Iterable[str]) -> list[str]:
        """Those of the domains that have neither a threshold nor a line that says `report`."""
        return [each for each in domains if not {(each, ALWAYS_GATED), ("*", ALWAYS_GATED)} & self.values.keys()]


def gate_name(domain: str, framing: str) -> str:
    """A gate as its threshold is written: the domain alone for the framing that is always gated."""
    return domain if framing == ALWAYS_GATED else f"{domain}[{framing}]"


def parse_thresholds(lines: Iterable[str]) -> Thresholds:
    """Read lines `domain = 0.10`, `* = 0.20` or `domain[technical] = 0.40`, with `# comments`.

    Instead of a number `report` says that it is measured and not gated.

    Raises:
        LimitError: At the first line that is none of these.
    """
    values: dict[tuple[str, str], float | None] = {}
    for line in limit_lines(lines, "a threshold"):
        key = (line.domain, line.framing or ALWAYS_GATED)
        if key in values:
            raise LimitError(f"{line.text!r} is the second threshold for {line.domain}; keep one")
        reported = line.word == REPORT
        if not reported and not 0 < line.value < 1:  # also false for NaN
            cannot = ", and 1 cannot block" if line.value == 1 else ""
            raise LimitError(f"{line.text!r} needs a number above 0 and below 1, such as 0.10{cannot}")
        values[key] = None if reported else line.value
        gateable = is_framing_name(key[1]) and not slip_of(key[1]) and framing_of(key[1]).harmful
        if key[1] != ANY and not gateable:
            harmful = ", ".join(name for name, each in FRAMINGS.items() if each.harmful)
            raise LimitError(
                f"{line.text!r} names the framing {key[1]!r}, which no gate stands on; use {harmful}, one of the "
                f"suite's own, or {ANY} for the worst of them"
            )
    return Thresholds(values)
