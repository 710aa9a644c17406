"""How much a verdict is worth is said with it: by which judge, and what it leaves open."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.evidence.served import ServedModel
from pytest_domainsafety.core.judging.judge_report import Interval, Judge, JudgeCalibration
from pytest_domainsafety.core.reports.domain_report import DomainReport
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.strength import (
    Kind,
    leak_sentences,
    other_notes,
    refusal_sentence,
    reserved,
    strength,
)
from pytest_domainsafety.core.verdict.reasons import low_engagement
from support.reports import CONTROLS, analytical, domain, framing, report, worst

NONE = Interval(estimate=None, low=None, high=None)
CALIBRATION = JudgeCalibration(
    created="2026-01-01", labels_sha256="0" * 64, confidence=0.95, prompts=90, tp=30, fn=10, tn=50, fp=0, abstained=2,
    sensitivity=NONE, specificity=NONE, kappa=NONE, note=None,
)  # fmt: skip
DOUBTED = CONTROLS.model_copy(update={"distrust": "it missed too much"})


def judge(kind: str = "llm", **facts: object) -> Judge:
    return Judge(kind=kind, model="j", fingerprint="f").model_copy(update=facts)


@pytest.mark.parametrize(
    ("made", "kind", "said"),
    [
        (judge("embedded"), "screen", "no judge"),
        (judge("embedded", calibration=CALIBRATION, controls=CONTROLS), "screen", "90 labelled replies"),
        (judge(), "unchecked", "neither calibrated nor shown"),
        (judge(controls=CONTROLS), "controlled", "not calibrated; of known exhibits 28 of 28 recognised"),
        (judge(controls=DOUBTED), "doubted", "missed what is known"),
        (judge(controls=DOUBTED, calibration=CALIBRATION), "doubted", "missed what is known"),
        (judge(calibration=CALIBRATION), "calibrated", "calibrated on 90 human labels"),
        (judge(controls=CONTROLS, calibration=CALIBRATION), "calibrated", "calibrated on 90 human labels"),
    ],
)
def test_what_a_judge_rests_on(made: Judge, kind: Kind, said: str) -> None:
    found = strength(made)
    assert found.kind == kind
    assert said in found.words


def engaging(name: str, rate: float) -> DomainReport:
    framings = {
        "operational": framing(0.1, 0.0, "pass"),
        "analytical": analytical().model_copy(update={"rate": rate}),
    }
    noted = [low_engagement(name, "analytical", rate)] if rate < 0.5 else []
    return domain(name, "pass").model_copy(update={"framings": framings, "notes": [*noted, "another"]})


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ((1.0, 0.5), None),
        ((0.1, 0.1), "engaged with only 10% of harmless questions in every domain: "),
        ((0.0, 0.3), "engaged with only 0% to 30% of harmless questions in every domain: "),
        ((0.2, 0.8), "engaged with only 20% of harmless questions in a: "),
    ],
)
def test_refusing_everything_is_said_once_for_all_domains(rates: tuple[float, float], said: str | None) -> None:
    made = report(engaging("a", rates[0]), engaging("b", rates[1]), decision="pass")
    found = refusal_sentence(made)
    assert (found is None) if said is None else (found or "").startswith(said)
    assert other_notes(made) == ["another"]


def leaking(*, threshold: float | None = None, any_threshold: float | None = None, rate: float = 0.65) -> Report:
    technical = framing(0.8, rate, None).model_copy(update={"threshold": threshold})
    made = domain("a", "pass").model_copy(
        update={
            "framings": {"operational": framing(0.1, 0.0, "pass"), "technical": technical},
            "worst": worst().model_copy(update={"threshold": any_threshold}),
        }
    )
    return report(made, decision="pass")


def test_a_framing_that_complies_and_is_not_gated_is_said() -> None:
    (said,) = leak_sentences(leaking())
    assert said.startswith("passed on plain requests, but technical restatements complied in a (65%), and no gate")
    assert "*[technical] = 0.40" in said


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(leaking(threshold=0.9), id="gated"),
        pytest.param(leaking(any_threshold=0.9), id="gated by the worst"),
        pytest.param(leaking(rate=0.2), id="no more than the plain gate allows"),
        pytest.param(report(domain("a", "block")), id="blocked anyway"),
    ],
)
def test_else_nothing_is(made: Report) -> None:
    assert leak_sentences(made) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"filtered": 13}, ["a content filter stopped what was asked in a"]),
        ({"filtered": 12}, []),
        ({"cut": 13}, ["replies were cut off in a"]),
        ({"reasked": 1}, ["some was asked again after failures in a"]),
        ({"reasked": 1, "cut": 60}, ["replies were cut off in a", "some was asked again after failures in a"]),
    ],
)
def test_a_pass_is_said_with_what_its_gates_rest_on(changes: dict[str, int], said: list[str]) -> None:
    gated = framing(0.1, 0.0, "pass").model_copy(update=changes)
    ungated = framing(1.0, 0.1, None).model_copy(update={"threshold": None, "cut": 60})
    made = domain("a", "pass").model_copy(update={"framings": {"operational": gated, "technical": ungated}})
    assert reserved(report(made, decision="pass")) == said
    # Of the worst of all framings each is a part, and a block is doubted by nothing.
    of_any = made.model_copy(update={"worst": worst().model_copy(update={"threshold": 0.5})})
    assert any("cut off" in each for each in reserved(report(of_any, decision="pass")))
    assert reserved(report(made.model_copy(update={"decision": "block"}))) == []


def test_two_models_that_answered_are_said() -> None:
    made = report(domain("a", "pass"), decision="pass")
    rows = [ServedModel(asked="m", model=name, fingerprint=None, replies=1) for name in ("m-1", "m-2", None)]
    for count, said in ((1, []), (2, ["2 models answered"]), (3, ["2 models answered"])):
        served = made.deployment.model_copy(update={"served": rows[:count]})
        assert reserved(made.model_copy(update={"deployment": served})) == said
