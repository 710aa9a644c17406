"""Every domain's gate as an item of its own, run after all others, so that every reporter shows it as a test."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import pytest
from _pytest._code.code import ReprFileLocation, TerminalRepr
from _pytest._io import TerminalWriter
from _pytest.junitxml import xml_key

from pytest_domainsafety.core.reports.domain_report import DomainReport
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED, ANY
from pytest_domainsafety.shell.collecting.own_items import RUN_OTHERWISE, OwnItem

_FOLDER: Final = "domain-safety"
_PREFIX: Final = f"{_FOLDER}::"

_FIGURES: Final = ("rate", "upper_bound", "corrected_upper_bound", "threshold")
"""By their names in the JSON report."""


class _BlockedError(AssertionError):
    """A gate that did not pass: reporters call what is no AssertionError broken and not failed."""


class _Reason(TerminalRepr):
    """The sentence of a failed gate: in the failures, on the FAILED line and in JUnit."""

    def __init__(self, nodeid: str, reason: str) -> None:
        self.reprcrash = ReprFileLocation(nodeid, 1, reason)

    def toterminal(self, tw: TerminalWriter) -> None:
        """Write the sentence."""
        tw.line(self.reprcrash.message, red=True)


class GateItem(OwnItem):
    """A domain's gate: it passes or fails with one sentence."""

    # A gate writes nothing, after a Ctrl-C pytest captures nothing any more, and there is nothing to debug.
    kept_off: ClassVar[tuple[str, ...]] = (*RUN_OTHERWISE, "pytest_retry", "_pytest.capture", "_pytest.debugging")

    def __init__(self, *, report: DomainReport, **kwargs: Any) -> None:  # noqa: ANN401 - pytest's own
        super().__init__(**kwargs)
        self._report = report
        self.user_properties = _properties(report)
        self.add_marker(pytest.mark.domain_safety)

    def runtest(self) -> None:
        """Fail where the gate did not pass.

        Raises:
            AssertionError: With the reason.
        """
        if self._report.decision != "pass":
            raise _BlockedError(self._report.reason)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str | TerminalRepr:  # noqa: ANN401 - pytest's own
        """The reason alone, and no traceback."""
        if isinstance(excinfo.value, _BlockedError):
            return _Reason(self.nodeid, self._report.reason)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """A place that is no file's."""
        return self.config.rootpath / _FOLDER, None, self.name


def is_gate(report: pytest.TestReport) -> bool:
    """Whether a report is of a gate."""
    return report.nodeid.startswith(_PREFIX)


def run_gates(session: pytest.Session, report: Report) -> None:
    """Run an item for each domain that a gate stands on, by pytest's own protocol.

    JUnit XML has a property for each that is only reported.
    """
    gated = [domain for domain in report.domains if domain.decision is not None]
    xml = session.config.stash.get(xml_key, None)
    for domain in report.domains:
        if xml is not None and domain not in gated:
            xml.add_global_property(_nodeid(domain), domain.reason)
    # Without the count pytest's progress ends above 100 %.
    session.testscollected += len(gated)
    # What an interrupted test has set up stays so until pytest tears it down, and nothing of it is a gate's.
    others = session._setupstate  # noqa: SLF001 - no public way to it
    session._setupstate = type(others)()  # noqa: SLF001
    try:
        for domain in gated:
            item = GateItem.from_parent(session, name=domain.domain, nodeid=_nodeid(domain), report=domain)
            item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
    finally:
        session._setupstate = others  # noqa: SLF001


def _nodeid(domain: DomainReport) -> str:
    return f"{_FOLDER}::{domain.domain}"


def _properties(domain: DomainReport) -> list[tuple[str, object]]:
    """What JUnit XML holds of a gate. What was not measured has no property, and is no zero."""
    found: dict[str, object] = {"decision": domain.decision, "reason": domain.reason}
    for name, gate in {**domain.harmful, ANY: domain.worst}.items():
        if gate is not None and gate.threshold is not None:
            prefix = "" if name == ALWAYS_GATED else f"{name}_"
            figures = {figure: getattr(gate, figure) for figure in _FIGURES}
            found |= {f"{prefix}{figure}": value for figure, value in figures.items() if value is not None}
    return list(found.items())
