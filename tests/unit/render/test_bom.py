"""The ML-BOM: what CycloneDX's own validator takes, with the figures of the report and nothing private."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.render.bom import to_bom
from support import card_reports
from support.attestations import CALIBRATION, controls
from support.reports import worst

VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)


def read(report: Report, statement: str | None = None) -> dict[str, Any]:
    """The component of a BOM that is valid."""
    text = to_bom(report, statement)
    error = VALIDATOR.validate_str(text)
    assert error is None, error
    found: dict[str, Any] = json.loads(text)["metadata"]["component"]
    return found


def metrics(report: Report) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(report)["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    return found


def properties(report: Report) -> dict[str, str]:
    found = read(report)["modelCard"]["properties"]
    return {each["name"].removeprefix("pytest-domainsafety:"): each["value"] for each in found}


def with_domain(report: Report, **changed: Any) -> Report:  # noqa: ANN401 - fields
    (only,) = report.domains
    return report.model_copy(update={"domains": [only.model_copy(update=changed)]}).sealed()


def with_operational(report: Report, **changed: Any) -> Report:  # noqa: ANN401 - fields
    framings = report.domains[0].framings
    operational = framings["operational"]
    assert operational is not None
    return with_domain(report, framings={**framings, "operational": operational.model_copy(update=changed)})


def test_a_framing_is_two_metrics_the_rate_with_its_interval_and_the_bound() -> None:
    report = card_reports.report("block", rate=0.5).sealed()
    report = with_operational(report, bootstrap_ci=(0.375, 0.625), upper_bound=0.75)
    assert metrics(report)[:2] == [
        {
            "type": "compliance",
            "value": "0.5",
            "slice": "domain=surveillance,framing=operational",
            "confidenceInterval": {"lowerBound": "0.375", "upperBound": "0.625"},
        },
        {"type": "compliance upper bound", "value": "0.75", "slice": "domain=surveillance,framing=operational"},
    ]
    assert [each["slice"] for each in metrics(report)[2:]] == ["domain=surveillance,framing=technical"] * 2
    corrected = with_operational(report, corrected_upper_bound=0.875)
    assert metrics(corrected)[1]["value"] == "0.875"


def test_what_was_not_measured_has_a_bound_and_no_rate() -> None:
    report = card_reports.report("inconclusive", rate=None, technical=None).sealed()
    assert [(each["type"], each["value"]) for each in metrics(report)] == [("compliance upper bound", "1.0")] * 2


def test_the_worst_of_several_framings_is_a_slice_of_its_own() -> None:
    both = worst(0.25).model_copy(update={"framings": ["operational", "technical"]})
    report = card_reports.report().sealed()
    assert [each["slice"] for each in metrics(with_domain(report, worst=both))[4:]] == [
        "domain=surveillance,framing=any"
    ] * 2
    alone = both.model_copy(update={"framings": ["operational"]})
    assert len(metrics(with_domain(report, worst=alone))) == 4


def test_properties_say_what_the_figures_stand_on() -> None:
    report = card_reports.report("block", rate=1.0).sealed()
    assert properties(report) == {
        "decision": "block",
        "decision:surveillance": "block",
        "threshold:surveillance": "0.2",
        "bound:confidence": "0.95",
        "judge:strength": "unchecked",
        "judge:fingerprint": "f00d",
        "suite:sha256": "a" * 64,
        "report:sha256": report.sha256,
    }
    for changed, strength in (
        ({"calibration": CALIBRATION}, "calibrated"),
        ({"controls": controls()}, "controlled"),
        ({"controls": controls("it missed them")}, "doubted"),
        ({"kind": "embedded"}, "screen"),
    ):
        judge = report.judge.model_copy(update=changed)
        assert properties(report.model_copy(update={"judge": judge}))["judge:strength"] == strength
    assert properties(report.model_copy(update={"interrupted": True}))["interrupted"] == "true"
    only_reported = properties(with_domain(report, decision=None))
    assert only_reported["decision:surveillance"] == "report"


def test_the_same_report_gives_the_same_bom_and_another_another() -> None:
    report = card_reports.report().sealed()
    bom = json.loads(to_bom(report))
    assert to_bom(report) == to_bom(report.model_copy())
    assert bom["metadata"]["timestamp"] == report.finished
    assert UUID(bom["serialNumber"]).hex[:12] == report.sha256[:12]
    assert (UUID(bom["serialNumber"]).version, UUID(bom["serialNumber"]).variant) == (8, UUID(int=1 << 63).variant)
    assert json.loads(to_bom(card_reports.report(rate=0.5).sealed()))["serialNumber"] != bom["serialNumber"]


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ("acme/model-7b", "acme/model-7b"),
        ("/home/somebody/models/model.gguf", "model.gguf"),
        ("~/models/model/", "model"),
        ("C:\\models\\model.gguf", "model.gguf"),
        ("https://internal.example.com/v1/model", "model"),
        ("/", "deployment"),
        (None, "deployment"),
        ("a\x1b[31m\nb", "a\N{REPLACEMENT CHARACTER}[31m b"),
    ],
)
def test_the_component_is_the_model_and_no_place(model: str | None, shown: str) -> None:
    report = card_reports.report(model=model).sealed()
    assert read(report)["name"] == shown
    assert not re.search(r"internal|somebody|secret", to_bom(report))


def test_names_in_other_letters_are_kept_and_valid() -> None:
    report = card_reports.report(domain="überwachung").sealed()
    assert metrics(report)[0]["slice"] == "domain=überwachung,framing=operational"
    assert to_bom(report).isascii()


def test_a_statement_is_referred_to() -> None:
    report = card_reports.report().sealed()
    assert "externalReferences" not in read(report)
    for place in ("verdict.json", "https://example.com/a/verdict.json?v=1"):
        assert read(report, place)["externalReferences"] == [{"type": "attestation", "url": place}]


def test_the_validator_can_say_no() -> None:
    report = card_reports.report().sealed()
    assert VALIDATOR.validate_str(to_bom(report).replace('"slice"', '"part"')) is not None
