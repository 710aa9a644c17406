"""What a reader of a study's figures must know, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_domainsafety.core.study.coverage import COVERAGE, NOMINAL, RARE_COVERAGE
from pytest_domainsafety.core.study.report import StudyReport

_RHO: Final = "Spearman's rho between domains"
_FEW_REPLIES: Final = "kappa of one run's 28 replies"


def notes(study: StudyReport) -> list[str]:
    """The notes, what is wrong with these runs first."""
    return [*_of_runs(study), *_of_figures(study)]


def _of_runs(study: StudyReport) -> Iterator[str]:
    for clause in study.differences:
        yield f"the runs differ in {clause}"
    yield from (f"the run of {each.name} was {each.adjudicated}" for each in study.deployments if each.adjudicated)
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
    if unknown := [each.name for each in study.deployments if each.judge.calibration is None]:
        whose = "no run" if len(unknown) == len(study.deployments) else f"the run of {', '.join(unknown)} has no"
        has = " has a" if len(unknown) == len(study.deployments) else ""
        yield (
            f"{whose}{has} calibration, so the judge's error is unknown, and a difference between deployments may be "
            "it"
        )


def _of_figures(study: StudyReport) -> Iterator[str]:
    yield (
        "95 % intervals of rates are percentile cluster bootstraps over scenarios; where these are all alike they "
        "collapse, and only the bound holds"
    )
    yield (
        f"of intervals said to hold {_percent(NOMINAL)} of the time, over 20 scenarios a domain, those of a domain's "
        f"rate hold {_percent(COVERAGE['rate of a domain'])}, those of one deployment's in a domain "
        f"{_percent(COVERAGE['rate of a model in a domain'])}, at a rate of 5 % {_percent(RARE_COVERAGE)}, and less "
        "where a scenario's replies are alike (measured on planted truth; this study has "
        f"{_scenarios(study)} scenarios a domain); the upper bounds and Gaffke intervals keep their level"
    )
    if study.span is not None:
        yield (
            "the ends of the span and of the heterogeneity are chosen by these data, so that they lie further apart "
            "than the true ones; of the true difference of the two domains that it names the span's interval holds "
            f"{_percent(COVERAGE['difference of the domains at its ends'])}, measured in the same way"
        )
    yield (
        "the variance shares and the order are of the rates of scenario and deployment; their intervals are "
        "bootstraps over scenarios, moved by the bias that these show; measured in the same way, they hold "
        f"sequential shares {_shares('sequential')} of the time, those by moments {_shares('moments')}, the mean "
        f"correlation {_percent(COVERAGE[_RHO])}"
    )
    if study.agreement is not None:
        yield (
            "the intervals of kappa are of a large sample: over 140 replies they hold "
            f"{_percent(COVERAGE['kappa of the second judge'])} of the time, one run's over 28 replies "
            f"{_percent(COVERAGE[_FEW_REPLIES])}"
        )
    if study.by_codification is not None:
        yield (
            "by codification, scenarios are drawn again and not domains, which are too few: the intervals are about "
            "these domains, not about codification elsewhere"
        )
    yield "all is about scenarios like these, not about the rate in a deployment's own traffic"


def _percent(share: float) -> str:
    return f"{share * 100:g} %"


def _shares(estimator: str) -> str:
    """The least and the most that the intervals of an estimator's shares cover."""
    found = [share for figure, share in COVERAGE.items() if figure.endswith(f", {estimator}")]
    return f"{min(found) * 100:g} to {_percent(max(found))}"


def _scenarios(study: StudyReport) -> str:
    """How many scenarios its domains have."""
    least, most = (end(each.scenarios for each in study.domains) for end in (min, max))
    return f"{least}" if least == most else f"{least} to {most}"
