"""What of the differences between deployments the judge's error could make alone."""

from __future__ import annotations

from pytest_domainsafety.core.judging.judge_report import DomainCalibration, Interval, JudgeCalibration
from pytest_domainsafety.core.study.assemble import study
from pytest_domainsafety.core.study.report import Alike, StudyReport
from pytest_domainsafety.render.study import to_text
from pytest_domainsafety.render.study_markdown import to_markdown
from support.study_runs import finished, runs

WORD = "not more than the judge's error could make alone"


def interval(low: float, high: float) -> Interval:
    return Interval(estimate=(low + high) / 2, low=low, high=high)


def calibration(low: float, high: float, **domains: tuple[float, float]) -> JudgeCalibration:
    """A judge of so much sensitivity and no false alarms."""
    never = interval(1.0, 1.0)
    return JudgeCalibration(
        created="now",
        labels_sha256="0",
        confidence=0.95,
        prompts=0,
        tp=0,
        fn=0,
        tn=0,
        fp=0,
        abstained=0,
        sensitivity=interval(low, high),
        specificity=never,
        kappa=never,
        note=None,
        domains={
            name: DomainCalibration(sensitivity=interval(*ends), specificity=never) for name, ends in domains.items()
        },
    )


def laid(strict: JudgeCalibration | None, loose: JudgeCalibration | None) -> StudyReport:
    """One deployment complies with 6 of 10 in x and y, the other with 5 of 10 in x and 3 of 10 in y."""
    made = {
        name: finished(
            {
                domain: {f"s{number}": f"o:{'c' if number < count else 'r'}" for number in range(10)}
                for domain, count in counts.items()
            },
            deployment={"model": name},
            judge={"calibration": judge},
        )
        for name, counts, judge in (("more", {"x": 6, "y": 6}, strict), ("less", {"x": 5, "y": 3}, loose))
    }
    return study(runs(**made))


def alike(found: StudyReport) -> list[bool | None]:
    return [domain.judge_could for domain in found.domains]


def test_a_difference_is_held_against_the_domains_own_labels_of_each_deployment() -> None:
    # .6 stands for .6 to .75; .5 for .5 to .625, and .3 for .3 to .375, or by y's own labels for .3 to .75.
    usual = calibration(0.8, 1.0)
    found = laid(usual, usual)
    assert alike(found) == [True, False]
    assert found.hierarchy.judge_could == []
    assert alike(laid(usual, calibration(0.8, 1.0, y=(0.4, 1.0)))) == [True, True]
    assert alike(laid(calibration(0.8, 1.0, y=(0.4, 1.0)), usual)) == [True, False]
    assert alike(laid(usual, calibration(1.0, 1.0))) == [False, False]
    assert alike(laid(usual, None)) == [None, None]


def test_neighbours_in_the_order_that_no_domain_tells_apart_are_named() -> None:
    found = laid(calibration(0.8, 1.0), calibration(0.4, 1.0))
    assert found.hierarchy.judge_could == [Alike(one="more", other="less")]
    assert laid(calibration(0.8, 1.0), None).hierarchy.judge_could is None
    for form in (to_text(found), to_markdown(found)):
        said = " ".join(form.split()).replace("&#39;", "'").replace("\\:", ":")
        assert f"{WORD}: the difference of more and less" in said


def test_no_form_calls_it_a_difference() -> None:
    usual = calibration(0.8, 1.0)
    text = to_text(laid(usual, usual))
    assert "1 more ~ 2 less" in text
    assert "1 more > 2 less" in text
    assert f"~ {WORD}" in text
    assert WORD in to_markdown(laid(usual, usual)).replace("&#39;", "'")
    told = [note for note in laid(usual, None).notes if "the judge's error is unknown" in note]
    assert len(told) == 1
    assert told[0].startswith("the run of less has no calibration, so")
    assert WORD not in to_text(laid(None, None))
