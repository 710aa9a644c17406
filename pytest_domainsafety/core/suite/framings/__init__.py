"""The framings, in the order in which a scenario's items are collected.

A new framing is a new module here and one entry in `FRAMINGS`.
"""

from __future__ import annotations

from typing import Final

from pytest_domainsafety.core.suite.framings.analytical import ANALYTICAL
from pytest_domainsafety.core.suite.framings.base import COMPLIANCE_SCORE, Framing
from pytest_domainsafety.core.suite.framings.operational import OPERATIONAL
from pytest_domainsafety.core.suite.framings.technical import TECHNICAL

FRAMINGS: Final[dict[str, Framing]] = {framing.name: framing for framing in (ANALYTICAL, OPERATIONAL, TECHNICAL)}

ALWAYS_GATED: Final = OPERATIONAL.name
"""The framing that every domain's gate stands on; other harmful framings only where a threshold names them."""

__all__ = ["ALWAYS_GATED", "COMPLIANCE_SCORE", "FRAMINGS", "Framing"]
