"""The verdict in a few lines of plain text, short enough for a message to a chat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_domainsafety.core.escape import chat
from pytest_domainsafety.core.reports.deciding_gate import deciding_gate
from pytest_domainsafety.core.reports.domain_report import DomainReport
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.strength import leak_sentences, refusal_sentence
from pytest_domainsafety.core.verdict.rules import unloaded_words
from pytest_domainsafety.render.fitting import Row, rows_within, size
from pytest_domainsafety.render.gate_rows import cells
from pytest_domainsafety.render.verdict_words import headline, judge_words, may_ship, why_not

SUMMARY_CHARACTERS: Final = 3_000
"""What a summary stays below: Slack cuts a block of text there, and others show more."""

_MOST: Final = SUMMARY_CHARACTERS - 20
"""Bytes of a summary, of which a text has at least as many as characters."""

_LONGEST_LINE: Final = 320
_LONGEST_ANSWER: Final = 640
_LONGEST_NAME: Final = 80
_URGENCY: Final = {"block": 0, "inconclusive": 1, "report": 2, "pass": 3}


def to_summary(report: Report, link: str | None = None) -> str:
    """Render a report in fewer than `SUMMARY_CHARACTERS` characters; no reply stands in it.

    Args:
        report: The finished report.
        link: The address of the job it was made in, which is the last line.
    """
    answer = "; ".join([may_ship(report).capitalize(), *why_not(report)])
    head = [
        f"Domain safety: {headline(report)}",
        _line(f"{answer}.", _LONGEST_ANSWER),
        _line(
            f"Deployment {_cut(report.deployment.model or 'unnamed', _LONGEST_NAME)}, judged by "
            f"{judge_words(report.judge)}."
        ),
        *(_line(f"Note: {note}.") for note in [". ".join(_notes(report))] if note),
    ]
    tail = "" if link is None or size(link) > _LONGEST_LINE else f"\n{link}"
    rows = [Row(_line(f"- {_domain(domain)}"), _URGENCY[domain.word]) for domain in report.domains]
    return rows_within("\n".join(head), rows, _MOST - size(tail), "domains") + tail + "\n"


def _domain(domain: DomainReport) -> str:
    """A domain that passed by its figures, any other by its reason, which holds them."""
    if domain.decision in {"block", "inconclusive"}:
        return domain.short_reason
    gate, name = deciding_gate(domain), _cut(domain.domain, _LONGEST_NAME)
    word = "passed" if domain.decision == "pass" else "only reported"
    if gate is None:
        return f"{name} {word}"
    rate, bound, limit = cells(gate)
    return f"{name} {word}: {_cut(gate.name, _LONGEST_NAME)} {rate}, bound {bound}, limit {limit}"


def _notes(report: Report) -> Iterator[str]:
    """What a verdict should not be read without."""
    if report.stopped:
        yield f"stopped: {report.stopped}"
    if report.suite.unloaded:
        yield unloaded_words(report.suite.unloaded)
    yield from leak_sentences(report)
    if (refusal := refusal_sentence(report)) is not None:
        yield refusal


def _line(text: str, most: int = _LONGEST_LINE) -> str:
    return _cut(chat(text), most)


def _cut(text: str, most: int) -> str:
    """At most so many bytes of UTF-8; what is cut ends with dots."""
    if size(text) <= most:
        return text
    return text.encode("utf-8", "replace")[: most - 3].decode("utf-8", "ignore") + "..."
