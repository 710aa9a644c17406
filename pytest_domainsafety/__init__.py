"""Gate the release of an LLM deployment on its safety, domain by domain, from pytest.

What a target, judge or hook of one's own needs is here; everything else is reached through `pytest --domain-safety`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_domainsafety.core.evidence.replies import Judgement, Reply
    from pytest_domainsafety.core.reports.report import Report
    from pytest_domainsafety.core.suite.scenarios import Scenario

__all__ = ["Judgement", "Reply", "Report", "Scenario"]

_HOMES = {
    "Judgement": "pytest_domainsafety.core.evidence.replies",
    "Reply": "pytest_domainsafety.core.evidence.replies",
    "Report": "pytest_domainsafety.core.reports.report",
    "Scenario": "pytest_domainsafety.core.suite.scenarios",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is used: every pytest run imports this package."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
