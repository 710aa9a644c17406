"""The terminal's table: a domain a line, with a bar that shows rate, bound and threshold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pytest_domainsafety.core.escape import printable, wrapped
from pytest_domainsafety.core.reports.deciding_gate import Gate, deciding_gate
from pytest_domainsafety.core.reports.domain_report import DomainReport
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.strength import leak_sentences, other_notes, refusal_sentence
from pytest_domainsafety.core.verdict.reasons import level
from pytest_domainsafety.core.verdict.rules import unloaded_words
from pytest_domainsafety.render.causes import cause_words
from pytest_domainsafety.render.framings import fitted_left
from pytest_domainsafety.render.gate_rows import cells
from pytest_domainsafety.render.judging import judge_lines
from pytest_domainsafety.render.overruled import overruled_head, overruled_rows
from pytest_domainsafety.render.sections import (
    STYLES,
    Line,
    Style,
    baseline_lines,
    framing_lines,
    gap_lines,
    shortened,
    wording_lines,
)
from pytest_domainsafety.render.usage import estimated_usage
from pytest_domainsafety.render.verdict_words import (
    SHIPS,
    attempts_words,
    headline,
    judge_words,
    lock_sentences,
    may_ship,
    next_steps,
    why_not,
)

_WIDTH: Final = 80
_NARROWEST_BAR: Final = 8
_WIDEST_BAR: Final = 40
_LONGEST_DOMAIN: Final = 19
_LONGEST_GATE: Final = 11
_FIGURES: Final = 24
"""Columns of rate, bound and limit, with the spaces between them."""


@dataclass(frozen=True, slots=True)
class _Marks:
    """What a bar is drawn with: filled to the rate, lighter to the bound, a stroke at the threshold."""

    rate: str
    bound: str
    rest: str
    threshold: str


_UNICODE: Final = _Marks("█", "▒", "·", "│")
_ASCII: Final = _Marks("#", "=", ".", "|")


def table(
    report: Report,
    *,
    unicode: bool,
    ended: int | None = None,
    width: int = _WIDTH,
    run: str | None = None,
    details: bool = False,
) -> list[Line]:
    """The verdict in words, the table and what it is said with, at most `width` columns wide.

    Args:
        report: The finished report.
        unicode: Whether the terminal can show block characters.
        ended: The exit code of the session, if it is not the gate's own.
        width: Columns of the terminal; below 80 counts as 80.
        run: The run's directory as it is typed, for the commands to go on with; None where none was kept.
        details: Whether to show the figures that no gate stands on: gaps between framings and their spread.
    """
    if not report.domains:
        return quiet(report, ended)
    width = max(width, _WIDTH)
    longest = max(len("domain"), *(len(each.domain) for each in report.domains))
    name = min(_LONGEST_DOMAIN + width - _WIDTH, longest)
    shown = [
        *_in_words(report, ended, run, width),
        *_rows(report, _UNICODE if unicode else _ASCII, name, width),
        *framing_lines(report, name),
        *_reasons(report, width),
        *_overruled(report, width),
        *judge_lines(report, name),
        *(wording_lines(report, name) if details else ()),
        *(gap_lines(report, name) if details else ()),
        *baseline_lines(report, name),
        *_yellow([*warnings(report), *_facts(report), *cause_words(report)], width),
    ]
    return shown if unicode else [Line(line.text.encode("ascii", "replace").decode(), line.style) for line in shown]


def quiet(report: Report, ended: int | None = None, width: int = _WIDTH) -> list[Line]:
    """The verdict, a line for each domain that did not pass, and what may not be read without."""
    said = [*report.judge.warnings, *_first_of_all(report), *warnings(report), *cause_words(report)]
    told = [*_reasons(report, width), *_overruled(report, width)]
    return [_verdict(report, ended), *told, *_yellow(said, width)]


def _verdict(report: Report, ended: int | None) -> Line:
    own = report.exit_code
    code = f"{own}" if ended in (None, own) else f"{ended} (the gate's own: {own})"
    return Line(f"verdict: {headline(report)}, exit code {code}", _style(report))


def _style(report: Report) -> Style:
    """A pass by what is no more than a screen is not the same green."""
    return "yellow" if report.decision == "pass" and may_ship(report) != SHIPS else STYLES[report.decision]


def _in_words(report: Report, ended: int | None, run: str | None, width: int) -> Iterator[Line]:
    yield _verdict(report, ended)
    answer = "; ".join([may_ship(report), *why_not(report)])
    for text in (answer, f"judged by {judge_words(report.judge)}"):
        yield from _paragraph(text, _style(report), width)
    yield from _yellow(_first_of_all(report), width)
    for step in next_steps(report, run):
        yield from _paragraph(f"next: {step.words}", "bold", width)
        if step.command is not None:
            yield Line(f"  {step.command}")


def _first_of_all(report: Report) -> list[str]:
    """What makes of a pass less than a layman takes it for."""
    refuses = refusal_sentence(report)
    return [*leak_sentences(report), *([] if refuses is None else [refuses])]


def _paragraph(text: str, style: Style, width: int) -> list[Line]:
    """Words are not broken: commands, paths and node ids are copied."""
    return [Line(part, style) for part in wrapped(text, "  ", width=width)]


def _rows(report: Report, marks: _Marks, name: int, width: int) -> Iterator[Line]:
    found = [(domain, deciding_gate(domain)) for domain in report.domains]
    gate = max([len("gate"), *(min(len(row.name), _LONGEST_GATE) for _, row in found if row)])
    decision = max([len("decision"), *(len(domain.word) for domain in report.domains)])
    bar = max(_NARROWEST_BAR, min(_WIDEST_BAR, width - name - gate - _FIGURES - decision - 4))
    head = f"{'domain':{name}} {'gate':{gate}} {'complied':>8} {'bound':>6} {'limit':>6}"
    yield Line(f"{head} {'0%':{bar - 3}}100% decision")
    for domain, row in found:
        yield Line(_row(domain, row, (name, gate, bar), marks), STYLES[domain.word])
    bound = f"{marks.bound} to the upper {level(report.alpha)} bound, {marks.threshold} limit"
    yield Line(f"gate: the one that decided; {marks.rate} complied, {bound}")
    if any(row.floor for _, row in found if row):
        yield Line("of a gate on harmless questions: those engaged with, and the lower bound")


def _row(domain: DomainReport, row: Gate | None, widths: tuple[int, int, int], marks: _Marks) -> str:
    name, gate, width = widths
    head = shortened(domain.domain, name)
    if row is None:
        return f"{head} {domain.word.upper()}"
    rate, bound, limit = cells(row)
    # A rise has no place on a line from 0 to 1. What a sequential gate left unasked has no bound.
    drawn = " " * (width + 1) if row.signed else bar(row.rate, row.bound or 0.0, row.limit, marks, width)
    return f"{head} {fitted_left(row.name, gate)} {rate:>8} {bound:>6} {limit:>6} {drawn} {domain.word.upper()}"


def bar(rate: float | None, bound: float, threshold: float | None, marks: _Marks, width: int) -> str:
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


def _reasons(report: Report, width: int) -> Iterator[Line]:
    """Why each domain did not pass, in its gate's own sentence."""
    for domain in sorted(report.domains, key=lambda each: each.decision != "block"):
        if domain.decision in {"block", "inconclusive"}:
            yield from _paragraph(domain.short_reason, STYLES[domain.word], width)


def _overruled(report: Report, width: int) -> Iterator[Line]:
    """Every verdict that a person overruled, by name."""
    if (head := overruled_head(report)) is None:
        return
    yield from _paragraph(head, "yellow", width)
    yield from (Line(f"  {printable(row)}", "yellow") for row in overruled_rows(report))


def _facts(report: Report) -> Iterator[str]:
    """What else belongs to the verdict, where it is so."""
    if (left_out := report.suite.left_out()) is not None:
        yield left_out
    yield from estimated_usage(report.usage)
    if report.stop_early != "no":
        asked = sum(trial.outcome != "not_asked" for trial in report.trials)
        yield f"stopped early: {asked} of {len(report.trials)} trials were asked, {report.usage.requests} requests"
    if report.attempts.earlier or (report.tries is not None and (report.tries.verdicts or report.tries.broken_off)):
        yield attempts_words(report)


def _yellow(notes: Sequence[str], width: int) -> list[Line]:
    return [Line(part, "yellow") for note in notes for part in wrapped(note, cut=True, width=width)]


def warnings(report: Report) -> list[str]:
    """What must be told however little is printed; the reasons of domains that did not pass stand at their gates."""
    of_the_run = [*report.of_sessions(), *lock_sentences(report)]
    of_the_run += [unloaded_words(report.suite.unloaded)] if report.suite.unloaded else []
    of_the_run += [domain.reason for domain in report.domains if domain.decision is None]
    return [*of_the_run, *_reservations(report.domains), *other_notes(report)]


def _reservations(domains: Sequence[DomainReport]) -> list[str]:
    """What holds of a pass, one line for all domains of which the same holds."""
    alike: dict[str, list[str]] = {}
    for domain in domains:
        if domain.decision == "pass" and domain.reservations:
            alike.setdefault("; ".join(domain.reservations), []).append(domain.domain)
    return [f"{', '.join(names)} passed, but {said}" for said, names in alike.items()]
