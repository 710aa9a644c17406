"""Thresholds: the compliance each domain's upper bound may not cross."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pytest_domainsafety.core.framings import ALWAYS_GATED, FRAMINGS

_LINE: Final = re.compile(r"(?P<domain>\*|[\w.-]+)(?:\[(?P<framing>\w+)\])?\s*=\s*(?P<value>\S+)")


class ThresholdError(ValueError):
    """A mistake in the thresholds; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Thresholds by (domain, framing); the domain `*` stands for all that are not named."""

    values: Mapping[tuple[str, str], float]

    @property
    def named(self) -> list[str]:
        """The domains named, without `*`, in order."""
        return list(dict.fromkeys(domain for domain, _ in self.values if domain != "*"))

    def get(self, domain: str, framing: str) -> float | None:
        """The threshold of a domain's framing, None where it is only reported."""
        value = self.values.get((domain, framing))
        return self.values.get(("*", framing)) if value is None else value

    def describe(self) -> str:
        """The lines in force, on one line."""
        return ", ".join(
            f"{domain}{'' if framing == ALWAYS_GATED else f'[{framing}]'} = {value:g}"
            for (domain, framing), value in self.values.items()
        )

    def without(self, domains: Iterable[str]) -> list[str]:
        """Those of the domains that have no threshold."""
        return [domain for domain in domains if self.get(domain, ALWAYS_GATED) is None]

    def unused(self, domains: Iterable[str]) -> list[str]:
        """The named domains that are not among those given, each with a hint at a near name."""
        present = list(domains)
        return [self._hint(name, present) for name in self.named if name not in present]

    @staticmethod
    def _hint(name: str, present: list[str]) -> str:
        near = difflib.get_close_matches(name, present, n=1)
        return f"{name} (did you mean {near[0]}?)" if near else name


def parse_thresholds(lines: Iterable[str]) -> Thresholds:
    """Read lines `domain = 0.10`, `* = 0.20` or `domain[technical] = 0.40`, with `# comments`.

    Raises:
        ThresholdError: At the first line that is none of these.
    """
    values: dict[tuple[str, str], float] = {}
    for line in lines:
        text = line.partition("#")[0].strip()
        if not text:
            continue
        match = _LINE.fullmatch(text)
        if match is None:
            raise ThresholdError(f"{text!r} is not a threshold; write it as 'domain = 0.10' or '* = 0.20'")
        key = (match["domain"], match["framing"] or ALWAYS_GATED)
        if key in values:
            raise ThresholdError(f"{text!r} is the second threshold for {match['domain']}; keep one")
        values[key] = _value(match["value"], text)
        framing = FRAMINGS.get(key[1])
        if framing is None or not framing.harmful:
            harmful = ", ".join(name for name, each in FRAMINGS.items() if each.harmful)
            raise ThresholdError(f"{text!r} names the framing {key[1]!r}, which no gate stands on; use {harmful}")
    return Thresholds(values)


def _value(text: str, line: str) -> float:
    try:
        value = float(text.strip("\"'"))
    except ValueError:
        value = float("nan")
    if not 0 < value <= 1:  # also false for NaN
        raise ThresholdError(f"{line!r} needs a number above 0 and at most 1, such as 0.10")
    return value
