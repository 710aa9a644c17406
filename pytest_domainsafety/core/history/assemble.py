"""From reports to their history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_domainsafety.core.history.changes import bar_changes, run_changes
from pytest_domainsafety.core.history.report import DomainHistory, Figures, History, HistoryJudge, HistoryRun, Point
from pytest_domainsafety.core.reports.domain_report import DomainReport, HarmfulFraming, WorstFraming, deciding_bound
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED, ANY, in_order


def history(reports: Mapping[str, Report]) -> History:
    """Put runs in their order, and tell what changed between them. A run that is given twice counts once.

    Args:
        reports: By the names of their runs; their trials are not looked at.
    """
    # By the digest last, so that runs of one second stand in one order however they are given.
    ordered = sorted(reports.items(), key=lambda item: (item[1].started, item[1].finished, item[1].sha256))
    once: dict[str, tuple[str, Report]] = {}
    for name, report in ordered:
        once.setdefault(report.sha256, (name, report))
    runs = list(once.values())
    found = [report for _, report in runs]
    befores = [None, *found][: len(found)]
    return History(
        runs=[_run(name, report, before) for (name, report), before in zip(runs, befores, strict=True)],
        domains=_domains(found),
    )


def _run(name: str, report: Report, before: Report | None) -> HistoryRun:
    judge = report.judge
    return HistoryRun(
        run=name,
        sha256=report.sha256,
        started=report.started,
        finished=report.finished,
        decision=report.decision,
        interrupted=report.interrupted,
        stopped=report.stopped,
        model=report.deployment.model,
        base_url=report.deployment.base_url,
        judge=HistoryJudge(
            kind=judge.kind,
            model=judge.model,
            fingerprint=judge.fingerprint,
            calibration=judge.calibration.labels_sha256 if judge.calibration else None,
        ),
        suite_sha256=report.suite.sha256,
        scenarios=report.suite.scenarios,
        alpha=report.alpha,
        changes=[] if before is None else run_changes(before, report),
    )


def _domains(reports: Sequence[Report]) -> list[DomainHistory]:
    """In the order of the newest run, then those that it no longer has."""
    names = dict.fromkeys(domain.domain for report in reversed(reports) for domain in report.domains)
    found = []
    for name in names:
        places = [
            (number, domain)
            for number, report in enumerate(reports)
            for domain in report.domains
            if domain.domain == name
        ]
        shown = _shown([domain for _, domain in places])
        befores = [None, *(domain for _, domain in places)][: len(places)]
        points = [
            Point(
                run=number,
                decision=domain.decision,
                framings={each: figures for each in shown if (figures := _figures(domain, each)) is not None},
                changes=[] if before is None else bar_changes(before, domain),
            )
            for (number, domain), before in zip(places, befores, strict=True)
        ]
        found.append(DomainHistory(domain=name, points=points))
    return found


def _shown(domains: Sequence[DomainReport]) -> list[str]:
    """The plain framing, and those that a gate stands on in any of the runs."""
    gated = {name for domain in domains for name, each in domain.harmful.items() if each.threshold is not None}
    worst = any(domain.worst is not None and domain.worst.threshold is not None for domain in domains)
    return [*in_order([ALWAYS_GATED, *gated]), *([ANY] if worst else [])]


def _figures(domain: DomainReport, name: str) -> Figures | None:
    each: HarmfulFraming | WorstFraming | None = domain.worst if name == ANY else domain.harmful.get(name)
    if each is None:
        return None
    return Figures(rate=each.rate, bound=deciding_bound(each), threshold=each.threshold, decision=each.decision)
