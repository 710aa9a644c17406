"""What the check of a suite found, as a file."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import ConfigDict, Field

from pytest_domainsafety.core.record import Record

SCHEMA: Final = "pytest-domainsafety/lint/1"


class Finding(Record):
    """What one rule found in one place."""

    rule: str
    severity: Literal["error", "warning", "note"]
    file: str
    line: int
    domain: str | None
    scenario: str | None
    framing: str | None
    message: str


class Lengths(Record):
    """How many words the prompts of a framing have."""

    framing: str
    prompts: int
    min: int
    median: float
    max: int


class Similarity(Record):
    """By what near-duplicates are known."""

    measure: str
    threshold: float


class LintReport(Record):
    """The whole check."""

    model_config = ConfigDict(serialize_by_alias=True)

    schema_: Literal["pytest-domainsafety/lint/1"] = Field(default=SCHEMA, alias="schema")
    exit_code: int
    files: int
    scenarios: int
    allowed: list[str]
    similarity: Similarity
    lengths: list[Lengths]
    findings: list[Finding]

    def count(self, severity: Literal["error", "warning", "note"]) -> int:
        """How many findings are so severe."""
        return sum(finding.severity == severity for finding in self.findings)
