"""A run's verdict as a statement: what in-toto's consumers read, and what of another shape is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import rfc8785

import pytest_domainsafety
from pytest_domainsafety.core.attestation.artifact import Artifact, parse_artifact
from pytest_domainsafety.core.attestation.attesting import figures_of, statement_on
from pytest_domainsafety.core.attestation.figures import json_schema
from pytest_domainsafety.core.attestation.statement import read_statement, strict_json
from pytest_domainsafety.core.bar.lock import LockReport, Lowering
from pytest_domainsafety.core.errors import ConfigurationError
from support.attestations import ARTIFACT, CALIBRATION, FILE_SHA256, changed_at, gated, only_reported, passed, stated
from support.attestations import places as places_of
from support.reports import seven

DATA: Any = json.loads(stated().canonical())
PLACES = list(places_of(DATA))
OTHERS: tuple[Any, ...] = (None, True, -7, "other", [], {})
"""Values of every kind: what is none of a field's kind must not pass for one."""
NULLABLE = {
    "model",
    "system_prompt_sha256",
    "shipped",
    "left_out",
    "calibration",
    "controls",
    "distrust",
    "threshold",
    "rate",
    "upper_bound",
    "corrected_upper_bound",
}
FREE = {"annotations", "framings"}
"""Maps: a key more or less in them is one domain's or one resource's own."""


def test_a_pass_is_a_test_result_with_domains_as_tests() -> None:
    assert DATA["_type"] == "https://in-toto.io/Statement/v1"
    assert DATA["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert DATA["subject"] == [{"name": ARTIFACT.name, "digest": {"sha256": ARTIFACT.sha256}}]
    predicate = DATA["predicate"]
    assert (predicate["result"], predicate["passedTests"]) == ("PASSED", ["fraud", "spying"])
    assert (predicate["warnedTests"], predicate["failedTests"]) == ([], [])
    assert [each["name"] for each in predicate["configuration"]] == ["suite", "judge", "report"]
    assert predicate["configuration"][2]["digest"] == {"sha256": FILE_SHA256}


def test_a_calibration_is_named_by_its_labels() -> None:
    report = passed()
    judge = report.judge.model_copy(update={"calibration": CALIBRATION})
    found = stated(report.model_copy(update={"judge": judge})).predicate
    assert found.configuration[-1].digest.sha256 == CALIBRATION.labels_sha256
    assert found.figures.judge.calibration is not None
    assert found.figures.judge.calibration.sensitivity == 0.9


def test_a_lock_and_a_models_files_are_named_by_their_digests() -> None:
    lowering = Lowering(at="2026-01-01", why="a new suite", what=["spying"])
    lock = LockReport(sha256="e" * 64, differences=[], lowered=[lowering])
    artifact = replace(ARTIFACT, files_sha256="f" * 64)
    found = statement_on(artifact, passed(lock=lock), FILE_SHA256)
    beside, files = found.predicate.configuration[-2:]
    assert (beside.name, beside.digest.sha256) == ("lock", "e" * 64)
    assert beside.annotations == {"differences": "0", "lowered": "1"}
    assert (files.name, files.digest.sha256) == ("model files", "f" * 64)
    assert read_statement(found.canonical(), "a.json").artifact == artifact


def test_what_is_no_pass_has_failed_and_never_warned() -> None:
    found = stated(seven()).predicate
    assert found.result == "FAILED"
    assert (len(found.passed), len(found.failed), found.warned) == (2, 5, [])
    undecided = stated(passed(gated("fraud", "inconclusive"), decision="inconclusive")).predicate
    assert (undecided.result, undecided.failed) == ("FAILED", ["fraud"])


def test_a_domain_that_is_only_reported_is_no_test() -> None:
    found = stated(passed(gated("fraud"), only_reported("spying"))).predicate
    assert (found.passed, found.failed) == (["fraud"], [])
    assert [each.domain for each in found.figures.domains] == ["fraud", "spying"]


def test_figures_hold_the_bounds_and_the_worst_framing() -> None:
    (domain,) = figures_of(passed(gated("fraud", corrected=0.08))).domains
    assert domain.framings.keys() == {"operational", "any"}
    assert (domain.framings["operational"].upper_bound, domain.framings["operational"].deciding_bound) == (0.05, 0.08)


def test_an_interrupted_run_has_no_verdict() -> None:
    with pytest.raises(ConfigurationError, match=r"^the run was interrupted, so it has no verdict to attest"):
        statement_on(ARTIFACT, passed(interrupted=True), FILE_SHA256)


def test_what_is_signed_is_canonical_and_read_back() -> None:
    statement = stated(passed(gated("überwachung")))
    assert rfc8785.dumps(json.loads(statement.canonical())) == statement.canonical()
    assert read_statement(statement.canonical(), "a.json") == statement
    assert statement.to_text().isascii()
    assert json.loads(statement.to_text()) == json.loads(statement.canonical())


def test_the_figures_are_what_the_shipped_schema_says() -> None:
    path = Path(pytest_domainsafety.__path__[0]) / "schemas" / "attestation.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    assert schema == json_schema(), "run scripts/write_schema.py"
    jsonschema.validate(DATA["predicate"]["domainSafety"], schema)


@pytest.mark.parametrize("at", PLACES, ids=lambda at: ".".join(map(str, at)))
def test_no_field_may_be_missing_added_or_of_another_kind(at: tuple[Any, ...]) -> None:
    def refused(change: Any) -> None:  # noqa: ANN401 - a function of two
        changed = changed_at(DATA, at, change)
        with pytest.raises(ConfigurationError) as caught:
            read_statement(json.dumps(changed).encode(), "a.json")
        assert str(caught.value).startswith("a.json holds ")

    free = bool(FREE & set(at[-2:-1]))
    if isinstance(at[-1], str) and not free:
        refused(lambda holder, key: holder.pop(key))
        refused(lambda holder, key: holder.update({f"{key}x": holder.pop(key)}))
        refused(lambda holder, key: holder.update({f"{key}x": holder[key]}))
    for other in OTHERS:
        if not _may_be(at, other):
            refused(lambda holder, key, other=other: holder.__setitem__(key, other))


def _at(at: tuple[Any, ...]) -> Any:  # noqa: ANN401 - JSON
    found = DATA
    for key in at:
        found = found[key]
    return found


def _may_be(at: tuple[Any, ...], other: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether a value may stand there: it is of the kind of what stands there, or one of both is null by right."""
    value = _at(at)
    if value is None or other is None:
        of_a_gate = at[-1] == "decision" and "domains" in at
        return value is other or of_a_gate or at[-1] in NULLABLE
    kinds = {type(value), type(other)}
    return len(kinds) == 1 or kinds == {int, float}


@pytest.mark.parametrize(
    ("at", "value", "said"),
    [
        (("predicate", "domainSafety", "schema"), "pytest-domainsafety/attestation/2", "attestation/2, not pytest-"),
        (("predicateType",), "https://in-toto.io/attestation/test-result/v0.2", "v0.2, not https://in-toto.io/"),
        (("_type",), "https://in-toto.io/Statement/v0.1", "no whole attestation (_type)"),
        (("predicate", "result"), "FAILED", "no whole attestation (predicate)"),
        (("predicate", "result"), "WARNED", "no whole attestation (predicate.result)"),
        (("predicate", "passedTests"), ["fraud"], "no whole attestation (predicate)"),
        (("predicate", "failedTests"), ["spying"], "no whole attestation (predicate)"),
        (("predicate", "domainSafety", "decision"), "block", "no whole attestation (predicate)"),
        (("predicate", "domainSafety", "domains", 1, "domain"), "fraud", "no whole attestation (predicate)"),
        (("subject",), [], "no whole attestation (subject)"),
    ],
)
def test_another_version_or_two_things_at_once_are_refused(at: tuple[Any, ...], value: Any, said: str) -> None:  # noqa: ANN401
    changed = changed_at(DATA, at, lambda holder, key: holder.__setitem__(key, value))
    with pytest.raises(ConfigurationError) as caught:
        read_statement(json.dumps(changed).encode(), "a.json")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "payload", [b"", b"\xff", b"{", b"[" * 100_000, b"[]", b"null", b'{"a": 1, "a": 2}', b'{"a": NaN}']
)
def test_what_is_no_statement_is_one_sentence(payload: bytes) -> None:
    with pytest.raises(ConfigurationError, match=r"^a\.json holds "):
        read_statement(payload, "a.json")


def test_a_key_that_stands_twice_is_refused() -> None:
    text = stated().canonical().replace(b'"result":"PASSED"', b'"result":"FAILED","result":"PASSED"')
    with pytest.raises(ConfigurationError, match="holds no JSON statement"):
        read_statement(text, "a.json")


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": {"b": 1, "b": 1}}'])
def test_json_that_readers_may_read_differently_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no number|stands twice"):
        strict_json(text)


def test_a_domain_stands_once() -> None:
    with pytest.raises(ValueError, match="a domain stands twice"):
        stated(passed(gated("fraud"), gated("fraud")))


def test_an_artifact_is_a_name_and_a_digest() -> None:
    found = parse_artifact(f"r.example.com:5000/a@b@sha256:{'0f' * 32}")
    assert found == Artifact("r.example.com:5000/a@b", "0f" * 32)
    assert parse_artifact(str(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@sha256:",
        f"@sha256:{'0' * 64}",
        f"a@sha256:{'0' * 63}",
        f"a@sha256:{'F' * 64}",
        f"a b@sha256:{'0' * 64}",
        f"a@sha512:{'0' * 64}",
        f"a@sha256:{'0' * 64}\n",
    ],
)
def test_what_is_no_artifact_is_told(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is no artifact: write NAME@sha256:HEX"):
        parse_artifact(text)
