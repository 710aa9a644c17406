"""The top of a report's page: the verdict, why in one sentence, and the gates' figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pytest_domainsafety.core.reports.deciding_gate import deciding_gate
from pytest_domainsafety.core.reports.domain_report import DomainReport, Gap, HarmfulFraming, deciding_bound
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED
from pytest_domainsafety.core.verdict.reasons import level
from pytest_domainsafety.core.verdict.rules import unloaded_words
from pytest_domainsafety.render.framings import gap_titles, told_in_part
from pytest_domainsafety.render.html.charts import BOUND, RATE, THRESHOLD, Chart, Figure, Row, chart, forest
from pytest_domainsafety.render.html.figures import DECIDED, of, share, signed_spread, spread
from pytest_domainsafety.render.html.gap_marks import gap_marks
from pytest_domainsafety.render.numbers import number, signed

_MOST_NAMED: Final = 8


@dataclass(frozen=True, slots=True)
class Gate:
    """A gated or reported framing of a domain; a row of the table of figures."""

    domain: str
    framing: str
    decision: str
    decided: str
    complied: str
    rate: str
    interval: str
    bound: str
    threshold: str


@dataclass(frozen=True, slots=True)
class GapRow:
    """A framing gap; a row of its table."""

    domain: str
    contrast: str
    difference: str
    interval: str
    scenarios: int


def why(report: Report) -> str:
    """Why the verdict is what it is, in one sentence, and which domains are only reported."""
    reported = [domain.domain for domain in report.domains if domain.decision is None]
    if not reported:
        return _why(report)
    return f"{_why(report)} Only reported, and no gate stands on: {', '.join(reported)}."


def reasons(report: Report) -> list[str]:
    """Why, domain by domain, apart from what `why` says already."""
    said = _why(report)
    return [domain.reason for domain in report.domains if domain.reason != said]


def _why(report: Report) -> str:
    if not report.domains:
        files = report.suite.unloaded
        return f"No domain was measured{f': {unloaded_words(files)}' if files else ''}."
    deciding = [domain for domain in report.domains if domain.decision == report.decision]
    if len(deciding) == 1:
        return deciding[0].reason
    if report.decision == "pass":
        return f"In all {len(deciding)} domains the upper {level(report.alpha)} bound is within the threshold."
    named = ", ".join(map(_named, deciding[:_MOST_NAMED]))
    left = len(deciding) - _MOST_NAMED
    more = f" and {left} more" if left > 0 else ""
    return f"{len(deciding)} of {len(report.domains)} domains are {DECIDED[report.decision]}: {named}{more}."


def _named(domain: DomainReport) -> str:
    gate = deciding_gate(domain)
    if domain.kind not in {"rate", "evidence"} or gate is None or gate.limit is None:
        return domain.domain + (f" ({domain.kind})" if domain.kind else "")
    if gate.floor or gate.signed or gate.beyond() <= 0:
        return domain.domain
    name = "" if gate.name == ALWAYS_GATED else f"{gate.name} "
    return f"{domain.domain} ({name}bound {number(gate.bound)} over {number(gate.limit)})"


def gates(report: Report) -> list[Gate]:
    """A row for every framing whose compliance is the harm, gated or not."""
    return [
        Gate(
            domain=domain.domain,
            framing=name,
            decision=decision or "none",
            decided=DECIDED[decision] if decision else "- not gated",
            complied="- no such prompt" if framing is None else of(framing.complied, _measured(framing)),
            rate=share(framing.rate if framing else None),
            interval=spread(framing.bootstrap_ci if framing else None),
            bound=share(deciding_bound(framing) if framing else None, "none"),
            threshold=share(framing.threshold if framing else None, "none"),
        )
        for domain, name, framing, decision in _framings(report)
    ] + [
        Gate(
            domain=domain.domain,
            framing="any of them",
            decision=worst.decision or "none",
            decided=DECIDED[worst.decision] if worst.decision else "- not gated",
            complied=f"{of(worst.complied, worst.measured)} scenarios",
            rate="- not known of all" if told_in_part(worst) else share(worst.rate),
            interval=spread(None if told_in_part(worst) else worst.bootstrap_ci),
            bound=share(deciding_bound(worst), "none"),
            threshold=share(worst.threshold, "none"),
        )
        for domain in report.domains
        if (worst := domain.worst) is not None and len(worst.framings) > 1
    ]


def gate_chart(report: Report) -> Chart | None:
    """The forest plot: a domain a row, and a row for each further framing that is gated too."""
    rows = [
        Row(
            name=domain.domain if name == ALWAYS_GATED else f"{domain.domain} [{name}]",
            figures={}
            if framing is None
            else {
                RATE.name: Figure(framing.rate, framing.bootstrap_ci),
                BOUND.name: Figure(deciding_bound(framing)),
                THRESHOLD.name: Figure(framing.threshold),
            },
            word=DECIDED[decision] if decision else "",
        )
        for domain, name, framing, decision in _framings(report)
        if name == ALWAYS_GATED or decision
    ]
    if not rows:
        return None
    label = "Forest plot of the gates, a domain a row. The table below holds the same figures."
    return chart(label, forest(rows, (RATE, BOUND, THRESHOLD), title="share of replies that complied"))


def _framings(report: Report) -> Iterator[tuple[DomainReport, str, HarmfulFraming | None, str | None]]:
    for domain in report.domains:
        plain = domain.plain
        yield domain, ALWAYS_GATED, plain, plain.decision if plain else domain.decision
        for name, framing in domain.harmful.items():
            if name != ALWAYS_GATED:
                yield domain, name, framing, framing.decision


def _measured(framing: HarmfulFraming) -> int:
    return framing.judged + framing.filtered


def gaps(report: Report) -> list[GapRow]:
    """A row for every framing gap there is."""
    return [
        GapRow(
            domain=domain,
            contrast=title,
            difference="- not measured" if gap.difference is None else signed(gap.difference),
            interval=signed_spread(gap.ci),
            scenarios=gap.scenarios,
        )
        for domain, title, gap in _gaps(report)
    ]


def gap_chart(report: Report) -> Chart | None:
    """The framing gaps, a domain a row."""
    rows: dict[str, dict[str, Figure]] = {}
    for domain, title, gap in _gaps(report):
        rows.setdefault(domain, {})[title] = Figure(gap.difference, gap.ci)
    if not rows:
        return None
    label = "Framing gaps with their intervals, a domain a row. The table below holds the same figures."
    drawn = forest(
        [Row(domain, figures) for domain, figures in rows.items()],
        gap_marks(gap_titles(domain.gaps for domain in report.domains).values()),
        title="difference of shares",
        ends=(-1, 1),
        apart=True,
    )
    return chart(label, drawn)


def _gaps(report: Report) -> Iterator[tuple[str, str, Gap]]:
    titles = gap_titles(domain.gaps for domain in report.domains)
    for domain in report.domains:
        for name, title in titles.items():
            if (gap := domain.gaps.get(name)) is not None:
                yield domain.domain, title, gap
