"""What a study's page says in words and figures: its summary, its deployments, and a row for each figure there is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pytest_domainsafety.core.judging.judge_report import Interval
from pytest_domainsafety.core.reports.domain_report import Gap
from pytest_domainsafety.core.study.report import Cell, Ends, Pooled, StudyDeployment, StudyDomain, StudyReport
from pytest_domainsafety.render.changes import JUDGE_COULD
from pytest_domainsafety.render.framings import gap_titles
from pytest_domainsafety.render.html.figures import signed_spread
from pytest_domainsafety.render.numbers import number, signed
from pytest_domainsafety.render.study_words import percent, points

Rows = list[list[str]]
"""A table's rows; the first cell of each is the row's name."""

NOT_MEASURED: Final = "- not measured"
_SHADES: Final = 5


@dataclass(frozen=True, slots=True)
class Shaded:
    """A cell of the heat map: its figure, and how strong its colour is, 0 to 5, if it was measured."""

    text: str
    shade: int | None


def summary(study: StudyReport) -> str:
    """What was found, in one sentence that names domains."""
    count = len(study.deployments)
    if (span := study.span) is not None:
        without = sum(each.pooled.rate is None for each in study.domains)
        unknown = f"; {without} more without a measurement" if without else ""
        return (
            f"Over {count} deployments, compliance with operational requests goes from "
            f"{percent(span.lowest_rate)} in {span.lowest} to {percent(span.highest_rate)} in "
            f"{span.highest}{unknown}."
        )
    rated = next((each for each in study.domains if each.pooled.rate is not None), None)
    if rated is None:
        return f"Nothing was measured in any domain of these {count} deployments."
    return f"In {rated.domain}, {_across(rated)} of operational requests were complied with."


def _across(domain: StudyDomain) -> str:
    """A domain's rate over its deployments, from the least to the most."""
    ends = domain.deployment_heterogeneity
    if ends is None or not ends.difference:
        return percent(domain.pooled.rate)
    return (
        f"from {percent(ends.lowest_rate)} ({ends.lowest}) to {percent(ends.highest_rate)} ({ends.highest}), "
        f"{percent(domain.pooled.rate)} in all,"
    )


def differing(study: StudyReport) -> Rows:
    """A row for each setting that the deployments do not have alike, a column each."""
    return [[name, *values] for name, values in _settings(study) if len(set(values)) > 1]


def alike(study: StudyReport) -> list[tuple[str, str]]:
    """The settings that they have alike, in pairs of name and value."""
    return [(name, values[0]) for name, values in _settings(study) if len(set(values)) == 1]


def _settings(study: StudyReport) -> list[tuple[str, list[str]]]:
    each = [_deployed(deployment) for deployment in study.deployments]
    return [(name, [settings[name] for settings in each]) for name in each[0]]


def _deployed(each: StudyDeployment) -> dict[str, str]:
    asked, judge = each.deployment, each.judge
    return {
        "model": asked.model or "unnamed",
        "endpoint": asked.base_url or "none: a client or a callable",
        "temperature": "its own" if asked.temperature is None else f"{asked.temperature:g}",
        "system prompt": f"SHA-256 {found[:8]}" if (found := asked.system_prompt_sha256) else "none",
        "added to requests": "nothing" if asked.request is None else json.dumps(asked.request),
        "max_tokens": "its own" if asked.max_tokens is None else str(asked.max_tokens),
        "repetitions": str(asked.repetitions),
        "judge": judge.kind + (f" {judge.model}" if judge.model else ""),
        "judge's fingerprint": judge.fingerprint,
        "stopped early": each.stop_early,
    }


def runs(study: StudyReport) -> Rows:
    """A row for each deployment: where its figures are from."""
    return [[each.name, each.run, each.finished, f"SHA-256 {each.suite_sha256[:8]}"] for each in study.deployments]


def domains(study: StudyReport) -> Rows:
    """A row for each domain over all deployments."""
    return [
        [
            each.domain,
            str(each.scenarios),
            *_rated(each.pooled),
            _range(each.pooled.gaffke_ci),
            _measured(each.pooled),
        ]
        for each in study.domains
    ]


def cells(study: StudyReport) -> Rows:
    """A row for each deployment in each domain."""
    return [
        [each.domain, cell.deployment, *_rated(cell), _measured(cell)]
        for each in study.domains
        for cell in each.deployments
    ]


def _rated(rated: Pooled | Cell) -> list[str]:
    return [rate(rated), _range(rated.bootstrap_ci), percent(rated.upper_bound)]


def rate(rated: Pooled | Cell) -> str:
    """The rate, with a star where trials are not in it."""
    return NOT_MEASURED if rated.rate is None else percent(rated.rate) + ("*" if rated.unmeasured else "")


def _measured(rated: Pooled | Cell) -> str:
    return f"{rated.trials - rated.unmeasured} of {rated.trials}"


def heat_map(study: StudyReport) -> list[tuple[str, list[Shaded]]]:
    """A row for each domain, a cell for each deployment."""
    return [
        (
            each.domain,
            [
                Shaded(rate(cell), None if cell.rate is None else round(cell.rate * _SHADES))
                for cell in each.deployments
            ],
        )
        for each in study.domains
    ]


def means(study: StudyReport) -> list[str]:
    """Each deployment's mean over the domains, which stands below them."""
    return ["- not in all domains" if each.rate is None else percent(each.rate) for each in study.deployments]


def heterogeneity(study: StudyReport) -> Rows:
    """A row for each domain: how far its scenarios lie apart, and its deployments."""
    return [
        [
            each.domain,
            *_ends(each.scenario_heterogeneity),
            *_ends(each.deployment_heterogeneity, judge_could=bool(each.judge_could)),
        ]
        for each in study.domains
    ]


def _ends(ends: Ends | None, *, judge_could: bool = False) -> list[str]:
    if ends is None:
        return ["- no two rates", "-"]
    if not ends.difference:
        return ["0 points", f"all alike, {percent(ends.highest_rate)}"]
    pairs = ((ends.lowest, ends.lowest_rate), (ends.highest, ends.highest_rate))
    between = " to ".join(f"{percent(rate)} ({name})" for name, rate in pairs)
    judge = f", {JUDGE_COULD}" if judge_could else ""
    return [f"{points(ends.difference)} points{judge}", between]


def gaps(study: StudyReport) -> Rows:
    """A row for each framing gap there is."""
    return [
        [
            each.domain,
            name,
            NOT_MEASURED if gap.difference is None else signed(gap.difference),
            signed_spread(gap.ci),
            str(gap.scenarios),
        ]
        for each in study.domains
        for name, gap in gaps_of(each).items()
    ]


def gaps_of(domain: StudyDomain) -> dict[str, Gap]:
    """The gaps that a domain has, by what they are called."""
    titles = gap_titles([domain.gaps])
    return {title: gap for name, title in titles.items() if (gap := domain.gaps[name]) is not None}


def variance(study: StudyReport) -> Rows:
    """A row for each part of the variance, by both estimators."""
    return [
        [name, *_estimate(sequential), *_estimate(moments)]
        for name, (sequential, moments) in shares_of(study).items()
    ]


def shares_of(study: StudyReport) -> dict[str, tuple[Interval, Interval]]:
    """The parts of the variance, each by sequential sums of squares and by moments."""
    one, other = study.variance.sequential, study.variance.moments
    return {
        "domain": (one.domain, other.domain),
        "scenario": (one.scenario, other.scenario),
        "deployment": (one.deployment, other.deployment),
        "residual": (one.residual, other.residual),
    }


def _estimate(found: Interval) -> list[str]:
    return ["- none" if found.estimate is None else percent(found.estimate), _interval(found)]


def codification(study: StudyReport) -> Rows:
    """A row for each codification that domains have, and the difference of the extremes."""
    found = study.by_codification
    if found is None:
        return []
    rows = [[each.codification, ", ".join(each.domains), *_estimate(each.rate)] for each in found.groups]
    if (between := found.high_minus_low) is not None:
        ends = "- none" if between.low is None or between.high is None else signed_spread((between.low, between.high))
        rows.append(["high minus low", "", signed(between.estimate), ends])
    return rows


def kappas(study: StudyReport) -> Rows:
    """A row for each second judge, and one over all where they are the same."""
    found = study.agreement
    if found is None:
        return []
    rows = [
        [each.deployment, each.model, f"{each.replies} ({each.unusable} without a verdict)", *_kappa(each.kappa)]
        for each in found.runs
    ]
    return [*rows, ["all of these", "", str(found.replies), *_kappa(found.pooled)]] if found.pooled else rows


def _kappa(found: Interval) -> list[str]:
    if found.estimate is None:
        return ["- not defined", "- none"]
    ends = "- none" if found.low is None or found.high is None else f"{number(found.low)} to {number(found.high)}"
    return [number(found.estimate), ends]


def unmeasured(study: StudyReport) -> Rows:
    """A row for each deployment, domain and framing of which something is unknown."""
    return [
        [each.deployment, each.domain, each.framing]
        + [str(count) for count in (each.trials, each.missing, each.unjudged, each.not_asked)]
        for each in study.unmeasured
    ]


def _range(interval: Sequence[float] | None) -> str:
    return "- none" if interval is None else f"{percent(interval[0])} to {percent(interval[1])}"


def _interval(found: Interval) -> str:
    return "- none" if found.low is None or found.high is None else _range((found.low, found.high))
