"""The report as Markdown, for a job's summary or a pull request: verdict, table, reasons, and the rest folded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pytest_domainsafety.core.reports.domain_report import (
    DomainReport,
    HarmfulFraming,
    WorstFraming,
    deciding_bound,
)
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.resumed import minute
from pytest_domainsafety.core.reports.scenario_tallies import compliance, is_clean, scenario_tallies
from pytest_domainsafety.core.reports.strength import leak_sentences, other_notes, refusal_sentence
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED
from pytest_domainsafety.core.verdict.reasons import level
from pytest_domainsafety.core.verdict.rules import unloaded_words
from pytest_domainsafety.render.causes import cause_words
from pytest_domainsafety.render.changes import could_be_the_judge
from pytest_domainsafety.render.fitting import COMMENT_BYTES, Row, Section, fitted, folded, rows_within, size
from pytest_domainsafety.render.framings import harmful_names, harmless_names, told_in_part
from pytest_domainsafety.render.judging import judge_markdown
from pytest_domainsafety.render.markdown_tables import SIGNS, baseline_markdown, escaped, gaps_markdown
from pytest_domainsafety.render.numbers import number
from pytest_domainsafety.render.overruled import OVERRULED, overruled_head, overruled_rows
from pytest_domainsafety.render.served import served_words
from pytest_domainsafety.render.usage import estimated_usage
from pytest_domainsafety.render.verdict_words import (
    attempts_words,
    headline,
    judge_words,
    lock_sentences,
    may_ship,
    next_steps,
    why_not,
)

_URGENCY: Final = {"block": 0, "inconclusive": 1, "report": 2, "pass": 3}
_MOST_REPLIES: Final = 50
_MOST_SCENARIOS: Final = 200

_WHOLE: Final = "the JSON report (--domain-safety-json, and report.json in the run's directory)"


def to_markdown(report: Report, limit: int = COMMENT_BYTES) -> str:
    """Render a report. Replies stand in it only if the report holds them.

    Args:
        report: The finished report.
        limit: The most bytes; whole parts are left out to keep it, and whole rows of the table and the reasons.
            Below 4,000 it may be missed.
    """
    table = _table(report, limit // 3)
    why = [Row(f"- {SIGNS[each.word]} {escaped(each.short_reason)}", _URGENCY[each.word]) for each in report.domains]
    sections = [
        Section("", f"## {SIGNS[report.decision]} Domain safety: {headline(report)}"),
        Section("the answer", _answer(report), 10),
        Section("why it stopped", f"⚠️ Stopped: {escaped(report.stopped)}" if report.stopped else "", 10),
        Section("what failed to load", _unloaded(report), 10),
        *(Section("how it was measured", f"⚠️ This run was {said}.", 10) for said in report.of_sessions()),
        Section("who was overruled", _overruled(report, limit // 4), 10),
        Section("the run's facts", _facts(report), 8),
        Section("", table),
        Section("the reasons", rows_within("### Why\n", why, (limit - size(table)) // 2, "reasons"), 9),
        Section("what is not measured", _causes(report), 8),
        Section("the warnings", _warnings(report), 7),
        Section("the judge", judge_markdown(report), 6),
        Section("the baseline", folded("Against the baseline", baseline_markdown(report)), 5),
        Section("the framing gaps", folded("Framing gaps", gaps_markdown(report)), 3),
        Section("the scenarios", folded("Scenarios that complied", _scenarios(report)), 2),
        Section("the earlier runs", folded("Earlier runs", _earlier_runs(report)), 2),
        Section("the notes", folded("Notes", _notes(report)), 4),
        Section("replies", folded("Replies that complied: harmful text of a model, not advice", _replies(report)), 1),
    ]
    return fitted(sections, limit, _WHOLE)


def _answer(report: Report) -> str:
    """May it ship, which domains not and why, and on what evidence."""
    answer = "; ".join([f"**{may_ship(report).capitalize()}**", *(escaped(clause) for clause in why_not(report))])
    steps = [
        f"- Next: {escaped(step.words)}" + (f": `{step.command}`" if step.command else "")
        for step in next_steps(report, None)
    ]
    return "\n".join([f"{answer}. Judged by {escaped(judge_words(report.judge))}.", *(["", *steps] if steps else [])])


def _overruled(report: Report, limit: int) -> str:
    """Every verdict that a person overruled, never folded away."""
    if (head := overruled_head(report)) is None:
        return ""
    rows = [Row(f"- {escaped(row)}", 0) for row in overruled_rows(report)]
    top = f"⚠️ {escaped(head.capitalize())}."
    return rows_within(f"### {OVERRULED}\n\n{top}\n", rows, limit, "overruled trials") if rows else top


def _unloaded(report: Report) -> str:
    files = report.suite.unloaded
    return f"⚠️ {escaped(unloaded_words(files))}." if files else ""


def _facts(report: Report) -> str:
    deployment, judge, usage = report.deployment, report.judge, report.usage
    where = f" at {escaped(deployment.base_url)}" if deployment.base_url else ""
    scored = judge.kind + (f" ({judge.model})" if judge.model else "")
    return (
        f"Deployment {escaped(deployment.model or 'unnamed')}{where}, judged by {escaped(scored)}. "
        f"{report.suite.scenarios} scenarios, suite `{report.suite.sha256[:12]}`, "
        f"{usage.requests} requests and {usage.judge_requests} judge requests in {usage.seconds:.0f} s, "
        f"seed {report.seed}, stop early: {report.stop_early} ({report.usage.planned_trials} trials planned), "
        f"{attempts_words(report)}.{_served(report)}"
        + "".join(f" {escaped(note)}." for note in estimated_usage(usage))
        + ("" if (left_out := report.suite.left_out()) is None else f" {escaped(left_out.capitalize())}.")
    )


def _served(report: Report) -> str:
    named = {"Answered by": report.deployment.served, "The judge's answers by": report.judge.served}
    return "".join(f" {who} {escaped(served_words(rows))}." for who, rows in named.items() if rows)


def _table(report: Report, limit: int) -> str:
    others = [name for name in harmful_names(report.domains) if name != ALWAYS_GATED]
    heads = [
        "domain",
        "decision",
        f"{ALWAYS_GATED} complied",
        "rate",
        "bootstrap 95 % CI",
        f"upper {level(report.alpha)} bound",
        "threshold",
        *(head for name in others for head in (f"{escaped(name)} rate", f"{escaped(name)} bound")),
        *(("any of them", "any bound") if others else ()),
        *(f"{escaped(name)} engaged" for name in harmless_names(report.domains)),
    ]
    head = f"| {' | '.join(heads)} |\n| --- | --- |{' ---: |' * (len(heads) - 2)}"
    rows = [Row(_row(domain, report, others), _URGENCY[domain.word]) for domain in report.domains]
    return rows_within(head, rows, limit, "domains")


def _row(domain: DomainReport, report: Report, others: Sequence[str]) -> str:
    operational, worst = domain.plain, domain.worst
    cells = [
        escaped(domain.domain),
        f"{SIGNS[domain.word]} {domain.decision or 'only reported'}",
        _counts(operational),
        number(operational.rate if operational else None),
        _interval(operational),
        number(_deciding(operational)),
        number(operational.threshold if operational else None),
        *(
            cell
            for each in [*(domain.harmful.get(name) for name in others), *([worst] if others else [])]
            for cell in (_rate(each), number(_deciding(each)))
        ),
        *(
            number(engaged.rate if (engaged := domain.harmless.get(name)) else None)
            for name in harmless_names(report.domains)
        ),
    ]
    return f"| {' | '.join(cells)} |"


def _counts(framing: HarmfulFraming | None) -> str:
    if framing is None:
        return "-"
    return f"{framing.complied} of {framing.judged + framing.filtered}"


def _rate(framing: HarmfulFraming | WorstFraming | None) -> str:
    told = told_in_part(framing) if isinstance(framing, WorstFraming) else None
    return told or number(framing.rate if framing else None)


def _deciding(framing: HarmfulFraming | WorstFraming | None) -> float | None:
    return None if framing is None else deciding_bound(framing)


def _interval(framing: HarmfulFraming | None) -> str:
    if framing is None or framing.bootstrap_ci is None:
        return "-"
    return f"{framing.bootstrap_ci[0]:.2f} to {framing.bootstrap_ci[1]:.2f}"


def _scenarios(report: Report) -> str:
    """The scenarios that complied in a harmful framing, those that did most first."""
    found = scenario_tallies(report)
    complied = sorted((key for key in found if compliance(found[key])), key=lambda key: -compliance(found[key]))
    if not complied:
        return ""
    names = [*harmful_names(report.domains), *harmless_names(report.domains)]
    heads = ["domain", "scenario", *(escaped(name) for name in names)]
    head = f"| {' | '.join(heads)} |\n| --- | --- |{' ---: |' * len(names)}"
    rows = [
        f"| {escaped(domain)} | {escaped(scenario)} | "
        + " | ".join(f"{tallies[name]}" if name in tallies else "-" for name in names)
        + " |"
        for domain, scenario in complied[:_MOST_SCENARIOS]
        for tallies in [found[domain, scenario]]
    ]
    left = len(complied) - len(rows)
    clean = [key for key in found if is_clean(found[key])]
    counts = {
        "more in the JSON report": left,
        "never complied": len(clean),
        "not wholly measured": len(found) - len(complied) - len(clean),
    }
    said = ", ".join(f"{what}: {count}" for what, count in counts.items() if count)
    return "\n".join([head, *rows]) + (f"\n\nScenarios {said}." if said else "")


def _earlier_runs(report: Report) -> str:
    head = "| run | finished | decision | model |\n| --- | --- | --- | --- |"
    rows = [
        f"| {escaped(each.run)} | {escaped(minute(each.finished))} | {SIGNS[each.decision]} {each.decision} | "
        f"{escaped(each.model or 'unnamed')} |"
        for each in report.earlier_runs
    ]
    return "\n".join([head, *rows, "\nDrawn by `domain-safety history`."]) if rows else ""


def _causes(report: Report) -> str:
    rows = [f"- {escaped(words)}" for words in cause_words(report)]
    return "\n".join(["### Not measured, or open\n", *rows]) if rows else ""


def _warnings(report: Report) -> str:
    """What nobody should have to unfold."""
    screen = (
        "The embedded judge is a screen: its sensitivity to harmful compliance is not established. Set "
        "domain\\_safety\\_judge\\_model for a release."
    )
    said = [screen] if report.judge.kind == "embedded" else []
    said += map(escaped, [*leak_sentences(report), *filter(None, [refusal_sentence(report)])])
    said += map(escaped, [*lock_sentences(report), *report.deployment.warnings])
    return "\n".join(f"⚠️ {warning}  " for warning in said)


def _notes(report: Report) -> str:
    bound = (
        "The upper bound counts every trial without a measurement as complied. The bootstrap interval decides "
        "nothing; at 0 of n it collapses to 0, the bound does not."
    )
    notes = [escaped(note) for note in other_notes(report)]
    compared = [note for domain in report.domains if domain.baseline for note in domain.baseline.notes]
    compared += [
        said
        for domain in report.domains
        if domain.baseline
        for name, paired in domain.baseline.framings.items()
        for said in could_be_the_judge(domain.domain, name, paired)
    ]
    notes += map(escaped, dict.fromkeys(compared))
    notes += [bound, "It is about scenarios like these, not about the rate in the deployment's own traffic."]
    if report.deployment.headers_note:
        notes.append(escaped(report.deployment.headers_note))
    return "\n".join(f"- {note}" for note in notes)


def _replies(report: Report) -> str:
    """Replies to harmful framings, cut and escaped; only where the report was asked to hold them."""
    held = [trial for trial in report.trials if trial.reply is not None and trial.outcome == "complied"]
    rows = [f"- {escaped(trial.nodeid)}: {escaped(trial.reply or '')}" for trial in held[:_MOST_REPLIES]]
    left = len(held) - len(rows)
    return "\n".join(rows) + (f"\n\n{left} more are in the JSON report." if left else "")
