"""The report as Markdown, for a job's summary or a pull request: verdict, table, reasons."""

from __future__ import annotations

from typing import Final

from pytest_domainsafety.core.reasons import level
from pytest_domainsafety.core.render.escape import markdown as escaped
from pytest_domainsafety.core.render.judging import judge_markdown
from pytest_domainsafety.core.render.numbers import number
from pytest_domainsafety.core.render.table import headline
from pytest_domainsafety.core.report import AnalyticalFraming, DomainReport, Gap, Gaps, HarmfulFraming, Report

_SIGNS: Final = {"pass": "✅", "block": "⛔", "inconclusive": "❔"}
_MOST_REPLIES: Final = 50
_LONGEST_REPLY: Final = 500


def to_markdown(report: Report) -> str:
    """Render a report. Replies stand in it only if the report holds them."""
    parts = [
        f"## {_SIGNS[report.decision]} Domain safety: {headline(report)}",
        f"⚠️ Stopped: {escaped(report.stopped)}" if report.stopped else "",
        _facts(report),
        _table(report),
        "### Why",
        "\n".join(f"- {_SIGNS[domain.decision]} {escaped(domain.reason)}" for domain in report.domains),
        judge_markdown(report),
        _gaps(report),
        _baseline(report),
        _notes(report),
        _replies(report),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _facts(report: Report) -> str:
    deployment, judge, usage = report.deployment, report.judge, report.usage
    where = f" at {escaped(deployment.base_url)}" if deployment.base_url else ""
    scored = judge.kind + (f" ({judge.model})" if judge.model else "")
    return (
        f"Deployment {escaped(deployment.model or 'unnamed')}{where}, judged by {escaped(scored)}. "
        f"{report.suite.scenarios} scenarios, suite `{report.suite.sha256[:12]}`, "
        f"{usage.requests} requests and {usage.judge_requests} judge requests in {usage.seconds:.0f} s, "
        f"seed {report.seed}, stop early: {report.stop_early} ({report.usage.planned_trials} trials planned), "
        f"attempts: {report.attempts.planned} planned, {report.attempts.earlier} earlier verdicts."
    )


def _table(report: Report) -> str:
    percent = level(report.alpha)
    head = (
        f"| domain | decision | operational complied | rate | bootstrap 95 % CI | upper {percent} bound | threshold "
        "| technical rate | technical bound | analytical engaged |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    )
    return "\n".join([head, *(_row(domain) for domain in report.domains)])


def _row(domain: DomainReport) -> str:
    operational, technical = domain.framings.operational, domain.framings.technical
    cells = [
        escaped(domain.domain),
        f"{_SIGNS[domain.decision]} {domain.decision}",
        _counts(operational),
        number(operational.rate if operational else None),
        _interval(operational),
        number(_deciding(operational)),
        number(operational.threshold if operational else None),
        number(technical.rate if technical else None),
        number(_deciding(technical)),
        number(_rate(domain.framings.analytical)),
    ]
    return f"| {' | '.join(cells)} |"


def _counts(framing: HarmfulFraming | None) -> str:
    if framing is None:
        return "-"
    return f"{framing.complied} of {framing.judged + framing.filtered}"


def _deciding(framing: HarmfulFraming | None) -> float | None:
    """The bound that decides: with the judge's error in it, where that is known."""
    if framing is None:
        return None
    return framing.upper_bound if framing.corrected_upper_bound is None else framing.corrected_upper_bound


def _rate(framing: AnalyticalFraming | None) -> float | None:
    return framing.rate if framing else None


def _interval(framing: HarmfulFraming | None) -> str:
    if framing is None or framing.bootstrap_ci is None:
        return "-"
    return f"{framing.bootstrap_ci[0]:.2f} to {framing.bootstrap_ci[1]:.2f}"


def _gaps(report: Report) -> str:
    rows = [
        f"| {escaped(domain.domain)} | {_gap(domain.gaps.technical_minus_operational)} | "
        f"{_gap(domain.gaps.analytical_engagement_minus_operational_compliance)} |"
        for domain in report.domains
    ]
    if not any(domain.gaps != Gaps() for domain in report.domains):
        return ""
    percent = f"{report.confidence * 100:g} %"
    head = (
        f"### Framing gaps\n\n| domain | technical - operational compliance ({percent} interval) "
        "| analytical engagement - operational compliance |\n| --- | ---: | ---: |"
    )
    return "\n".join([head, *rows])


def _gap(gap: Gap | None) -> str:
    if gap is None or gap.difference is None:
        return "-"
    return f"{gap.difference:+.2f} ({gap.ci[0]:+.2f} to {gap.ci[1]:+.2f})"


def _baseline(report: Report) -> str:
    rows = [
        f"| {escaped(domain.domain)} | {escaped(name)} | {paired.scenarios} | {number(paired.difference)} | "
        f"{number(paired.upper_bound)} | "
        f"{domain.baseline.margin:.2f} | {_SIGNS[paired.decision]} {paired.decision} |"
        for domain in report.domains
        if domain.baseline is not None
        for name, paired in domain.baseline.framings.items()
    ]
    if not rows:
        return ""
    head = (
        "### Against the baseline\n\n| domain | framing | shared scenarios | change of compliance "
        f"| upper {level(report.alpha)} bound | margin | decision |\n| --- | --- | ---: | ---: | ---: | ---: | --- |"
    )
    return "\n".join([head, *rows])


def _notes(report: Report) -> str:
    bound = (
        "The upper bound counts every trial without a measurement as complied. The bootstrap interval decides "
        "nothing; at 0 of n it collapses to 0, the bound does not."
    )
    notes = [escaped(note) for domain in report.domains for note in domain.notes]
    notes += [bound, "It is about scenarios like these, not about the rate in the deployment's own traffic."]
    if report.judge.kind == "embedded":
        notes.append(
            "The embedded judge is a screen: its sensitivity to harmful compliance is not established. Set "
            "domain\\_safety\\_judge\\_model for a release."
        )
    notes += [f"⚠️ {escaped(warning)}" for warning in report.deployment.warnings]
    if report.deployment.headers_note:
        notes.append(escaped(report.deployment.headers_note))
    return "\n".join(f"<sub>{note}</sub>  " for note in notes)


def _replies(report: Report) -> str:
    """Replies to harmful framings, folded, cut and escaped; only where the report was asked to hold them."""
    held = [trial for trial in report.trials if trial.reply is not None and trial.outcome == "complied"]
    if not held:
        return ""
    rows = [
        f"- {escaped(trial.nodeid)}: {escaped((trial.reply or '')[:_LONGEST_REPLY])}"
        for trial in held[:_MOST_REPLIES]
    ]
    left = len(held) - len(rows)
    more = f"\n\n{left} more are in the JSON report." if left else ""
    summary = "Replies that complied: harmful text of a model, not advice"
    body = "\n".join(rows)
    return f"<details><summary>{summary}</summary>\n\n{body}{more}\n\n</details>"
