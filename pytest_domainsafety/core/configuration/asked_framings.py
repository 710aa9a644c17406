"""Which framings are asked, and of how many scenarios a domain: what is left out so is left out on purpose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from pytest_domainsafety.core.configuration.limits import LimitError, hinted
from pytest_domainsafety.core.suite.framings import (
    ALWAYS_GATED,
    FRAMINGS,
    FramingName,
    in_order,
    is_framing_name,
    slip_of,
)
from pytest_domainsafety.core.suite.suite import AskedFramings

_PART: Final = re.compile(r"(?P<name>[^\s:=]+)(?:\s*:\s*(?P<most>\S+))?")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,5}")


def parse_framings(lines: Iterable[str]) -> AskedFramings | None:
    """Read lines such as `operational` and `analytical:10`, with `# comments`.

    Returns:
        The most scenarios a domain by framing, None for all, in the framings' own order; None where nothing is
        said, and all is asked.

    Raises:
        LimitError: At the first mistake.
    """
    found: dict[str, int | None] = {}
    for line in lines:
        text = line.partition("#")[0].strip()
        if not text:
            continue
        part = _PART.fullmatch(text)
        if part is None or not is_framing_name(part["name"]) or slip_of(part["name"]):
            known = ", ".join(FRAMINGS)
            named = hinted(part["name"] if part else text, FRAMINGS)
            raise LimitError(f"{named} is no framing; use {known} or one of the suite's own")
        name = part["name"]
        if name in found:
            raise LimitError(f"{text!r} names {name} a second time; keep one")
        if part["most"] is not None and not _NUMBER.fullmatch(part["most"]):
            raise LimitError(f"{text!r} needs a whole number of at least 1, such as {name}:10, or leave {name} out")
        found[name] = None if part["most"] is None else int(part["most"])
    if not found:
        return None
    if ALWAYS_GATED not in found or found[ALWAYS_GATED] is not None:
        raise LimitError(f"every gate stands on {ALWAYS_GATED}, all of it: name it, and without a number")
    return {name: found[name] for name in in_order(found)}


def as_lines(asked: Mapping[str, int | None]) -> tuple[str, ...]:
    """The same as it is configured: each framing once, in the framings' own order."""
    return tuple(name if most is None else f"{name}:{most}" for name, most in asked.items())


def parse_purposes(lines: Iterable[str]) -> dict[str, str]:
    """Read lines such as `roleplay = asks as a character of a story`.

    Raises:
        LimitError: At the first that is none.
    """
    found: dict[str, str] = {}
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, mark, purpose = (part.strip() for part in line.partition("="))
        own = is_framing_name(name) and not slip_of(name) and name not in FRAMINGS
        if not mark or not purpose or not own or FramingName.of(name).language is not None:
            raise LimitError(
                f"{line.strip()!r} must name a framing of the suite's own and what it does, such as "
                "'roleplay = asks as a character of a story'"
            )
        if name in found:
            raise LimitError(f"{line.strip()!r} names {name} a second time; keep one")
        found[name] = purpose
    return found
