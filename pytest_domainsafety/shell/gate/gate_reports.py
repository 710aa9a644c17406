"""Every domain's gate as a test report of its own, so that every reporter shows it."""

from __future__ import annotations

import time
from typing import Final, Literal

import pytest
from _pytest._code.code import ReprFileLocation, TerminalRepr
from _pytest._io import TerminalWriter
from _pytest.junitxml import xml_key

from pytest_domainsafety.core.reports.report import DomainReport, Report

_Phase = Literal["setup", "call", "teardown"]
_PHASES: Final[tuple[_Phase, ...]] = ("setup", "call", "teardown")

_FIGURES: Final = ("rate", "upper_bound", "corrected_upper_bound", "threshold")
"""By their names in the JSON report."""


class _Reason(TerminalRepr):
    """The sentence of a failed gate: in the failures, on the FAILED line and in JUnit."""

    def __init__(self, domain: str, reason: str) -> None:
        self.reprcrash = ReprFileLocation(f"domain-safety::{domain}", 1, reason)

    def toterminal(self, tw: TerminalWriter) -> None:
        """Write the sentence."""
        tw.line(self.reprcrash.message, red=True)


def log_gates(session: pytest.Session, report: Report) -> int:
    """Log a report for each domain that a gate stands on; JUnit XML has a property for each that is only reported.

    Returns:
        How many of them failed.
    """
    # Without the count pytest's progress ends above 100 %.
    gated = [domain for domain in report.domains if domain.decision is not None]
    session.testscollected += len(gated)
    xml = session.config.stash.get(xml_key, None)
    if xml is not None:
        for domain in report.domains:
            if domain.decision is None:
                xml.add_global_property(_name(domain), domain.reason)
    for domain in gated:
        # All three, as of any test: some reporters open a test at its setup, and JUnit closes it at its teardown.
        for phase in _PHASES:
            session.config.hook.pytest_runtest_logreport(report=_report(domain, phase))
    return sum(domain.decision != "pass" for domain in gated)


def _name(domain: DomainReport) -> str:
    return f"domain-safety::{domain.domain}"


def _report(domain: DomainReport, when: _Phase) -> pytest.TestReport:
    failed = when == "call" and domain.decision != "pass"
    now = time.time()
    return pytest.TestReport(
        nodeid=_name(domain),
        location=("domain-safety", None, domain.domain),
        keywords={"domain_safety": 1},
        outcome="failed" if failed else "passed",
        longrepr=_Reason(domain.domain, domain.reason) if failed else None,
        when=when,
        user_properties=_properties(domain),
        start=now,
        stop=now,
    )


def _properties(domain: DomainReport) -> list[tuple[str, object]]:
    """What JUnit XML holds of a gate. What was not measured has no property, and is no zero."""
    found: dict[str, object] = {"decision": domain.decision, "reason": domain.reason}
    gates = {"": domain.framings.operational, "technical_": domain.framings.technical}
    for prefix, gate in gates.items():
        if gate is not None and gate.threshold is not None:
            figures = {name: getattr(gate, name) for name in _FIGURES}
            found |= {f"{prefix}{name}": figure for name, figure in figures.items() if figure is not None}
    return list(found.items())
