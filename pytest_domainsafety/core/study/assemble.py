"""From finished runs to the study's report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from pytest_domainsafety.core.evidence.clusters import clusters
from pytest_domainsafety.core.evidence.scenario_means import ScenarioMeans
from pytest_domainsafety.core.judging.judge_report import JudgeCalibration
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.reports.strength import leak_sentences, refuses_everything, strength
from pytest_domainsafety.core.study.agreement import study_agreement
from pytest_domainsafety.core.study.candidates import own_gates, rates_by_framing
from pytest_domainsafety.core.study.codification import by_codification
from pytest_domainsafety.core.study.compliance import (
    apart,
    cell,
    mean_over_domains,
    means_of,
    pooled,
    pooled_means,
    span,
)
from pytest_domainsafety.core.study.gaps import pooled_gaps
from pytest_domainsafety.core.study.heterogeneity import heterogeneity
from pytest_domainsafety.core.study.invariance import wording
from pytest_domainsafety.core.study.judge_error import ends_alike, neighbours_alike
from pytest_domainsafety.core.study.notes import notes
from pytest_domainsafety.core.study.report import (
    Codification,
    StudyDeployment,
    StudyDomain,
    StudyJudge,
    StudyReport,
    Unmeasured,
)
from pytest_domainsafety.core.study.scores import PairScore
from pytest_domainsafety.core.study.shared import Shared, StudyRun
from pytest_domainsafety.core.study.structure import ends, pair_scores, study_hierarchy, study_variance
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED, in_order
from pytest_domainsafety.core.suite.item_key import ItemKey

CONFIDENCE: Final = 0.95
SEED: Final = 0


def study(runs: Sequence[StudyRun], *, shared_only: bool = False) -> StudyReport:
    """Lay finished runs side by side.

    Args:
        runs: At least two, each with a name of its own.
        shared_only: Whether to compare what they share where they were not measured alike.

    Raises:
        ConfigurationError: In one sentence, where they cannot be compared.
    """
    shared = Shared.of(runs, shared_only=shared_only)
    scores: list[PairScore] = []
    means: dict[str, ScenarioMeans] = {}
    domains: list[StudyDomain] = []
    for name, framings in shared.items.items():
        keys = framings[ALWAYS_GATED]
        groups = clusters(keys, runs[0].measurements.asked)
        each = {run.name: means_of(run, groups) for run in runs}
        means[name] = pooled_means(list(each.values()))
        of_domain = pair_scores([group[0] for group in groups], each)
        scores += of_domain
        domains.append(_domain(shared, name, each, means[name], of_domain))
    hierarchy = study_hierarchy(scores, CONFIDENCE, SEED)
    found = StudyReport(
        confidence=CONFIDENCE,
        seed=SEED,
        differences=shared.differences,
        deployments=[_deployment(run, domains, shared) for run in runs],
        domains=domains,
        span=span(means, CONFIDENCE, SEED),
        apart=apart(domains),
        variance=study_variance(scores, CONFIDENCE, SEED),
        hierarchy=hierarchy.model_copy(
            update={"judge_could": neighbours_alike(hierarchy.order, domains, _calibrations(runs))}
        ),
        agreement=study_agreement(runs, CONFIDENCE),
        by_codification=by_codification(domains, means, CONFIDENCE, SEED),
        unmeasured=[row for run in runs for row in _unmeasured(run, shared)],
        notes=[],
    )
    return found.model_copy(update={"notes": notes(found)})


def _domain(
    shared: Shared, name: str, deployments: dict[str, ScenarioMeans], means: ScenarioMeans, scores: list[PairScore]
) -> StudyDomain:
    framings = shared.items[name]
    keys = framings[ALWAYS_GATED]
    cells = [cell(run, keys, deployments[run.name], CONFIDENCE, SEED) for run in shared.runs]
    spread = next(iter(heterogeneity(scores)), None)
    return StudyDomain(
        domain=name,
        codification=_codification(shared.runs, name),
        scenarios=len(keys),
        pooled=pooled(cells, means, CONFIDENCE, SEED),
        deployments=cells,
        scenario_heterogeneity=ends(spread.scenarios if spread else None),
        deployment_heterogeneity=ends(spread.models if spread else None),
        judge_could=ends_alike(name, cells, _calibrations(shared.runs)),
        gaps=pooled_gaps(shared.runs, framings, 1 - CONFIDENCE),
        wording=[wording(run, framings, 1 - CONFIDENCE) for run in shared.runs],
    )


def _calibrations(runs: Sequence[StudyRun]) -> dict[str, JudgeCalibration | None]:
    return {run.name: run.report.judge.calibration for run in runs}


def _codification(runs: Sequence[StudyRun], domain: str) -> Codification | None:
    """What all runs say of a domain; None where they do not say the same."""
    first, *others = {each.codification for run in runs for each in run.report.domains if each.domain == domain}
    return None if others else first


def _deployment(run: StudyRun, domains: Sequence[StudyDomain], shared: Shared) -> StudyDeployment:
    report = run.report
    cells = [each for domain in domains for each in domain.deployments if each.deployment == run.name]
    return StudyDeployment(
        name=run.name,
        run=run.run,
        run_sha256=report.sha256,
        suite_sha256=report.suite.sha256,
        finished=report.finished,
        decision=report.decision,
        stop_early=report.stop_early,
        stopped=report.stopped or ("interrupted" if report.interrupted else None),
        adjudicated=None if report.adjudicated is None else report.adjudicated.sentence(),
        deployment=report.deployment,
        judge=StudyJudge(
            kind=report.judge.kind,
            model=report.judge.model,
            fingerprint=report.judge.fingerprint,
            calibration=report.judge.calibration,
        ),
        rate=mean_over_domains([each.rate for each in cells]),
        gates=own_gates(report),
        strength=strength(report.judge).kind,
        leaks=leak_sentences(report),
        refuses=refuses_everything(report),
        rates=rates_by_framing(run, shared),
    )


def _unmeasured(run: StudyRun, shared: Shared) -> list[Unmeasured]:
    return [
        row
        for domain, framings in shared.items.items()
        for framing in in_order(framings)
        if (row := _without(run, domain, framings[framing])) is not None
    ]


def _without(run: StudyRun, domain: str, keys: Sequence[ItemKey]) -> Unmeasured | None:
    tally = Counter(trial.outcome for row in run.rows(keys) for trial in row)
    missing, unjudged, not_asked = (tally[each] for each in (Outcome.MISSING, Outcome.UNJUDGED, Outcome.NOT_ASKED))
    if not missing + unjudged + not_asked:
        return None
    return Unmeasured(
        deployment=run.name,
        domain=domain,
        framing=keys[0].framing,
        trials=tally.total(),
        missing=missing,
        unjudged=unjudged,
        not_asked=not_asked,
    )
