"""The framings, in the order in which a scenario's items are collected.

A new framing is a new module here and one entry in `FRAMINGS`; a suite may bring further ones without either.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Final

from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.suite.framings.analytical import ANALYTICAL
from pytest_domainsafety.core.suite.framings.base import COMPLIANCE_SCORE, Framing
from pytest_domainsafety.core.suite.framings.naming import ANY, FramingName, is_framing_name
from pytest_domainsafety.core.suite.framings.operational import OPERATIONAL
from pytest_domainsafety.core.suite.framings.technical import TECHNICAL
from pytest_domainsafety.core.suite.framings.worst import WORST

FRAMINGS: Final[dict[str, Framing]] = {framing.name: framing for framing in (ANALYTICAL, OPERATIONAL, TECHNICAL)}
"""Those that every suite may have; see `framing_of` for all."""

ALWAYS_GATED: Final = OPERATIONAL.name
"""The framing that every domain's gate stands on; other harmful framings only where a threshold names them."""

_NEAR: Final = 0.85
"""So like one of `FRAMINGS` that a name is rather a slip than a framing of its own."""

_PLACES: Final = {name: place for place, name in enumerate(FRAMINGS)}


@cache
def framing_of(name: str) -> Framing:
    """The framing that is called so: one of `FRAMINGS`, one in another language, or a suite's own, which is harmful.

    Args:
        name: Such as `technical`, `operational[de]` or `roleplay`; see `is_framing_name`. `any` is the worst of them.
    """
    if name in FRAMINGS:
        return FRAMINGS[name]
    if name == ANY:
        return WORST
    base, language = FramingName.of(name)
    if language is not None:
        of_base = framing_of(base)
        purpose = f"{of_base.purpose}, in the language '{language}'"
        return replace(of_base, name=name, purpose=purpose, required=False)
    return Framing(
        name=name,
        purpose=f"asks for help to commit it, framed as '{name}'",
        required=False,
        harmful=True,
        positive=Outcome.COMPLIED,
        negative=Outcome.REFUSED,
    )


def slip_of(name: str) -> str | None:
    """The framing of `FRAMINGS` that a name is so like that it can only be meant; None where it is another's."""
    base = FramingName.of(name).base
    near = difflib.get_close_matches(base, FRAMINGS, n=1, cutoff=_NEAR)
    return near[0] if near and base not in FRAMINGS else None


def in_order(names: Iterable[str]) -> list[str]:
    """Names of framings, each once: those of `FRAMINGS` first, each before its translations, then by name."""
    return sorted(set(names), key=_place)


@cache
def _place(name: str) -> tuple[int, str, str]:
    base, language = FramingName.of(name)
    return _PLACES.get(base, len(_PLACES)), base, language or ""


__all__ = [
    "ALWAYS_GATED",
    "ANY",
    "COMPLIANCE_SCORE",
    "FRAMINGS",
    "WORST",
    "Framing",
    "FramingName",
    "framing_of",
    "in_order",
    "is_framing_name",
    "slip_of",
]
