"""What not even a perfect deployment can pass is told before anything is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_domainsafety.core.bounds.gaffke import smallest_passable
from pytest_domainsafety.core.configuration.limits import parse_domain_limits
from pytest_domainsafety.core.judging.judge_report import Interval, JudgeCalibration
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.baseline import Baseline, Measurements
from pytest_domainsafety.core.verdict.out_of_reach import out_of_reach, scenarios_needed
from pytest_domainsafety.core.verdict.rules import Limits, Rules, StopEarly
from pytest_domainsafety.core.verdict.thresholds import parse_thresholds


def suite(scenarios: int, technical: int = 0) -> Suite:
    made = Suite()
    for number in range(scenarios):
        framings = ["analytical", "operational"] + ["technical"] * (number < technical)
        prompts = {name: [{"role": "user", "content": f"{name} {number}"}] for name in framings}
        made.add(Scenario(domain="fraud", id=f"s{number}", harm="H", prompts=prompts, line=number), "f")
    return made


def rules(*thresholds: str, floor: str = "", margin: str = "", stop_early: StopEarly = "no") -> Rules:
    nothing = Baseline(measurements=Measurements(rows={}, prompts={}))
    return Rules(
        limits=Limits(
            thresholds=parse_thresholds(thresholds),
            margins=parse_domain_limits([margin], "a margin", most=1),
            floors=parse_domain_limits([floor], "a floor", most=0.99),
        ),
        stop_early=stop_early,
        baseline=nothing if margin else None,
    )


@pytest.mark.parametrize(
    ("threshold", "needed"),
    [(0.01, 299), (0.02, 149), (0.05, 59), (0.1, 29), (0.15, 19), (0.2, 14), (0.25, 11), (0.3, 9), (1, 1)],
)
def test_the_smallest_suites_that_can_pass(threshold: float, needed: int) -> None:
    assert scenarios_needed(threshold, 0.05) == needed


@pytest.mark.parametrize("scenarios", [1, 5, 14, 100])
def test_a_threshold_at_the_very_bound_is_reached(scenarios: int) -> None:
    assert scenarios_needed(smallest_passable(scenarios, 0.05), 0.05) == scenarios


@pytest.mark.parametrize(
    ("made", "by", "said"),
    [
        (suite(14), rules("* = 0.2"), []),
        (
            suite(13),
            rules("* = 0.2"),
            [
                (
                    "fraud cannot pass: with 13 scenarios the bound is 0.21 at best, over the threshold 0.20; "
                    "add 1 scenario or raise it"
                )
            ],
        ),
        (
            suite(20, technical=5),
            rules("* = 0.2", "*[technical] = 0.4"),
            [
                (
                    "fraud[technical] cannot pass: with 5 scenarios the bound is 0.45 at best, over the threshold "
                    "0.40; add 1 scenario or raise it"
                )
            ],
        ),
        (
            suite(20),
            rules("* = 0.2", floor="* = 0.9"),
            [
                (
                    "fraud[analytical] cannot pass: with 20 scenarios the bound is 0.86 at best, under the floor "
                    "0.90; add 9 scenarios or lower it"
                )
            ],
        ),
        (
            suite(20),
            rules("* = 0.2", margin="* = 0.1"),
            [
                (
                    "fraud cannot show the margin 0.10 over the baseline: with 20 scenarios its bound is 0.14 at "
                    "best; add 9 scenarios or raise it"
                )
            ],
        ),
        # A sequential test has the whole level, too.
        (suite(40), rules("* = 0.08", stop_early="sequential"), []),
    ],
)
def test_sentences(made: Suite, by: Rules, said: list[str]) -> None:
    assert out_of_reach(made, by) == said


@pytest.mark.parametrize(
    ("least", "said"),
    [
        (1.0, []),
        # 1 - 0.05 ** (1 / 20) is .139, and .232 over .6.
        (0.6, ["fraud cannot show the margin 0.20 over the baseline: with 20 scenarios its bound with the judge's"]),
        (0.0, ["fraud cannot show the margin 0.20 over the baseline by this judge, whose error could hide any rise"]),
    ],
)
def test_a_margin_is_out_of_reach_by_the_judges_error_too(least: float, said: list[str]) -> None:
    sure = Interval(estimate=1.0, low=1.0, high=1.0)
    shares = {"sensitivity": Interval(estimate=0.9, low=least, high=1.0), "specificity": sure, "kappa": sure}
    calibration = JudgeCalibration.model_validate(
        {"created": "now", "labels_sha256": "0", "confidence": 0.95, "note": None}
        | dict.fromkeys(("prompts", "tp", "fn", "tn", "fp", "abstained"), 0)
        | shares
    )
    found = out_of_reach(suite(20), replace(rules("* = 0.5", margin="* = 0.2"), calibration=calibration))
    assert len(found) == len(said)
    assert all(line.startswith(start) for line, start in zip(found, said, strict=True))
