"""The check of a suite as text, a finding a line."""

from __future__ import annotations

from typing import Final

from pytest_domainsafety.core.escape import columns, printable
from pytest_domainsafety.core.suite.lint.report import Finding, LintReport

_SEVERITIES: Final = ("error", "warning", "note")


def to_text(report: LintReport) -> str:
    """The findings, the lengths of the prompts, and the count."""
    lines = [_line(finding) for finding in report.findings]
    lines += [""] if lines else []
    if report.lengths:
        lines.append("words a prompt  prompts    min median    max")
        lines += [
            columns(f"{each.framing:14} {each.prompts:8d} {each.min:6d} {each.median:6g} {each.max:6d}")
            for each in report.lengths
        ]
    lines.append(f"near-duplicates: {report.similarity.measure} of {report.similarity.threshold:g} or more")
    if report.allowed:
        lines.append(f"not checked: {', '.join(report.allowed)}")
    counts = ", ".join(_plural(report.count(severity), severity) for severity in _SEVERITIES)
    lines.append(f"{_plural(report.scenarios, 'scenario')} in {_plural(report.files, 'file')}: {counts}")
    return "\n".join(lines) + "\n"


def _line(finding: Finding) -> str:
    item = ""
    if finding.scenario is not None:
        framing = "" if finding.framing is None else f"[{finding.framing}]"
        item = f" {finding.domain}::{finding.scenario}{framing}"
    return printable(f"{finding.file}:{finding.line}: {finding.severity} {finding.rule}{item}: {finding.message}")


def _plural(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
