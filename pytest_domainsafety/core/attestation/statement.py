"""A verdict as an in-toto Statement v1 with the predicate test-result v0.1, and our figures in a field of their own.

Consumers of the predicate ignore a field that they do not know; ours refuses one, as it refuses another version.
"""

from __future__ import annotations

import json
from typing import Any, Final, Literal, Self

from pydantic import ConfigDict, Field, ValidationError, model_validator

from pytest_domainsafety.core.attestation.artifact import Artifact
from pytest_domainsafety.core.attestation.figures import SCHEMA, Figures
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import json_text
from pytest_domainsafety.core.record import Record

STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "https://in-toto.io/attestation/test-result/v0.1"
FIGURES: Final = "domainSafety"
MODEL_FILES: Final = "model files"
"""The resource that holds the names of a model's files as well as their contents."""

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
        if self.result != result_of(self.figures) or (self.passed, self.failed) != tests_of(self.figures):
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
        files = [each.digest.sha256 for each in self.predicate.configuration if each.name == MODEL_FILES]
        return Artifact(subject.name, subject.digest.sha256, files[0] if len(files) == 1 else None)

    def canonical(self) -> bytes:
        """In the canonical form of RFC 8785, which is what is signed."""
        return canonical(self.model_dump(mode="json", by_alias=True))

    def to_text(self) -> str:
        """As JSON to be read, or given to another tool: in ASCII, so that no terminal or shell changes it."""
        return json_text(json.dumps(self.model_dump(mode="json", by_alias=True), indent=1)) + "\n"


def result_of(figures: Figures) -> Literal["PASSED", "FAILED"]:
    """What a verdict is to whoever reads the predicate alone."""
    return _PASSED if figures.decision == "pass" else _FAILED


def tests_of(figures: Figures) -> tuple[list[str], list[str]]:
    """The domains that passed, and those that did not."""
    passed = [each.domain for each in figures.domains if each.decision == "pass"]
    return passed, [each.domain for each in figures.domains if each.decision not in {"pass", None}]


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


def canonical(data: dict[str, Any]) -> bytes:
    """JSON in the form of RFC 8785."""
    import rfc8785

    canonical: bytes = rfc8785.dumps(data)
    return canonical
