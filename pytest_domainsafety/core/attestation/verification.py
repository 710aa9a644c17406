"""Whether a statement lets an artifact be deployed: what stands against it, in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_domainsafety.core.attestation.artifact import Artifact
from pytest_domainsafety.core.attestation.figures import AttestedDomain, AttestedJudge, Figures
from pytest_domainsafety.core.attestation.policy import JudgeWanted, Policy
from pytest_domainsafety.core.attestation.statement import Statement
from pytest_domainsafety.core.configuration.limits import hinted
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED
from pytest_domainsafety.core.verdict.thresholds import Thresholds, gate_name

_SKEW_S: Final = 300.0
"""By which two clocks may differ."""

_HOUR_S: Final = 3600.0
_DAY_S: Final = 86400.0


def objection(statement: Statement, policy: Policy, *, artifact: Artifact | None, age_s: float) -> str | None:
    """Why it must not be deployed, None where nothing stands against it.

    Args:
        statement: What was signed, by a key that is trusted.
        policy: What must hold.
        artifact: What will be deployed; None where the caller compares it.
        age_s: Seconds since the run ended.
    """
    return next(_objections(statement, policy, artifact, age_s), None)


def told_age(age_s: float) -> str:
    """An age for people."""
    return f"{age_s / _DAY_S:.1f} days" if age_s >= _DAY_S else f"{max(age_s, 0) / _HOUR_S:.1f} hours"


def _objections(statement: Statement, policy: Policy, artifact: Artifact | None, age_s: float) -> Iterator[str]:
    figures = statement.predicate.figures
    if artifact is not None and artifact.sha256 != statement.artifact.sha256:
        yield f"it is on another artifact, {statement.artifact}: attest a run on {artifact}"
    if artifact is not None and artifact.name != statement.artifact.name:
        yield f"its artifact has another name, {statement.artifact.name}: give that, or attest {artifact}"
    if artifact is not None and artifact.files_sha256 not in {None, statement.artifact.files_sha256}:
        yield _other_files(statement)
    if statement.predicate.result != "PASSED":
        domains = ", ".join(statement.predicate.failed) or "no domain"
        yield f"the verdict is {figures.decision}, no pass ({domains} did not pass)"
    if not age_s >= -_SKEW_S:  # also true for NaN
        yield f"its run ended in the future ({figures.finished}): set the clocks right"
    if not age_s <= policy.max_age_s:
        yield f"it is too old: its run ended {told_age(age_s)} ago, and max_age is {told_age(policy.max_age_s)}"
    if not figures.confidence >= policy.confidence:
        yield f"its bounds have the confidence {figures.confidence:g}, below the policy's {policy.confidence:g}"
    distrust = _distrust(figures.judge, policy.judge)
    if distrust is not None:
        yield distrust
    yield from _of_domains(figures, policy.domains)
    yield from _of_thresholds(figures, policy.thresholds)


def _other_files(statement: Statement) -> str:
    """The digest of a model tells little of the names of its files, and a loader goes by them."""
    if statement.artifact.files_sha256 is None:
        return "it does not say what the model's files are called: attest the run with --model"
    return f"its model's files have other names, {statement.artifact}: deploy the folder that was attested"


def _distrust(judge: AttestedJudge, wanted: JudgeWanted) -> str | None:
    if judge.controls is not None and judge.controls.distrust is not None and wanted != "any":
        return f"its judge is not to be trusted: {judge.controls.distrust}"
    if wanted == "calibrated" and judge.calibration is None:
        return "its judge is not calibrated, as the policy wants: run domain-safety calibrate, and the gate with it"
    if wanted == "controlled" and judge.calibration is None and judge.controls is None:
        return "its judge was neither calibrated nor shown known exhibits: leave domain_safety_controls on"
    return None


def _of_domains(figures: Figures, wanted: tuple[str, ...] | None) -> Iterator[str]:
    """Each that is wanted must be there and have passed, and all that a gate stands on too."""
    gated = [each for each in figures.domains if each.decision is not None]
    if not gated:
        yield "no domain is gated in it"
    found = {each.domain: each for each in figures.domains}
    for name in wanted or ():
        if name not in found:
            yield f"the domain {hinted(name, found)} is not in it: measure that too"
        elif found[name].decision is None:
            yield f"the domain {name} is only reported in it, not gated: give it a threshold"
    for each in gated:
        decisions = {each.decision, *(framing.decision for framing in each.framings.values())} - {None}
        if decisions != {"pass"}:
            yield f"the domain {each.domain} did not pass"


def _of_thresholds(figures: Figures, thresholds: Thresholds) -> Iterator[str]:
    found = {each.domain: each for each in figures.domains}
    for name, framing in thresholds.values:
        if name != "*" and name not in found:
            yield f"the domain {hinted(name, found)} is not in it, and the policy has a threshold for it"
        for domain in found if name == "*" else {name} & found.keys():
            threshold = thresholds.get(domain, framing)
            if threshold is not None:
                yield from _over(found[domain], framing, threshold)


def _over(domain: AttestedDomain, framing: str, threshold: float) -> Iterator[str]:
    gate, figures = gate_name(domain.domain, framing), domain.framings.get(framing)
    bound = None if figures is None else figures.deciding_bound
    if framing == ALWAYS_GATED and domain.decision is None:
        yield f"the domain {domain.domain} is only reported in it, and the policy has a threshold for it"
    if bound is None:
        yield f"nothing in it bounds {gate}, and the policy has a threshold for it"
    elif not bound <= threshold:
        yield f"{gate} has the upper bound {bound:.3f}, over the policy's threshold of {threshold:g}"
