"""A verdict as an in-toto Statement v1 with the predicate test-result v0.1, and our figures in a field of their own.

Consumers of the predicate ignore a field that they do not know; ours refuses one, as it refuses another version.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final, Literal, Self

from pydantic import ConfigDict, Field, ValidationError, model_validator

from pytest_domainsafety.core.attestation.artifact import Artifact
from pytest_domainsafety.core.attestation.figures import SCHEMA, Figures, figures_of
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import json_text
from pytest_domainsafety.core.record import Record
from pytest_domainsafety.core.reports.report import Report

STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "https://in-toto.io/attestation/test-result/v0.1"
FIGURES: Final = "domainSafety"

_PASSED: Final = "PASSED"
_FAILED: Final = "FAILED"


class Digest(Record):
    """A digest in hex."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Subject(Record):
    """The artifact."""

    name: str
    digest: Digest


class Resource(Record):
    """A resource descriptor: something that the verdict stands on, by its digest; `annotations` are for people."""

    name: str
    digest: Digest
    annotations: dict[str, str]


class TestResult(Record):
    """The predicate. Domains are the tests, those that are only reported are in neither list.

    An inconclusive run is `FAILED`, and so is its domain: of `WARNED` consumers only warn.
    """

    __test__ = False  # pytest takes a class of this name for tests

    model_config = ConfigDict(serialize_by_alias=True)

    result: Literal["PASSED", "FAILED"]
    configuration: list[Resource]
    passed: list[str] = Field(alias="passedTests")
    warned: list[str] = Field(alias="warnedTests", max_length=0)
    failed: list[str] = Field(alias="failedTests")
    figures: Figures = Field(alias=FIGURES)

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        domains = self.figures.domains
        if len({each.domain for each in domains}) < len(domains):
            raise ValueError("a domain stands twice")
        if self.result != _result(self.figures) or (self.passed, self.failed) != _tests(self.figures):
            raise ValueError("its result is not that of its figures")
        return self


class Statement(Record):
    """The statement, as it is signed."""

    model_config = ConfigDict(serialize_by_alias=True)

    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    subject: list[Subject] = Field(min_length=1, max_length=1)
    predicate_type: Literal["https://in-toto.io/attestation/test-result/v0.1"] = Field(alias="predicateType")
    predicate: TestResult

    @property
    def artifact(self) -> Artifact:
        """What it is on."""
        (subject,) = self.subject
        return Artifact(subject.name, subject.digest.sha256)

    def canonical(self) -> bytes:
        """In the canonical form of RFC 8785, which is what is signed."""
        return _canonical(self.model_dump(mode="json", by_alias=True))

    def to_text(self) -> str:
        """As JSON to be read, or given to another tool: in ASCII, so that no terminal or shell changes it."""
        return json_text(json.dumps(self.model_dump(mode="json", by_alias=True), indent=1)) + "\n"


def statement_on(artifact: Artifact, report: Report, report_file_sha256: str) -> Statement:
    """The verdict of a finished run, as a statement on the artifact that was asked.

    Args:
        artifact: What will be deployed.
        report: The run's report.
        report_file_sha256: Of the report's file, byte for byte.

    Raises:
        ConfigurationError: If the run was interrupted: then it has no verdict.
    """
    if report.interrupted:
        raise ConfigurationError(
            "the run was interrupted, so it has no verdict to attest: go on with it (--domain-safety-resume)"
        )
    figures = figures_of(report)
    passed, failed = _tests(figures)
    return Statement(
        _type=STATEMENT,
        subject=[Subject(name=artifact.name, digest=Digest(sha256=artifact.sha256))],
        predicateType=PREDICATE,
        predicate=TestResult(
            result=_result(figures),
            configuration=_configuration(figures, report_file_sha256),
            passedTests=passed,
            warnedTests=[],
            failedTests=failed,
            domainSafety=figures,
        ),
    )


def read_statement(payload: bytes, place: str) -> Statement:
    """Read a statement of this version; whatever else it is, it is refused.

    Raises:
        ConfigurationError: In one sentence.
    """
    try:
        data = strict_json(payload.decode())
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{place} holds no JSON statement: attest the run again") from None
    kind = data.get("predicateType") if isinstance(data, dict) else None
    if kind != PREDICATE:
        raise ConfigurationError(f"{place} holds a predicate of the type {kind!s:.80}, not {PREDICATE}")
    told = data["predicate"].get(FIGURES) if isinstance(data.get("predicate"), dict) else None
    schema = told.get("schema") if isinstance(told, dict) else None
    if schema != SCHEMA:
        raise ConfigurationError(
            f"{place} holds figures of the schema {schema!s:.60}, not {SCHEMA}: use the version that attested it"
        )
    try:
        return Statement.model_validate(data, strict=True)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "statement"
        raise ConfigurationError(
            f"{place} holds no whole attestation ({where:.80}): it was written by another tool or version, so attest "
            "the run again"
        ) from None


def strict_json(text: str) -> Any:  # noqa: ANN401 - whatever stands there
    """JSON in which every key stands once, and every number is one: two readers must not read two things.

    Raises:
        ValueError: If it is none.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError("a key stands twice")
        return found

    def no_number(name: str) -> None:
        raise ValueError(f"{name} is no number")

    return json.loads(text, object_pairs_hook=once, parse_constant=no_number)


def _result(figures: Figures) -> Literal["PASSED", "FAILED"]:
    return _PASSED if figures.decision == "pass" else _FAILED


def _tests(figures: Figures) -> tuple[list[str], list[str]]:
    passed = [each.domain for each in figures.domains if each.decision == "pass"]
    return passed, [each.domain for each in figures.domains if each.decision not in {"pass", None}]


def _configuration(figures: Figures, report_file_sha256: str) -> list[Resource]:
    judge, told = figures.judge, figures.judge.calibration
    who = {"kind": judge.kind, "model": judge.model or "", "fingerprint": judge.fingerprint}
    found = [
        _resource("suite", figures.suite.sha256, {"scenarios": str(figures.suite.scenarios)}),
        _resource("judge", hashlib.sha256(_canonical(who)).hexdigest(), who),
        _resource("report", report_file_sha256, {"sha256": figures.report_sha256}),
    ]
    if told is not None:
        found.append(_resource("calibration labels", told.labels_sha256, {"created": told.created}))
    return found


def _resource(name: str, sha256: str, annotations: dict[str, str]) -> Resource:
    return Resource(name=name, digest=Digest(sha256=sha256), annotations=annotations)


def _canonical(data: dict[str, Any]) -> bytes:
    import rfc8785

    canonical: bytes = rfc8785.dumps(data)
    return canonical
