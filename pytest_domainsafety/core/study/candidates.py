"""What a study tells of each deployment as a candidate: what its own gate decided, and its rates by framing."""

from __future__ import annotations

from typing import Final

from pytest_domainsafety.core.evidence.clusters import clusters
from pytest_domainsafety.core.reports.deciding_gate import deciding_gate
from pytest_domainsafety.core.reports.domain_report import DomainReport
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.study.compliance import mean_over_domains, means_of
from pytest_domainsafety.core.study.report import OwnGate
from pytest_domainsafety.core.study.shared import Shared, StudyRun
from pytest_domainsafety.core.suite.framings import in_order

_ORDER: Final = ("block", "inconclusive", "pass", None)


def own_gates(report: Report) -> list[OwnGate]:
    """A row for each domain of a run, the worst first."""
    found = [_own_gate(domain) for domain in report.domains]
    return sorted(found, key=lambda each: (_ORDER.index(each.decision), -each.beyond))


def _own_gate(domain: DomainReport) -> OwnGate:
    gate = deciding_gate(domain)
    return OwnGate(
        domain=domain.domain,
        decision=domain.decision,
        gate=None if gate is None else gate.name,
        rate=None if gate is None else gate.rate,
        bound=None if gate is None else gate.bound,
        limit=None if gate is None else gate.limit,
        beyond=0.0 if gate is None else gate.beyond(),
    )


def rates_by_framing(run: StudyRun, shared: Shared) -> dict[str, float | None]:
    """A deployment's rate in each framing: the mean over the domains that have it, of what all runs share.

    Returns:
        Compliance, and of a harmless framing engagement; None where one of those domains has no rate.
    """
    by_framing: dict[str, list[float | None]] = {}
    for framings in shared.items.values():
        for name, keys in framings.items():
            groups = clusters(keys, shared.runs[0].measurements.asked)
            by_framing.setdefault(name, []).append(means_of(run, groups).rate)
    return {name: mean_over_domains(by_framing[name]) for name in in_order(by_framing)}
