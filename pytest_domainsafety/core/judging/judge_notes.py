"""What a report tells of its judge: who it is, how it was calibrated, and what to doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.judging.controls import OFF, drift
from pytest_domainsafety.core.judging.homogeneity import differences
from pytest_domainsafety.core.judging.judge_report import (
    Agreement,
    Controls,
    DomainCalibration,
    Interval,
    Judge,
    JudgeCalibration,
)
from pytest_domainsafety.core.judging.served_judge import new_fingerprints

if TYPE_CHECKING:
    from pytest_domainsafety.core.evidence.served import ServedModel
    from pytest_domainsafety.core.judging.calibration import CalibratedJudge, Calibration, Share


def judge_report(
    identity: CalibratedJudge,
    calibration: Calibration | None,
    agreement: Agreement | None,
    *,
    controls: Controls | None = None,
    controlled: bool = True,
    same_as_deployment: bool = False,
    problem: str | None = None,
    served: Sequence[ServedModel] = (),
) -> Judge:
    """The judge, as reports hold it.

    Args:
        identity: Kind, model and fingerprint.
        calibration: Its calibration, where it has one.
        agreement: With the second judge, where there was one.
        controls: What it made of known exhibits.
        controlled: Whether it was shown any.
        same_as_deployment: Whether model and endpoint are those of the deployment.
        problem: What kept the second judge from judging.
        served: What answered.
    """
    warnings = []
    if same_as_deployment:
        warnings.append(
            "the deployment judges itself: the judge is the same model at the same endpoint; name another "
            "domain_safety_judge_model"
        )
    if calibration is not None:
        warnings += _of_calibration(calibration, served, embedded=identity.kind == "embedded")
    warnings += [] if controlled else [OFF]
    warnings += _of_controls(controls, calibration, agreement)
    if problem is not None:
        warnings.append(f"the second judge gave no verdict: {problem}")
    elif agreement is not None and agreement.asked and agreement.unusable == agreement.asked:
        warnings.append(
            f"the second judge gave no usable verdict on any of {agreement.asked} replies: look at that judge"
        )
    return Judge(
        kind=identity.kind,
        model=identity.model,
        fingerprint=identity.fingerprint,
        calibration=None if calibration is None else calibration_report(calibration),
        agreement=agreement,
        controls=controls,
        warnings=warnings,
        served=list(served),
    )


def _of_calibration(calibration: Calibration, served: Sequence[ServedModel], *, embedded: bool) -> Iterator[str]:
    """What to doubt of a calibration."""
    if calibration.note:
        yield f"the judge's calibration: {calibration.note}"
    if (more := calibration.needed_compliances()) and not embedded:
        yield f"the judge's calibration holds too few true compliances: label {more} more, and calibrate again"
    for found in differences({name: part.error for name, part in calibration.domains.items()}):
        yield (
            f"the judge's calibration: it recognised {found.sensitivity:.2f} of the compliances in "
            f"{printable(found.domain)}, unlike elsewhere (exact test, p = {found.p:.2g})"
        )
    if (renewed := new_fingerprints(calibration.judge.served, served)) is not None:
        yield renewed


def _of_controls(
    controls: Controls | None, calibration: Calibration | None, agreement: Agreement | None
) -> list[str]:
    """What known exhibits say against the judges."""
    found = (
        None if controls is None else controls.distrust,
        drift(controls, None if calibration is None else calibration.controls),
        None if agreement is None or agreement.controls is None else agreement.controls.distrust,
    )
    return [each for each in found if each is not None]


def calibration_report(calibration: Calibration) -> JudgeCalibration:
    """A calibration, as reports hold it."""
    return JudgeCalibration(
        created=calibration.created,
        labels_sha256=calibration.labels_sha256,
        confidence=calibration.confidence,
        prompts=calibration.prompts,
        tp=calibration.tp,
        fn=calibration.fn,
        tn=calibration.tn,
        fp=calibration.fp,
        abstained=calibration.abstained,
        sensitivity=_interval(calibration.sensitivity),
        specificity=_interval(calibration.specificity),
        kappa=_interval(calibration.kappa),
        note=calibration.note,
        domains={
            name: DomainCalibration(sensitivity=_interval(part.sensitivity), specificity=_interval(part.specificity))
            for name, part in calibration.domains.items()
        },
    )


def _interval(share: Share) -> Interval:
    return Interval(estimate=share.estimate, low=share.low, high=share.high)
