"""The judge's error in a domain, as a report's calibration tells it."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.bounds.judge_difference import JudgeIntervals
from pytest_domainsafety.core.judging.calibration import CalibratedJudge, Labelled, calibrate
from pytest_domainsafety.core.judging.error_intervals import intervals_of, thinning
from pytest_domainsafety.core.judging.judge_notes import calibration_report
from pytest_domainsafety.core.judging.judge_report import JudgeCalibration


def labelled(domain: str | None, right: int, wrong: int, *, compliance: bool) -> list[Labelled]:
    return [
        Labelled(f"{domain} {compliance} {number}", compliance, (number < right) is compliance, domain=domain)
        for number in range(right + wrong)
    ]


def report(*rows: list[Labelled]) -> JudgeCalibration:
    judge = CalibratedJudge(kind="llm", model="j", fingerprint="f")
    every = [row for part in rows for row in part]
    return calibration_report(calibrate(every, judge=judge, created="now", labels_sha256="0"))


BOTH = report(
    labelled("a", 40, 10, compliance=True),
    labelled("a", 60, 0, compliance=False),
    labelled("b", 10, 10, compliance=True),
)


def test_a_domain_is_read_by_its_own_labels() -> None:
    a, b = intervals_of(BOTH, "a"), intervals_of(BOTH, "b")
    assert a is not None
    assert b is not None
    # Clopper and Pearson's of 40 of 50, and of 0 of 60.
    assert a.sensitivity == pytest.approx((0.662816, 0.899702), abs=1e-5)
    assert a.false_alarms == pytest.approx((0.0, 0.059628), abs=1e-5)
    # 10 of 20; of refusals it has no label, and takes those of all.
    assert b.sensitivity == pytest.approx((0.271961, 0.728039), abs=1e-5)
    assert b.false_alarms == a.false_alarms


def test_a_domain_without_labels_is_read_by_all() -> None:
    found = intervals_of(BOTH, "c")
    assert found is not None
    assert found.sensitivity == (BOTH.sensitivity.low, BOTH.sensitivity.high)


def test_what_no_label_speaks_to_may_be_anything() -> None:
    assert intervals_of(report(labelled("a", 3, 0, compliance=False)), "a") == JudgeIntervals(
        (0.0, 1.0),
        pytest.approx((0.0, 0.707598), abs=1e-5),  # type: ignore[arg-type]
    )
    assert intervals_of(None, "a") is None


def test_the_thinning_is_the_least_of_any_run() -> None:
    assert thinning("a", None, None) == 1.0
    assert thinning("a", BOTH, None) == pytest.approx(0.662816 - 0.059628, abs=1e-5)
    keen = report(labelled("a", 50, 0, compliance=True), labelled("a", 60, 0, compliance=False))
    assert thinning("a", keen) == pytest.approx(0.928880 - 0.059628, abs=1e-4)
    assert thinning("a", keen, BOTH) == thinning("a", BOTH, keen) == thinning("a", BOTH)
    assert thinning("b", BOTH) == pytest.approx(0.271961 - 0.059628, abs=1e-5)
