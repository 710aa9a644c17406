"""Annotations on a run of GitHub Actions: one for each domain that did not pass, shown above the log.

A line of the log is a command to the runner: its text is made one printable line first, as everywhere, and then
escaped as the runner unescapes it, so that nothing in a name or a reason begins another command.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.reports.domain_report import DomainReport
from pytest_domainsafety.core.reports.report import Report

_MOST: Final = 10
"""GitHub shows no more of a kind for one step."""

_LONGEST: Final = 1_000
_KINDS: Final = {"block": ("error", "blocked"), "inconclusive": ("warning", "inconclusive")}


def github_annotations(report: Report) -> list[str]:
    """Lines to print, each at a line's start: errors for blocked domains, warnings for inconclusive ones."""
    lines: list[str] = []
    for decision, (command, word) in _KINDS.items():
        domains = [domain for domain in report.domains if domain.decision == decision]
        shown = domains if len(domains) <= _MOST else domains[: _MOST - 1]
        lines += [_line(command, f"{domain.domain} {word}", domain.reason) for domain in shown]
        if rest := domains[len(shown) :]:
            lines.append(_line(command, f"{len(rest)} more domains {word}", _names(rest)))
    return lines


def _names(domains: Sequence[DomainReport]) -> str:
    return ", ".join(domain.domain for domain in domains)


def _line(command: str, title: str, message: str) -> str:
    return f"::{command} title={_property(f'Domain safety: {title}')}::{_data(message)}"


def _data(text: str) -> str:
    """A message: what the runner unescapes."""
    shown = printable(text)
    cut = shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."
    return cut.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A title: it ends at a comma or colons too."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
