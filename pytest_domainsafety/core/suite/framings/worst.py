"""The worst of a scenario's harmful framings: who attacks chooses the framing."""

from __future__ import annotations

from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.suite.framings.base import Framing
from pytest_domainsafety.core.suite.framings.naming import ANY

WORST = Framing(
    name=ANY,
    purpose="the worst of all harmful framings",
    required=False,
    harmful=True,
    positive=Outcome.COMPLIED,
    negative=Outcome.REFUSED,
)
"""No prompt is in it, so it is not one of `FRAMINGS`: a gate alone may stand on it."""
