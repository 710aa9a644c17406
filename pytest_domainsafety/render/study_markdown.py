"""A study as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_domainsafety.core.escape import markdown as escaped
from pytest_domainsafety.core.judging.judge_report import Interval
from pytest_domainsafety.core.study.report import Cell, Ends, Pooled, StudyReport, VarianceTable
from pytest_domainsafety.render.changes import JUDGE_COULD
from pytest_domainsafety.render.framings import gap_titles
from pytest_domainsafety.render.numbers import signed
from pytest_domainsafety.render.study_wording import HEADS, MEANING, wording_rows
from pytest_domainsafety.render.study_words import (
    apart_sentences,
    deployment_sentence,
    gap,
    kappa_sentences,
    order_sentence,
    percent,
    points,
    span_sentence,
    unmeasured_sentence,
)


def to_markdown(study: StudyReport) -> str:
    """The whole study."""
    title = f"## Domain safety study: {len(study.deployments)} deployments, {len(study.domains)} domains"
    sections = {
        title: _list(map(deployment_sentence, study.deployments)),
        "### Compliance by domain": _compliance(study),
        "### Domain by deployment": _heat_map(study),
        "### Span": _list(text for text in (span_sentence(study), *apart_sentences(study)) if text),
        "### Within a domain": _heterogeneity(study),
        "### Framing gaps": _gaps(study),
        "### By wording": _wording(study),
        "### By codification": _codification(study),
        "### Shares of the variance": _variance(study),
        "### Order of the deployments": _list([order_sentence(study)]),
        "### Second judge": _list(kappa_sentences(study)),
        "### Without a measurement": _list(map(unmeasured_sentence, study.unmeasured)),
        "### To be read with it": _list(study.notes),
    }
    return "\n\n".join(f"{head}\n\n{body}" for head, body in sections.items() if body) + "\n"


def _list(texts: Iterable[str]) -> str:
    return "\n".join(f"- {escaped(text)}" for text in texts)


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the first column is text, the others are figures. All cells are harmless already."""
    line = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, line, *rows))


def _compliance(study: StudyReport) -> str:
    rows = []
    for domain in study.domains:
        rows.append([f"**{escaped(domain.domain)}**", str(domain.scenarios), *_rated(domain.pooled)])
        rows += [[escaped(cell.deployment), "", *_rated(cell)] for cell in domain.deployments]
    head = ["domain, then its deployments", "scenarios", "rate", "bootstrap 95 % CI", "upper 95 % bound", "measured"]
    return _rows(head, rows)


def _rated(rated: Pooled | Cell) -> list[str]:
    measured = f"{rated.trials - rated.unmeasured} of {rated.trials}"
    return [_rate(rated.rate, rated.unmeasured), _range(rated.bootstrap_ci), percent(rated.upper_bound), measured]


def _heat_map(study: StudyReport) -> str:
    rows = [
        [escaped(domain.domain), *(_rate(cell.rate, cell.unmeasured) for cell in domain.deployments)]
        for domain in study.domains
    ]
    means = ["mean of these domains", *(percent(each.rate) for each in study.deployments)]
    return _rows(["domain", *(escaped(each.name) for each in study.deployments)], [*rows, means])


def _heterogeneity(study: StudyReport) -> str:
    return _rows(
        ["domain", "scenarios, largest - smallest", "deployments, largest - smallest"],
        (
            [
                escaped(each.domain),
                _ends(each.scenario_heterogeneity),
                _ends(each.deployment_heterogeneity, judge_could=bool(each.judge_could)),
            ]
            for each in study.domains
        ),
    )


def _ends(ends: Ends | None, *, judge_could: bool = False) -> str:
    if ends is None:
        return "-"
    if not ends.difference:
        return "0 points (all alike)"
    highest, lowest = (
        f"{escaped(name)} {percent(rate)}"
        for name, rate in ((ends.highest, ends.highest_rate), (ends.lowest, ends.lowest_rate))
    )
    judge = f", {JUDGE_COULD}" if judge_could else ""
    return f"{points(ends.difference)} points ({highest}, {lowest}){judge}"


def _gaps(study: StudyReport) -> str:
    titles = gap_titles(each.gaps for each in study.domains)
    if not titles:
        return ""
    return _rows(
        ["domain", *(f"{escaped(title)} (95 % Gaffke interval)" for title in titles.values())],
        ([escaped(each.domain), *(gap(each.gaps.get(name)) for name in titles)] for each in study.domains),
    )


def _wording(study: StudyReport) -> str:
    rows = [[escaped(cell) for cell in row] for row in wording_rows(study)]
    return f"{_rows(HEADS, rows)}\n\n{escaped(MEANING.capitalize())}." if rows else ""


def _codification(study: StudyReport) -> str:
    found = study.by_codification
    if found is None:
        return ""
    rows = [
        [group.codification, escaped(", ".join(group.domains)), percent(group.rate.estimate), _interval(group.rate)]
        for group in found.groups
    ]
    if (difference := found.high_minus_low) is not None:
        between = f"{signed(difference.low)} to {signed(difference.high)}"
        rows.append(["high minus low", "", signed(difference.estimate), between])
    return _rows(["codification", "domains", "rate", "bootstrap 95 % CI"], rows)


def _variance(study: StudyReport) -> str:
    return _rows(
        ["estimator", "domain", "scenario", "deployment", "residual"],
        [
            ["sequential (eta squared)", *_shares(study.variance.sequential)],
            ["moments (Henderson)", *_shares(study.variance.moments)],
        ],
    )


def _shares(table: VarianceTable) -> list[str]:
    parts = (table.domain, table.scenario, table.deployment, table.residual)
    return [f"{percent(each.estimate)} ({_interval(each)})" if each.low is not None else "-" for each in parts]


def _rate(rate: float | None, unmeasured: int) -> str:
    return percent(rate) + ("\\*" if unmeasured and rate is not None else "")


def _range(interval: Sequence[float] | None) -> str:
    return "-" if interval is None else f"{percent(interval[0])} to {percent(interval[1])}"


def _interval(found: Interval) -> str:
    return "-" if found.low is None or found.high is None else _range((found.low, found.high))
