"""A deploy's policy, as it is written, and what of an attestation it does not let through."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from pytest_domainsafety.core.attestation.artifact import Artifact
from pytest_domainsafety.core.attestation.attesting import statement_on
from pytest_domainsafety.core.attestation.policy import read_policy
from pytest_domainsafety.core.attestation.verification import objection
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.reports.report import Report
from support.attestations import ARTIFACT, CALIBRATION, FILE_SHA256, controls, gated, only_reported, passed, stated
from support.reports import framing, seven

HOUR = 3600.0
DAY = 24 * HOUR


def against(
    policy: str = "", report: Report | None = None, *, artifact: Artifact | None = ARTIFACT, age_s: float = HOUR
) -> str | None:
    return objection(stated(report), read_policy(policy, "policy.toml"), artifact=artifact, age_s=age_s)


def judged(*, calibrated: bool = False, shown: bool = True, distrust: str | None = None) -> Report:
    report = passed()
    changed = {"calibration": CALIBRATION if calibrated else None, "controls": controls(distrust) if shown else None}
    return report.model_copy(update={"judge": report.judge.model_copy(update=changed)})


def test_nothing_stands_against_a_pass() -> None:
    assert against() is None
    assert against(artifact=None) is None


@pytest.mark.parametrize(
    ("artifact", "said"),
    [
        (Artifact(ARTIFACT.name, "e" * 64), "it is on another artifact, registry.example.com/assistant@sha256:aaaa"),
        (Artifact("other", ARTIFACT.sha256), "its artifact has another name, registry.example.com/assistant"),
    ],
)
def test_another_artifact_is_refused(artifact: Artifact, said: str) -> None:
    assert (against(artifact=artifact) or "").startswith(said)


def test_a_models_files_must_be_called_as_they_were() -> None:
    model = replace(ARTIFACT, files_sha256="f" * 64)
    other = replace(ARTIFACT, files_sha256="e" * 64)
    policy = read_policy("", "policy.toml")
    statement = statement_on(model, passed(), FILE_SHA256)
    for artifact in (model, ARTIFACT, None):
        assert objection(statement, policy, artifact=artifact, age_s=HOUR) is None
    renamed = objection(statement, policy, artifact=other, age_s=HOUR)
    assert renamed is not None
    assert renamed.startswith("its model's files have other names, registry.example.com/assistant@")
    assert against(artifact=model) == (
        "it does not say what the model's files are called: attest the run with --model"
    )


def test_whatever_is_no_pass_is_refused() -> None:
    assert (against(report=seven()) or "").startswith("the verdict is block, no pass (surveillance, human-")
    undecided = passed(gated("fraud", "inconclusive"), decision="inconclusive")
    assert against(report=undecided) == "the verdict is inconclusive, no pass (fraud did not pass)"


def test_a_pass_with_a_domain_that_did_not_is_refused() -> None:
    assert against(report=passed(gated("fraud"), gated("spying", "block"))) == "the domain spying did not pass"
    technical = gated("fraud")
    framings = {**technical.framings, "technical": framing(0.9, 0.9, "block")}
    torn = passed(technical.model_copy(update={"framings": framings}))
    assert against(report=torn) == "the domain fraud did not pass"
    assert against(report=passed(only_reported("fraud"))) == "no domain is gated in it"


@pytest.mark.parametrize(
    ("policy", "age_s", "said"),
    [
        ("", 7 * DAY, None),
        ("", 7 * DAY + 1, "it is too old: its run ended 7.0 days ago, and max_age is 7.0 days"),
        ('max_age = "12 hours"', 12 * HOUR, None),
        ('max_age = "12h"', 12.1 * HOUR, "it is too old: its run ended 12.1 hours ago, and max_age is 12.0 hours"),
        ('max_age = "30 days"', 20 * DAY, None),
        ("", -200.0, None),
        ("", -400.0, "its run ended in the future"),
        ("", math.nan, "its run ended in the future"),
        ("", math.inf, "it is too old"),
    ],
)
def test_what_is_too_old_or_of_the_future_is_refused(policy: str, age_s: float, said: str | None) -> None:
    found = against(policy, age_s=age_s)
    assert (found is None) if said is None else (found or "").startswith(said)


@pytest.mark.parametrize(
    ("wanted", "calibrated", "shown", "holds"),
    [
        ("controlled", False, True, True),
        ("controlled", True, False, True),
        ("controlled", False, False, False),
        ("calibrated", True, False, True),
        ("calibrated", False, True, False),
        ("any", False, False, True),
    ],
)
def test_what_must_speak_for_the_judge(wanted: str, *, calibrated: bool, shown: bool, holds: bool) -> None:
    found = against(f'judge = "{wanted}"', judged(calibrated=calibrated, shown=shown))
    assert (found is None) is holds
    assert holds or (found or "").startswith("its judge ")


@pytest.mark.parametrize(("wanted", "holds"), [("controlled", False), ("calibrated", False), ("any", True)])
def test_a_judge_that_missed_known_exhibits_is_refused(wanted: str, *, holds: bool) -> None:
    found = against(f'judge = "{wanted}"', judged(calibrated=True, distrust="the judge overlooked 9 of 12"))
    assert found == (None if holds else "its judge is not to be trusted: the judge overlooked 9 of 12")


def test_bounds_of_less_confidence_are_refused() -> None:
    assert against(report=passed(confidence=0.9)) == "its bounds have the confidence 0.9, below the policy's 0.95"
    assert against("confidence = 0.9", passed(confidence=0.9)) is None


@pytest.mark.parametrize(
    ("domains", "said"),
    [
        ('["fraud", "spying"]', None),
        ('["spying"]', None),
        ('["frauds"]', "the domain frauds (did you mean fraud?) is not in it: measure that too"),
        ('["fraud", "arson"]', "the domain arson is not in it: measure that too"),
        ('["reported"]', "the domain reported is only reported in it, not gated: give it a threshold"),
    ],
)
def test_domains_that_are_wanted_must_be_there_and_gated(domains: str, said: str | None) -> None:
    report = passed(gated("fraud"), gated("spying"), only_reported("reported"))
    assert against(f"domains = {domains}", report) == said


@pytest.mark.parametrize(
    ("thresholds", "said"),
    [
        ('"*" = 0.08', None),
        ('"*" = 0.049', "fraud has the upper bound 0.050, over the policy's threshold of 0.049"),
        ('fraud = 0.04\n"*" = 0.2', "fraud has the upper bound 0.050, over the policy's threshold of 0.04"),
        ('spying = 0.079\n"*" = 0.2', "spying has the upper bound 0.080, over the policy's threshold of 0.079"),
        ('fraud = "report"\n"*" = 0.2', None),
        ("arson = 0.2", "the domain arson is not in it, and the policy has a threshold for it"),
        ('"fraud[technical]" = 0.2', "nothing in it bounds fraud[technical], and the policy has a threshold for it"),
        ('"*[any]" = 0.2', "fraud[any] has the upper bound 1.000, over the policy's threshold of 0.2"),
    ],
)
def test_the_policys_own_thresholds_hold(thresholds: str, said: str | None) -> None:
    report = passed(gated("fraud"), gated("spying", corrected=0.08))
    assert against(f"[thresholds]\n{thresholds}", report) == said


def test_lines_are_thresholds_too_and_what_has_none_is_not_passed_over() -> None:
    assert against('thresholds = ["* = 0.04"]') is not None
    assert against('thresholds = ["* = 0.2"]', passed(gated("fraud"), only_reported("spying"))) == (
        "the domain spying is only reported in it, and the policy has a threshold for it"
    )
    bare = gated("fraud")
    figures = framing(0.05, 0.0, "pass").model_copy(update={"upper_bound": None})
    empty = passed(bare.model_copy(update={"framings": {"operational": figures}}))
    assert against('thresholds = ["* = 0.2"]', empty) == (
        "nothing in it bounds fraud, and the policy has a threshold for it"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("max_age", "policy.toml is no TOML ("),
        ("max_ages = '1d'", "policy.toml: max_ages (did you mean max_age?) is no key of a policy: use max_age, "),
        ("max_age = 7", "policy.toml: max_age: "),
        ("max_age = 'soon'", "policy.toml: max_age = 'soon' is no age: write "),
        ("max_age = '0 days'", "policy.toml: max_age = '0 days' is no age"),
        ("max_age = '-1 days'", "policy.toml: max_age = '-1 days' is no age"),
        ("judge = 'good'", "policy.toml: judge: "),
        ("confidence = 0.2", "policy.toml: confidence: "),
        ("confidence = 1.0", "policy.toml: confidence: "),
        ("confidence = nan", "policy.toml: confidence: "),
        ("domains = []", "policy.toml: domains: "),
        ("domains = 'fraud'", "policy.toml: domains: "),
        ("[thresholds]\nfraud = 1", "policy.toml: thresholds: 'fraud = 1.0' needs a number"),
        ("[thresholds]\nfraud = nan", "policy.toml: thresholds: "),
        ("[thresholds]\nfraud = true", "policy.toml: thresholds: "),
        ("[thresholds]\nfraud = 'low'", "policy.toml: thresholds: "),
        ("[thresholds]\n'fraud[analytical]' = 0.2", "policy.toml: thresholds: "),
        ("thresholds = 3", "policy.toml: thresholds: "),
    ],
)
def test_a_mistake_in_a_policy_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_policy(text, "policy.toml")
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)
