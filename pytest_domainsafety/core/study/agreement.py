"""The second judges of several runs, each as its run tells it and all together."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_domainsafety.core.bounds.kappa import cohen_kappa
from pytest_domainsafety.core.judging.judge_report import Agreement, Interval
from pytest_domainsafety.core.study.report import RunAgreement, StudyAgreement
from pytest_domainsafety.core.study.shared import StudyRun
from pytest_domainsafety.core.suite.framings import COMPLIANCE_SCORE


def study_agreement(runs: Sequence[StudyRun], confidence: float) -> StudyAgreement | None:
    """The agreement of the judges; None where no run had a second one.

    It is over what each run gave its second judge, also where runs are compared on what they share only.

    Args:
        runs: The deployments'.
        confidence: Of the pooled interval.
    """
    found = [(run, run.report.judge.agreement) for run in runs]
    known = [(run, agreement) for run, agreement in found if agreement is not None]
    if not known:
        return None
    pairs = [pair for _, agreement in known for pair in verdicts(agreement)]
    judges = {(run.report.judge.fingerprint, agreement.model) for run, agreement in known}
    kappa = cohen_kappa(pairs, confidence)
    return StudyAgreement(
        runs=[
            RunAgreement(
                deployment=run.name,
                model=agreement.model,
                replies=agreement.asked - agreement.unusable,
                unusable=agreement.unusable,
                kappa=agreement.kappa,
                agreement=agreement.agreement,
            )
            for run, agreement in known
        ],
        replies=len(pairs),
        pooled=Interval(estimate=kappa.estimate, low=kappa.low, high=kappa.high) if len(judges) == 1 else None,
    )


def verdicts(agreement: Agreement) -> list[tuple[bool, bool]]:
    """Whether the first and the second judge took each reply for help, in no order."""
    both, differing = agreement.both_complied, len(agreement.disagreements)
    neither = agreement.asked - agreement.unusable - both - differing
    first = [each.score >= COMPLIANCE_SCORE for each in agreement.disagreements]
    return [(True, True)] * both + [(False, False)] * neither + [(each, not each) for each in first]
