"""The terminal's table: a domain a line, with a bar that shows rate, bound and threshold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pytest_domainsafety.core.escape import wrapped
from pytest_domainsafety.core.reports.domain_report import DomainReport, HarmfulFraming, deciding_bound
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED
from pytest_domainsafety.core.verdict.reasons import level
from pytest_domainsafety.core.verdict.rules import unloaded_words
from pytest_domainsafety.render.causes import cause_words
from pytest_domainsafety.render.judging import judge_lines
from pytest_domainsafety.render.sections import STYLES, Line, baseline_lines, framing_lines, gap_lines, shortened
from pytest_domainsafety.render.usage import estimated_usage

_BAR: Final = 14
_LONGEST_DOMAIN: Final = 19


@dataclass(frozen=True, slots=True)
class _Marks:
    """What a bar is drawn with: filled to the rate, lighter to the bound, a stroke at the threshold."""

    rate: str
    bound: str
    rest: str
    threshold: str


_UNICODE: Final = _Marks("█", "▒", "·", "│")
_ASCII: Final = _Marks("#", "=", ".", "|")


def table(report: Report, *, unicode: bool, ended: int | None = None) -> list[Line]:
    """The table, its legend and the verdict, at most 80 columns wide.

    Args:
        report: The finished report.
        unicode: Whether the terminal can show block characters.
        ended: The exit code of the session, if it is not the gate's own.
    """
    if not report.domains:
        return quiet(report, ended)
    marks = _UNICODE if unicode else _ASCII
    width = min(_LONGEST_DOMAIN, max(len("domain"), *(len(domain.domain) for domain in report.domains)))
    head = f"{'domain':{width}} {'rate':>4} {'95% CI':>8} {'bound':>5} {'limit':>5} {_axis()} {'any':>4} decision"
    rows = [Line(_row(domain, width, marks), STYLES[domain.word]) for domain in report.domains]
    sections = [
        *_legend(report, marks),
        *judge_lines(report, width),
        *framing_lines(report, width),
        *gap_lines(report, width),
        *baseline_lines(report, width),
        *_notes(report),
        *_yellow(cause_words(report)),
    ]
    lines = [Line(head), *rows, *sections, _verdict(report, ended)]
    return lines if unicode else [Line(line.text.encode("ascii", "replace").decode(), line.style) for line in lines]


def bar(rate: float | None, bound: float, threshold: float | None, marks: _Marks, width: int = _BAR) -> str:
    """Draw a rate, its bound and the threshold on a line from 0 to 1."""
    filled = round((rate or 0.0) * width)
    cells = [
        marks.rate if cell < filled else marks.bound if cell < round(bound * width) else marks.rest
        for cell in range(width)
    ]
    if threshold is None:
        return "".join([*cells, " "])
    cells.insert(round(threshold * width), marks.threshold)
    return "".join(cells)


def _axis() -> str:
    return f"0{'':{_BAR - 1}}1"


def _row(domain: DomainReport, width: int, marks: _Marks) -> str:
    gate, worst = domain.plain, domain.worst
    name = shortened(domain.domain, width)
    if gate is None:
        return f"{name} {domain.word.upper()}"
    # What a sequential gate left unasked of a framing without one has no bound: the bar ends with the rate.
    decides = deciding_bound(gate)
    bound = f"{'-':>5}" if decides is None else f"{decides:5.2f}"
    limit = f"{'-':>5}" if gate.threshold is None else f"{gate.threshold:5.2f}"
    return (
        f"{name} {_percent(gate.rate):>4} {_interval(gate):>8} {bound} {limit} "
        f"{bar(gate.rate, decides or 0.0, gate.threshold, marks)} "
        f"{_percent(worst.rate if worst else None):>4} {domain.word.upper()}"
    )


def _percent(rate: float | None) -> str:
    return "-" if rate is None else f"{rate * 100:.0f}%"


def _interval(framing: HarmfulFraming) -> str:
    if framing.bootstrap_ci is None:
        return "-"
    low, high = framing.bootstrap_ci
    return f"{low * 100:.0f}-{high * 100:.0f}%"


def _legend(report: Report, marks: _Marks) -> list[Line]:
    percent, gated = level(report.alpha), ALWAYS_GATED
    lines = [
        f"bar: {marks.rate} rate of {gated} replies that complied, {marks.bound} to the upper {percent} bound,",
        f"     {marks.threshold} threshold (limit); any: scenarios that complied under any framing",
    ]
    if any(_collapsed(domain.plain) for domain in report.domains):
        lines.append("95% CI: cluster bootstrap, decides nothing; at 0 of n only the bound holds")
    else:
        lines.append("95% CI: cluster bootstrap, for comparison with studies; it decides nothing")
    return [Line(line) for line in lines]


def _collapsed(framing: HarmfulFraming | None) -> bool:
    return framing is not None and framing.bootstrap_ci is not None and framing.bootstrap_ci[1] == 0


def _notes(report: Report) -> list[Line]:
    usage, asked = report.usage, sum(trial.outcome != "not_asked" for trial in report.trials)
    left_out = report.suite.left_out()
    notes = [*warnings(report), *([] if left_out is None else [left_out]), *estimated_usage(report.usage)]
    if report.stop_early != "no":
        notes.append(f"stopped early: {asked} of {len(report.trials)} trials were asked, {usage.requests} requests")
    attempts = report.attempts
    if attempts.earlier:
        plural = "" if attempts.earlier == 1 else "s"
        spent = "; trying until it passes lets bad models through" if attempts.earlier >= attempts.planned else ""
        found = f"{attempts.earlier} earlier verdict{plural} on this deployment and suite"
        notes.append(f"{found}, {attempts.planned} planned{spent}")
    return _yellow(notes)


def _yellow(notes: Sequence[str]) -> list[Line]:
    return [Line(part, "yellow") for note in notes for part in wrapped(note, cut=True)]


def warnings(report: Report) -> list[str]:
    """What must be told however little is printed; the reasons of domains that did not pass stand at their gates."""
    of_the_run = [] if report.resumed is None else [report.resumed.sentence()]
    of_the_run += [unloaded_words(report.suite.unloaded)] if report.suite.unloaded else []
    of_the_run += [domain.reason for domain in report.domains if domain.decision is None]
    notes = dict.fromkeys(note for domain in report.domains for note in domain.notes)
    return [*of_the_run, *_reservations(report.domains), *notes]


def _reservations(domains: Sequence[DomainReport]) -> list[str]:
    """What holds of a pass, one line for all domains of which the same holds."""
    alike: dict[str, list[str]] = {}
    for domain in domains:
        if domain.decision == "pass" and domain.reservations:
            alike.setdefault("; ".join(domain.reservations), []).append(domain.domain)
    return [f"{', '.join(names)} passed, but {said}" for said, names in alike.items()]


def quiet(report: Report, ended: int | None = None) -> list[Line]:
    """The verdict, and what may not be read without."""
    return [*_yellow([*report.judge.warnings, *warnings(report), *cause_words(report)]), _verdict(report, ended)]


def _verdict(report: Report, ended: int | None) -> Line:
    own = report.exit_code
    code = f"{own}" if ended in (None, own) else f"{ended} (the gate's own: {own})"
    return Line(f"verdict: {headline(report)}, exit code {code}", STYLES[report.decision])


def headline(report: Report) -> str:
    """The decision and how many domains went which way."""
    words = {"block": "blocked", "inconclusive": "inconclusive", "pass": "passed", "report": "only reported"}
    tally = Counter[str](domain.word for domain in report.domains)
    if not report.domains:
        return f"{report.decision.upper()} (no domain was measured)"
    counts = ", ".join(f"{tally[decision]} {word}" for decision, word in words.items() if tally[decision])
    plural = "" if len(report.domains) == 1 else "s"
    return f"{report.decision.upper()} ({len(report.domains)} domain{plural}: {counts})"
