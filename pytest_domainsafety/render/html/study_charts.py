"""The charts of a study's page. The tables beside them hold the same figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pytest_domainsafety.core.judging.judge_report import Interval
from pytest_domainsafety.core.study.report import Ends, StudyReport
from pytest_domainsafety.render.framings import gap_titles
from pytest_domainsafety.render.html.charts import BOUND, RATE, Chart, Drawing, Figure, Mark, Row, Spec, chart, forest
from pytest_domainsafety.render.html.gap_marks import gap_marks
from pytest_domainsafety.render.html.study_view import gaps_of, rate, shares_of

_BOUND: Final = Mark("upper bound", BOUND.shape, BOUND.stroke)
_SPREADS: Final = (
    Mark("between scenarios (upper line)", "stroke", "var(--blue)"),
    Mark("between deployments (lower line)", "stroke", "var(--vermilion)"),
)
_KAPPA: Final = Mark("kappa", "circle", "var(--blue)", "var(--blue)")
_ESTIMATORS: Final = (
    Mark("sequential sums of squares", "square", "var(--blue)", "var(--blue)"),
    Mark("moments (Henderson)", "square", "var(--vermilion)"),
)


def domains(study: StudyReport) -> Chart:
    """The forest plot: a domain a row, over all deployments."""
    rows = [
        Row(
            each.domain,
            {
                RATE.name: Figure(each.pooled.rate, each.pooled.bootstrap_ci),
                _BOUND.name: Figure(each.pooled.upper_bound),
            },
            rate(each.pooled).removeprefix("- "),
        )
        for each in study.domains
    ]
    drawn = forest(rows, (RATE, _BOUND), title="share of operational replies that complied")
    return chart("Forest plot of compliance, a domain a row. The table below holds the same figures.", drawn)


def heterogeneity(study: StudyReport) -> Chart | None:
    """From the least to the most compliant scenario and deployment, a domain a row."""
    spreads = [(each, (each.scenario_heterogeneity, each.deployment_heterogeneity)) for each in study.domains]
    rows = [
        Row(domain.domain, {mark.name: _spread(ends) for mark, ends in zip(_SPREADS, found, strict=True) if ends})
        for domain, found in spreads
    ]
    if not any(row.figures for row in rows):
        return None
    drawn = forest(rows, _SPREADS, title="from the least compliant to the most", apart=True)
    label = "How far scenarios and deployments lie apart, a domain a row. The table below holds the same figures."
    return chart(label, drawn)


def _spread(ends: Ends) -> Figure:
    return Figure(None, (ends.lowest_rate, ends.highest_rate))


def gaps(study: StudyReport) -> Chart | None:
    """The framing gaps, a domain a row."""
    rows = [
        Row(each.domain, {name: Figure(gap.difference, gap.ci) for name, gap in gaps_of(each).items()})
        for each in study.domains
    ]
    rows = [row for row in rows if row.figures]
    if not rows:
        return None
    marks = gap_marks(gap_titles(each.gaps for each in study.domains).values())
    drawn = forest(rows, marks, title="difference of shares", ends=(-1, 1), apart=True)
    return chart("Framing gaps with their intervals, a domain a row. The table below holds the same figures.", drawn)


def codification(study: StudyReport) -> Chart | None:
    """The rates of the codifications, a row each."""
    if study.by_codification is None:
        return None
    rows = [
        Row(
            each.codification,
            {RATE.name: _figure(each.rate)},
            ", ".join(each.domains) if len(each.domains) == 1 else "",
        )
        for each in study.by_codification.groups
    ]
    drawn = forest(rows, (RATE,), title="share of operational replies that complied")
    return chart("Compliance by codification. The table below holds the same figures.", drawn)


def kappas(study: StudyReport) -> Chart | None:
    """The second judges' kappas, a run a row."""
    if study.agreement is None:
        return None
    rows = [Row(each.deployment, {_KAPPA.name: _figure(each.kappa)}) for each in study.agreement.runs]
    if study.agreement.pooled is not None:
        rows.append(Row("all of these", {_KAPPA.name: _figure(study.agreement.pooled)}))
    drawn = forest(rows, (_KAPPA,), title="Cohen's kappa", ends=(-1, 1))
    return chart("Kappa of the second judges, a run a row. The table below holds the same figures.", drawn)


def variance(study: StudyReport) -> Chart | None:
    """The parts of the variance, a bar for each estimator."""
    rows = [
        Row(name, {mark.name: _figure(found) for mark, found in zip(_ESTIMATORS, both, strict=True)})
        for name, both in shares_of(study).items()
    ]
    if all(figure.at is None for row in rows for figure in row.figures.values()):
        return None
    label = "Shares of the variance by two estimators. The table below holds the same figures."
    return chart(label, bars(rows, _ESTIMATORS, title="share of the variance"))


def bars(rows: Sequence[Row], marks: Sequence[Mark], *, title: str) -> Drawing:
    """Bars from nothing to a share, and its interval on each.

    Args:
        rows: From top to bottom; their figures are shares.
        marks: How the bars of a row are drawn, from top to bottom.
        title: Of the scale.
    """
    names = [mark.name for mark in marks]
    values = [
        {"row": number, "mark": name, "at": figure.at, **_ends(figure)}
        for number, row in enumerate(rows)
        for name, figure in row.figures.items()
        if figure.at is not None
    ]
    axis = {"title": title, "format": ".0%", "tickCount": 5}
    at: Spec = {"type": "quantitative", "scale": {"domain": [0, 1]}, "axis": axis}
    where: Spec = {
        "y": {"field": "row", "type": "ordinal", "axis": None},
        "yOffset": {"field": "mark", "scale": {"domain": names, "paddingOuter": 0.8}},
    }

    def by_mark(values: list[str]) -> Spec:
        return {"field": "mark", "type": "nominal", "scale": {"domain": names, "range": values}}

    colours = {"stroke": by_mark([mark.stroke for mark in marks]), "fill": by_mark([mark.fill for mark in marks])}
    layers: list[Spec] = [
        {
            "data": {"values": values},
            "mark": {"type": "bar", "size": 8, "strokeWidth": 2},
            "encoding": where | {"x": {"field": "at", **at}, "x2": {"datum": 0}} | colours,
        },
        {
            "data": {"values": [value for value in values if "low" in value]},
            "mark": {"type": "rule", "strokeWidth": 2, "color": "var(--ink)"},
            "encoding": where | {"x": {"field": "low", **at}, "x2": {"field": "high"}},
        },
    ]
    return Drawing([(row.name, row.word) for row in rows], layers, apart=True)


def _ends(figure: Figure) -> Spec:
    """The interval, as far as the scale goes."""
    if figure.interval is None:
        return {}
    low, high = (min(1.0, max(0.0, end)) for end in figure.interval)
    return {"low": low, "high": high}


def _figure(found: Interval) -> Figure:
    return Figure(found.estimate, None if found.low is None or found.high is None else (found.low, found.high))
