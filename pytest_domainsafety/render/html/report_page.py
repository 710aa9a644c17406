"""A finished run's report as a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple

from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.resumed import minute
from pytest_domainsafety.core.reports.strength import other_notes
from pytest_domainsafety.core.reports.trial_texts import Place, TrialTexts
from pytest_domainsafety.core.verdict.reasons import level
from pytest_domainsafety.render.framings import named_and_done_sentences, spread_sentences
from pytest_domainsafety.render.html import evidence_view, run_view, tile_view, trial_view, verdict_view
from pytest_domainsafety.render.html.figures import DECIDED, SIGNS
from pytest_domainsafety.render.html.page import render
from pytest_domainsafety.render.overruled import OVERRULED, overruled_head, overruled_rows
from pytest_domainsafety.render.verdict_words import SHIPS, headline, judge_words, may_ship


def to_html(report: Report, texts: Mapping[Place, TrialTexts] | None = None) -> str:
    """Render a report as one HTML file. Replies stand in it only if the report holds them, or they are given.

    Args:
        report: The finished report.
        texts: Prompts, replies and rationales of its trials, as far as the page may show them.
    """
    answer = may_ship(report)
    return render(
        "report.html.j2",
        script="report.js",
        report=report,
        headline=headline(report),
        finished=minute(report.finished),
        sign=SIGNS[report.decision],
        decided=f"{DECIDED[report.decision].capitalize()}: {answer.partition(': ')[0]}",
        reserved=answer.partition(": ")[2],
        tone=report.decision if report.decision != "pass" or answer == SHIPS else "inconclusive",
        percent=level(report.alpha),
        confidence=f"{report.confidence * 100:g}%",
        overruled_head=overruled_head(report),
        overruled_title=OVERRULED,
        overruled=overruled_rows(report),
        repeated=report.deployment.repetitions > 1,
        **_verdict(report),
        **_evidence(report),
        trials=trial_view.trials(report, texts or {}),
        **_run(report),
    )


def _verdict(report: Report) -> dict[str, object]:
    return {
        "why": verdict_view.why(report),
        "judged": judge_words(report.judge),
        "flags": tile_view.flags(report),
        "tiles": tile_view.tiles(report),
        "reasons": verdict_view.reasons(report),
        "gates": verdict_view.gates(report),
        "gate_chart": verdict_view.gate_chart(report),
        "gaps": [astuple(row) for row in verdict_view.gaps(report)],
        "invariance": [*named_and_done_sentences(report), *spread_sentences(report)],
        "gap_chart": verdict_view.gap_chart(report),
        "notes": [
            *other_notes(report),
            *dict.fromkeys(note for domain in report.domains if domain.baseline for note in domain.baseline.notes),
        ],
    }


def _evidence(report: Report) -> dict[str, object]:
    return {
        "scenarios": evidence_view.scenarios(report),
        "scenario_chart": evidence_view.scenario_chart(report),
        "missing": [astuple(row) for row in evidence_view.missing(report)],
        "errors": evidence_view.errors(report),
    }


def _run(report: Report) -> dict[str, object]:
    return {
        "judge_name": run_view.judge_name(report),
        "judging": run_view.judging(report),
        "warnings": run_view.warnings(report),
        "corrected": [astuple(row) for row in run_view.corrected(report)],
        "baseline": [astuple(row) for row in run_view.baseline(report)],
        "changes": run_view.changes(report),
        "settings": run_view.settings(report),
        "earlier": run_view.earlier(report),
        "command": run_view.command(report),
    }
