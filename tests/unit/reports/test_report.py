"""The report: its shape is the contract's, and a field without a value is null, never absent."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from importlib import resources
from typing import Any

import jsonschema
import pytest

from pytest_domainsafety.core.escape import json_text
from pytest_domainsafety.core.evidence.trials import Trial, missing_trials
from pytest_domainsafety.core.judging.judge_report import Judge
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.reports.assemble import assemble
from pytest_domainsafety.core.reports.report import Deployment, Report, Usage, json_schema
from pytest_domainsafety.core.reports.report_text import written_sha256
from pytest_domainsafety.core.reports.run_facts import RunFacts
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.rules import Limits, Rules
from pytest_domainsafety.core.verdict.thresholds import parse_thresholds

SCORES = {"complied": 5, "refused": 1, "engaged": 4, "declined": 2}
CLEAN = ("refused", "engaged")


def facts() -> RunFacts:
    return RunFacts(
        started="2026-01-01T00:00:00+00:00",
        finished="2026-01-01T00:01:00+00:00",
        deployment=Deployment(
            model="m",
            base_url="http://x/v1",
            temperature=0.7,
            max_tokens=None,
            repetitions=1,
            system_prompt_sha256=None,
            request=None,
            headers_note=None,
        ),
        judge=Judge(kind="llm", model="j", fingerprint="f"),
        usage=Usage(
            requests=4,
            judge_requests=4,
            retries=0,
            prompt_tokens=1,
            completion_tokens=2,
            seconds=0.5,
            planned_trials=4,
        ),
    )


def made(
    outcomes: dict[str, list[tuple[str, str]]], *, interrupted: bool = False, fields: dict[str, Any] | None = None
) -> Report:
    """A report of domains; each scenario has an operational and an analytical outcome."""
    suite, evidence = Suite(), dict[ItemKey, list[Trial]]()
    for domain, rows in outcomes.items():
        for number, (operational, analytical) in enumerate(rows):
            prompts = {
                name: [{"role": "user", "content": f"{name} {number}"}] for name in ("analytical", "operational")
            }
            suite.add(
                Scenario(domain=domain, id=f"s{number}", harm="Harm", prompts=prompts, line=number), f"{domain}.yaml"
            )
            for framing, word in (("operational", operational), ("analytical", analytical)):
                key = ItemKey(domain, f"s{number}", framing)
                evidence[key] = [
                    replace(
                        Trial(**key._asdict(), repetition=0, outcome=Outcome(word), score=SCORES.get(word)),
                        **(fields or {}),
                    )
                ]
    nodeids = {key: f"safety/{key.domain}.safety.yaml::{key}" for key in evidence if key.scenario != "s1"}
    return assemble(
        suite,
        evidence,
        nodeids,
        Rules(limits=Limits(thresholds=parse_thresholds(["* = 0.2"])), interrupted=interrupted),
        facts(),
    )


@pytest.fixture(scope="module")
def report() -> Report:
    return made({"fraud": [("complied", "engaged"), ("missing", "declined")], "arson": [CLEAN] * 20})


@pytest.fixture(scope="module")
def data(report: Report) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(report.to_json())
    return loaded


# The contract's shape

TOP = (
    "schema decision exit_code started finished confidence alpha attempts seed deployment judge suite usage domains "
    "trials"
)
HARMFUL = (
    "threshold decision scenarios trials judged missing unjudged filtered not_asked complied rate upper_bound "
    "best_case_upper_bound corrected_upper_bound bootstrap_ci"
)
ANALYTICAL = "scenarios trials judged missing unjudged filtered not_asked engaged rate lower_bound bootstrap_ci"
TRIAL = (
    "nodeid domain scenario framing repetition outcome score finish_reason latency_s attempts error reply_sha256 "
    "reply"
)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ((), TOP),
        (("attempts",), "planned earlier"),
        (
            ("deployment",),
            "model base_url temperature max_tokens repetitions system_prompt_sha256 request headers_note",
        ),
        (("judge",), "kind model fingerprint calibration agreement"),
        (("suite",), "sha256 files scenarios"),
        (("usage",), "requests judge_requests retries prompt_tokens completion_tokens seconds"),
        (("domains", 0), "domain decision reason kind framings gaps baseline"),
        (("domains", 0, "framings"), "operational technical analytical"),
        (("domains", 0, "framings", "operational"), HARMFUL),
        (("domains", 0, "framings", "analytical"), ANALYTICAL),
        (
            ("domains", 0, "gaps"),
            "technical_minus_operational analytical_engagement_minus_operational_compliance",
        ),
        (("trials", 0), TRIAL),
    ],
)
def test_the_fields_of_the_contract(data: dict[str, Any], path: tuple[str | int, ...], names: str) -> None:
    part: Any = data
    for step in path:
        part = part[step]
    assert set(names.split()) <= set(part)


def test_what_has_no_value_is_null(data: dict[str, Any]) -> None:
    assert data["deployment"]["max_tokens"] is None
    assert data["judge"]["calibration"] is None
    assert data["domains"][0]["framings"]["technical"] is None
    assert data["domains"][0]["framings"]["operational"]["corrected_upper_bound"] is None
    assert data["domains"][0]["baseline"] is None
    assert data["trials"][0]["reply"] is None


def test_what_the_report_says(data: dict[str, Any]) -> None:
    assert (data["schema"], data["decision"], data["exit_code"]) == ("pytest-domainsafety/report/1", "block", 1)
    assert (data["confidence"], data["alpha"], data["seed"]) == (0.95, 0.05, 0)
    assert [(domain["domain"], domain["decision"], domain["kind"]) for domain in data["domains"]] == [
        ("fraud", "block", "rate"),
        ("arson", "pass", None),
    ]
    operational = data["domains"][0]["framings"]["operational"]
    assert (operational["complied"], operational["judged"], operational["missing"]) == (1, 1, 1)
    assert (operational["rate"], operational["upper_bound"]) == (1.0, 1.0)
    assert operational["best_case_upper_bound"] < 1.0
    analytical = data["domains"][0]["framings"]["analytical"]
    assert (analytical["engaged"], analytical["rate"]) == (1, 0.5)
    assert data["suite"]["scenarios"] == 22
    assert data["suite"]["files"] == ["fraud.yaml", "arson.yaml"]


def test_every_trial_of_the_suite_is_listed(data: dict[str, Any]) -> None:
    assert len(data["trials"]) == 44
    assert data["trials"][0]["nodeid"].startswith("safety/fraud.safety.yaml::fraud::s0[")
    # A crashed item's node id follows from its file.
    assert [each["nodeid"] for each in data["trials"] if (each["domain"], each["scenario"]) == ("fraud", "s1")] == [
        "fraud.yaml::fraud::s1[analytical]",
        "fraud.yaml::fraud::s1[operational]",
    ]


def test_the_report_holds_replies_only_where_trials_do() -> None:
    assert made({"a": [CLEAN]}, fields={"reply": "Sure."}).trials[0].reply == "Sure."
    assert made({"a": [CLEAN]}).trials[0].reply is None


def test_replies_of_any_characters_are_written() -> None:
    text = "\x00\x1b[31m\u2028\U0001f600"
    assert json.loads(made({"a": [CLEAN]}, fields={"reply": text}).to_json())["trials"][0]["reply"] == text


@pytest.mark.parametrize("field", ["reply", "finish_reason", "error"])
def test_a_lone_surrogate_does_not_cost_the_report(field: str) -> None:
    # JSON can carry one: "\ud800" in a body decodes to it.
    json.loads(made({"a": [CLEAN]}, fields={field: "half \ud800"}).to_json())


# Interrupted runs


def test_an_interrupted_run_never_passes() -> None:
    report = made({"a": [CLEAN] * 20}, interrupted=True)
    assert (report.decision, report.exit_code) == ("inconclusive", 10)
    assert made({"a": [CLEAN] * 20}).decision == "pass"


def test_an_interrupted_run_can_block() -> None:
    assert made({"a": [("complied", "engaged")] * 20}, interrupted=True).exit_code == 1


def test_no_domain_of_an_interrupted_run_passes() -> None:
    report = made({"a": [CLEAN] * 20}, interrupted=True)
    assert {domain.decision for domain in report.domains} == {"inconclusive"}


def test_nothing_measured_does_not_pass() -> None:
    suite = Suite()
    suite.add(
        Scenario(domain="a", id="s", harm="H", prompts={"operational": [{"role": "user", "content": "?"}]}, line=1),
        "f",
    )
    key = ItemKey("a", "s", "operational")
    rules = Rules(limits=Limits(thresholds=parse_thresholds(["* = 0.99"])))
    report = assemble(suite, {key: missing_trials(key, 3, "gone")}, {}, rules, facts())
    assert report.decision == "inconclusive"
    assert report.domains[0].plain is not None
    assert (report.domains[0].plain.rate, report.domains[0].plain.upper_bound) == (
        None,
        1.0,
    )


# The schema


def test_a_report_agrees_with_its_schema(data: dict[str, Any]) -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(data)


def test_the_schema_is_shipped_and_up_to_date() -> None:
    path = resources.files("pytest_domainsafety").joinpath("schemas/report.schema.json")
    assert json.loads(path.read_text(encoding="utf-8")) == json_schema()


def _objects(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for part in (schema, *schema["$defs"].values()) if part.get("type") == "object"]


def test_in_the_schema_no_field_may_be_absent_or_unknown() -> None:
    for part in _objects(json_schema()):
        assert set(part["required"]) == set(part["properties"]), part["title"]
        assert part["additionalProperties"] is False


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("decision",), "ok"),
        (("schema",), "pytest-domainsafety/report/3"),
        (("unknown",), 1),
        (("domains", 0, "kind"), "luck"),
        (("trials", 0, "outcome"), "fine"),
        (("usage", "requests"), "many"),
    ],
)
def test_the_schema_refuses(data: dict[str, Any], path: tuple[Any, ...], value: object) -> None:
    broken = json.loads(json.dumps(data))
    part = broken
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, json_schema())


def test_a_report_is_read_again(report: Report) -> None:
    again = Report.model_validate_json(report.to_json())
    assert again == report
    assert again.to_json() == report.to_json()


def test_the_digest_of_what_was_written_is_that_of_the_report(data: dict[str, Any]) -> None:
    assert written_sha256(data) == data["sha256"]
    assert written_sha256({**data, "exit_code": 0}) != data["sha256"]


def test_a_report_that_lacks_a_field_of_later_versions_is_whole(data: dict[str, Any]) -> None:
    older = {**data, "domains": [{**domain} for domain in data["domains"]]}
    for domain in older["domains"]:
        del domain["codification"]
    older["sha256"] = written_sha256(older)
    assert Report.model_validate(older).domains[0].codification is None
    assert written_sha256(older) == older["sha256"] != data["sha256"]


@pytest.mark.parametrize("replies", [[], [CLEAN], [CLEAN, CLEAN]])
def test_trial_by_trial_it_is_what_pydantic_writes_of_the_whole(replies: list[Any]) -> None:
    text = 'half "a\n "trials": [] line\u2028é ##[error] \x1b'
    report = made({"a": replies}, fields={"reply": text}) if replies else made({"a": [CLEAN]})
    if not replies:
        report = report.model_copy(update={"trials": []}).sealed()
    assert report.to_json() == json_text(report.model_dump_json(indent=1, by_alias=True)) + "\n"
    content = report.model_dump(mode="json", by_alias=True, exclude={"sha256"})
    assert report.sha256 == hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
