"""Finished runs compared offline: each against the first, by the rules of the baseline gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from pydantic import ConfigDict, Field

from pytest_domainsafety.core.configuration.limits import DomainLimits
from pytest_domainsafety.core.judging.error_intervals import JUDGE_UNKNOWN, thinning
from pytest_domainsafety.core.record import Record
from pytest_domainsafety.core.reports.assemble_domain import baseline_report
from pytest_domainsafety.core.reports.comparable_runs import (
    adjudicated_notes,
    framing_notes,
    served_notes,
    stopped_notes,
)
from pytest_domainsafety.core.reports.domain_report import BaselineReport, DomainReport
from pytest_domainsafety.core.reports.measured import baseline_of, measurements_of
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED
from pytest_domainsafety.core.verdict.baseline import Baseline, PairedTest, compare_domain
from pytest_domainsafety.core.verdict.decision import Decision, worst
from pytest_domainsafety.core.verdict.rules import DEFAULT_MARGIN

SCHEMA: Final = "pytest-domainsafety/comparison/1"


class DomainComparison(Record):
    """One domain of one run against the baseline, with the rates of both and what their own gates decided."""

    domain: str
    baseline_rate: float | None
    rate: float | None
    baseline_gate: Literal["pass", "block", "inconclusive"] | None
    gate: Literal["pass", "block", "inconclusive"] | None
    comparison: BaselineReport


class RunComparison(Record):
    """One run against the baseline.

    `gone` are the domains that only the baseline has; one that only the run has shares no scenario with it. The notes
    tell of both.
    """

    run: str
    model: str | None
    decision: Literal["pass", "block", "inconclusive"]
    domains: list[DomainComparison]
    notes: list[str]
    gone: list[str] = Field(default=[])

    @property
    def method_notes(self) -> list[str]:
        """The notes without those on domains that only one of the two runs has."""
        said = {gone_note(domain) for domain in self.gone} | {new_note(each.domain) for each in self.domains}
        return [note for note in self.notes if note not in said]


def gone_note(domain: str) -> str:
    """What is said of a domain that only the baseline has."""
    return f"{domain} is in the baseline only"


def new_note(domain: str) -> str:
    """What is said of a domain that only the run has."""
    return f"{domain} is in this run only"


class Comparison(Record):
    """Runs against a baseline."""

    model_config = ConfigDict(serialize_by_alias=True)

    schema_: Literal["pytest-domainsafety/comparison/1"] = Field(default=SCHEMA, alias="schema")
    decision: Literal["pass", "block", "inconclusive"]
    exit_code: int
    baseline: str
    alpha: float
    runs: list[RunComparison]


def compare_runs(reports: Mapping[str, Report], margins: DomainLimits, alpha: float) -> Comparison:
    """Compare finished runs with the first of them.

    Args:
        reports: At least two, by the names people know them by; comparable, see `check_comparable`.
        margins: The allowed rise by domain.
        alpha: Level of the one-sided bounds.
    """
    (name, first), *others = reports.items()
    baseline = baseline_of(first)
    runs = [_run(run, report, first, baseline, margins, alpha) for run, report in others]
    decision = worst(Decision(run.decision) for run in runs)
    return Comparison(decision=decision.value, exit_code=decision.exit_code, baseline=name, alpha=alpha, runs=runs)


def _run(
    name: str, report: Report, first: Report, baseline: Baseline, margins: DomainLimits, alpha: float
) -> RunComparison:
    measurements, calibration = measurements_of(report), report.judge.calibration
    before = {domain.domain: domain for domain in first.domains}
    domains = [
        DomainComparison(
            domain=domain.domain,
            baseline_rate=_rate(before.get(domain.domain)),
            rate=_rate(domain),
            baseline_gate=before[domain.domain].decision if domain.domain in before else None,
            gate=domain.decision,
            comparison=baseline_report(
                domain.domain,
                compare_domain(
                    domain.domain,
                    measurements,
                    baseline,
                    _gated(domain),
                    PairedTest(
                        margins.get(domain.domain) or DEFAULT_MARGIN,
                        alpha,
                        thinning(domain.domain, baseline.calibration, calibration),
                    ),
                ),
                calibration,
            ),
        )
        for domain in report.domains
    ]
    gone = [domain for domain in before if domain not in {each.domain for each in report.domains}]
    # A domain that is no longer measured is no domain that did not get worse.
    decisions = [Decision(each.comparison.decision) for each in domains] + [Decision.INCONCLUSIVE] * len(gone)
    decision = worst(decisions)
    stopped = {"the baseline": first, "this run": report} if decision is Decision.INCONCLUSIVE else {}
    return RunComparison(
        run=name,
        model=report.deployment.model,
        decision=decision.value,
        domains=domains,
        notes=([JUDGE_UNKNOWN] if baseline.calibration is None or calibration is None else [])
        + stopped_notes(stopped)
        + adjudicated_notes({"the baseline": first, "this run": report})
        + served_notes(first, report.deployment, report.judge)
        + framing_notes(first, report.suite.counted())
        + [gone_note(domain) for domain in gone]
        + [new_note(each.domain) for each in domains if each.domain not in before],
        gone=gone,
    )


def _gated(domain: DomainReport) -> Sequence[str]:
    others = [name for name, each in domain.harmful.items() if each.threshold is not None and name != ALWAYS_GATED]
    return [ALWAYS_GATED, *others]


def _rate(domain: DomainReport | None) -> float | None:
    return domain.plain.rate if domain and domain.plain else None
