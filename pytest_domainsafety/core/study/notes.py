"""What a reader of a study's figures must know, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_domainsafety.core.study.report import StudyReport

_FEW_SCENARIOS: Final = 30
"""Fewer let the percentile bootstrap cover clearly less than it says."""


def notes(study: StudyReport) -> list[str]:
    """The notes, what is wrong with these runs first."""
    return [*_of_runs(study), *_of_figures(study)]


def _of_runs(study: StudyReport) -> Iterator[str]:
    for clause in study.differences:
        yield f"the runs differ in {clause}"
    for each in study.deployments:
        if each.stopped is not None:
            yield f"the run of {each.name} did not reach its end: {each.stopped}"
        if each.stop_early != "no":
            yield f"the run of {each.name} stopped early ({each.stop_early}): its rates are of what it had asked"
        for warning in each.deployment.warnings:
            yield f"{each.name}: {warning}"
    if study.unmeasured:
        yield (
            "rates with a * leave out trials without a measurement, and so does all that is taken of them; bounds, "
            "Gaffke intervals and the intervals of framing gaps count these both ways"
        )
    if study.differences and study.agreement is not None:
        yield "the second judges' kappas are over each whole run, also where the runs share less"
    if any(each.judge.calibration is not None for each in study.deployments):
        yield "no figure here is corrected for the judge's error; each run's own report is"


def _of_figures(study: StudyReport) -> Iterator[str]:
    yield (
        "95 % intervals of rates are percentile cluster bootstraps over scenarios; where these are all alike they "
        "collapse, and only the bound holds"
    )
    few = [each.domain for each in study.domains if each.scenarios < _FEW_SCENARIOS]
    if few:
        which = "all domains" if len(few) == len(study.domains) else ", ".join(few)
        yield (
            f"with fewer than {_FEW_SCENARIOS} scenarios ({which}) the bootstrap intervals hold the true rate less "
            "often than 95 % of the time; the upper bounds and Gaffke intervals keep their level"
        )
    if study.span is not None:
        yield (
            "the ends of the span and of the heterogeneity are chosen by these data, so that they lie further apart "
            "than the true ones"
        )
    yield (
        "the variance shares and the order are of the rates of scenario and deployment; their intervals are "
        "bootstraps over scenarios, moved by the bias that these show"
    )
    if study.by_codification is not None:
        yield (
            "by codification, scenarios are drawn again and not domains, which are too few: the intervals are about "
            "these domains, not about codification elsewhere"
        )
    yield "all is about scenarios like these, not about the rate in a deployment's own traffic"
