"""Limits a user sets domain by domain, in lines such as `domain = 0.10` and `* = 0.20` for the rest."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

_LINE: Final = re.compile(r"(?P<domain>\*|[\w.-]+)(?:\[(?P<framing>[\w-]+(?:\[[\w-]+\])?)\])?\s*=\s*(?P<value>\S+)")
_NUMBER: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


class LimitError(ValueError):
    """A mistake in such lines; the message is one sentence."""


class LimitLine(NamedTuple):
    """One line, read.

    Args:
        text: The line without its comment.
        domain: A domain's name, or `*`.
        framing: The framing in brackets, None where there is none.
        value: NaN where it is no number.
        word: What stands there, without quotes.
    """

    text: str
    domain: str
    framing: str | None
    value: float
    word: str


def limit_lines(lines: Iterable[str], what: str) -> Iterator[LimitLine]:
    """Read lines `domain = 0.10`, `* = 0.20` or `domain[framing] = 0.40`, with `# comments`.

    Args:
        lines: As configured.
        what: What such a line is, for the error: "a threshold".

    Raises:
        LimitError: At the first line that is none of these.
    """
    for line in lines:
        text = line.partition("#")[0].strip()
        if not text:
            continue
        match = _LINE.fullmatch(text)
        if match is None:
            raise LimitError(f"{text!r} is not {what}; write it as 'domain = 0.10' or '* = 0.20'")
        number = match["value"].strip("\"'")
        value = float(number) if _NUMBER.fullmatch(number) else float("nan")
        yield LimitLine(text, match["domain"], match["framing"], value, number)


@dataclass(frozen=True, slots=True)
class DomainLimits:
    """A number a domain; the domain `*` stands for all that are not named."""

    values: Mapping[str, float] = field(default_factory=dict)

    def get(self, domain: str) -> float | None:
        """A domain's limit, None where it has none."""
        return self.values.get(domain, self.values.get("*"))


def parse_domain_limits(lines: Iterable[str], what: str, *, most: float, zero: bool = False) -> DomainLimits:
    """Read limits that hold for a whole domain.

    Args:
        lines: As configured.
        what: What such a line is, for the error: "a margin".
        most: The largest number allowed.
        zero: Whether 0 is allowed too; all must be above it otherwise.

    Raises:
        LimitError: At the first line that is none, or out of range.
    """
    values: dict[str, float] = {}
    for line in limit_lines(lines, what):
        if line.framing is not None:
            raise LimitError(
                f"{line.text!r} names a framing, but {what} is for a whole domain: leave the brackets out"
            )
        if line.domain in values:
            raise LimitError(f"{line.text!r} is the second line for {line.domain}; keep one")
        if not (0 < line.value <= most or (zero and line.value == 0)):  # also false for NaN
            least = "of at least 0" if zero else "above 0"
            raise LimitError(f"{line.text!r} needs a number {least} and at most {most:g}, such as 0.20")
        values[line.domain] = line.value
    return DomainLimits(values)


def hinted(name: str, present: Iterable[str], shown: str | None = None, prefix: str = "") -> str:
    """A name that is not among those present, with a hint at a near one.

    Args:
        name: Without a prefix that all have, which would make all of them near.
        present: The names that there are, without it.
        shown: How the name was written, where that differs.
        prefix: What is put before a near name.
    """
    near = difflib.get_close_matches(name, list(present), n=1)
    return f"{shown or name} (did you mean {prefix}{near[0]}?)" if near else shown or name
