"""From a domain's verdict to what the report holds of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from pytest_domainsafety.core.bounds.judge_difference import judge_could
from pytest_domainsafety.core.evidence.tally import Tally
from pytest_domainsafety.core.judging.error_intervals import JUDGE_UNKNOWN, intervals_of
from pytest_domainsafety.core.judging.judge_report import JudgeCalibration
from pytest_domainsafety.core.reports.change_report import ScenarioChange, ScenarioTally
from pytest_domainsafety.core.reports.domain_report import (
    AnalyticalFraming,
    BaselineReport,
    CalledTool,
    DomainReport,
    Gap,
    HarmfulFraming,
    OneText,
    PairedFraming,
    ScenarioShare,
    Subtopics,
    WorstFraming,
)
from pytest_domainsafety.core.reports.run_facts import RunFacts
from pytest_domainsafety.core.suite.framings import FRAMINGS
from pytest_domainsafety.core.suite.lint.likeness import MEASURE, SIMILAR, near_duplicate_count
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.baseline import BaselineVerdict
from pytest_domainsafety.core.verdict.framing_verdict import FramingVerdict
from pytest_domainsafety.core.verdict.gaps import GapVerdict, contrasts
from pytest_domainsafety.core.verdict.invariance import Share
from pytest_domainsafety.core.verdict.reasons import kind, notes, reason
from pytest_domainsafety.core.verdict.reservations import reservations, shown_text
from pytest_domainsafety.core.verdict.rules import Rules
from pytest_domainsafety.core.verdict.scenario_changes import Change
from pytest_domainsafety.core.verdict.subtopics import SubtopicBound
from pytest_domainsafety.core.verdict.suite_verdict import DomainVerdict


def domain_report(verdict: DomainVerdict, suite: Suite, rules: Rules, facts: RunFacts) -> DomainReport:
    """What the report holds of a domain.

    Args:
        verdict: Its verdict.
        suite: What was collected.
        rules: Thresholds and levels.
        facts: What the report tells of the run.
    """
    subtopics, texts, floor = verdict.subtopics, facts.texts, rules.limits.floor(verdict.domain)
    said = reservations(verdict, texts)
    return DomainReport(
        domain=verdict.domain,
        codification=suite.codification(verdict.domain),
        decision=None if verdict.decision is None else verdict.decision.value,
        reason=reason(verdict, [*said, *([] if facts.resumed is None else [facts.resumed.sentence()])]),
        kind=kind(verdict),
        framings={
            name: None if each is None else _framing(each, subtopics.get(name), floor, texts)
            for name, each in {**dict.fromkeys(FRAMINGS), **verdict.framings}.items()
        },
        worst=None if verdict.worst is None else _worst(verdict.worst, verdict.framings),
        spread=_scenario_share(verdict.spread),
        named_and_done=_scenario_share(verdict.named_and_done),
        gaps={
            name: None if gap is None else _gap(gap)
            for name, gap in {**dict.fromkeys(contrasts(FRAMINGS)), **verdict.gaps}.items()
        },
        baseline=None
        if verdict.baseline is None
        else baseline_report(verdict.domain, verdict.baseline, facts.judge.calibration),
        reservations=said,
        notes=[*notes(verdict), *_near_duplicates(verdict, suite)],
        absent=list(verdict.absent),
    )


def _near_duplicates(verdict: DomainVerdict, suite: Suite) -> Iterator[str]:
    """Prompts that are almost one: the bound takes each for a scenario of its own, so it may be too low."""
    for name in (framing.framing.name for framing in verdict.relied_on if framing.framing.harmful):
        prompts = [each.prompts[name] for each in suite.of_domain(verdict.domain) if name in each.prompts]
        if alike := near_duplicate_count(prompts):
            yield (
                f"{verdict.domain}: {alike} of {len(prompts)} {name} prompts are near-duplicates of another one "
                f"({MEASURE} of {SIMILAR} or more), and each counts as a scenario of its own: domain-safety lint "
                "names them"
            )


def _worst(verdict: FramingVerdict, framings: Mapping[str, FramingVerdict]) -> WorstFraming:
    corrected, facts = verdict.corrected, verdict.worst
    return WorstFraming(
        framings=[name for name, each in framings.items() if each.framing.harmful],
        threshold=verdict.limit,
        decision=verdict.decision.value if verdict.decision else None,
        scenarios=verdict.counts.scenarios,
        measured=facts.measured if facts else 0,
        complied=facts.complied if facts else 0,
        carried_by=facts.carried_by if facts else None,
        rate=verdict.rate,
        upper_bound=verdict.worst_bound,
        best_case_upper_bound=verdict.best_bound,
        corrected_upper_bound=corrected.worst_bound if corrected else None,
        corrected_best_case_upper_bound=corrected.best_bound if corrected else None,
        bootstrap_ci=verdict.bootstrap_ci,
    )


def _scenario_share(share: Share | None) -> ScenarioShare | None:
    return None if share is None else ScenarioShare(**asdict(share))


def _gap(gap: GapVerdict) -> Gap:
    return Gap(difference=gap.difference, ci=gap.interval, scenarios=gap.scenarios)


def baseline_report(domain: str, verdict: BaselineVerdict, calibration: JudgeCalibration | None) -> BaselineReport:
    """A domain's comparison with the baseline, as reports hold it.

    Args:
        domain: Its name.
        verdict: The comparison.
        calibration: Of the candidate's judge, where that has one; the baseline has its own.
    """
    before, now = intervals_of(verdict.baseline.calibration, domain), intervals_of(calibration, domain)
    judges = None if before is None or now is None else (before, now)
    return BaselineReport(
        decision=verdict.decision.value,
        margin=verdict.margin,
        model=verdict.baseline.model,
        finished=verdict.baseline.finished,
        notes=[*verdict.baseline.notes, *([JUDGE_UNKNOWN] if judges is None else [])],
        framings={
            name: PairedFraming(
                decision=paired.decision.value,
                difference=paired.difference,
                upper_bound=paired.worst_bound,
                best_case_upper_bound=paired.best_bound,
                corrected_upper_bound=paired.corrected_bound,
                judge_could=None if judges is None or paired.rates is None else judge_could(*paired.rates, judges),
                scenarios=len(paired.overlap.shared),
                new=paired.overlap.new,
                changed=paired.overlap.changed,
                removed=paired.overlap.removed,
                changes=[_change(change) for change in paired.changes],
            )
            for name, paired in verdict.framings.items()
        },
    )


def _change(change: Change) -> ScenarioChange:
    return ScenarioChange(
        scenario=change.scenario,
        baseline=_tally(change.before),
        run=_tally(change.after),
        difference=change.difference,
    )


def _tally(tally: Tally) -> ScenarioTally:
    return ScenarioTally(complied=tally.positive, measured=tally.measured, trials=tally.trials)


def _counts(verdict: FramingVerdict, texts: Mapping[str, str]) -> dict[str, Any]:
    counts = asdict(verdict.counts)
    found = {name: counts[name] for name in counts if name not in {"positive", "not_selected", "withheld"}}
    if (common := verdict.common) is None:
        return found
    text = texts.get(common.digest)
    return {**found, "one_text": OneText(trials=common.trials, text=None if text is None else shown_text(text))}


def _framing(
    verdict: FramingVerdict, subtopics: SubtopicBound | None, floor: float | None, texts: Mapping[str, str]
) -> HarmfulFraming | AnalyticalFraming:
    if verdict.framing.harmful:
        return _harmful(verdict, subtopics, texts)
    return _analytical(verdict, floor, texts)


def _harmful(verdict: FramingVerdict, subtopics: SubtopicBound | None, texts: Mapping[str, str]) -> HarmfulFraming:
    corrected = verdict.corrected
    return HarmfulFraming(
        **_counts(verdict, texts),
        threshold=verdict.limit,
        decision=verdict.decision.value if verdict.decision else None,
        complied=verdict.counts.positive,
        rate=verdict.rate,
        upper_bound=verdict.worst_bound,
        best_case_upper_bound=verdict.best_bound,
        corrected_upper_bound=corrected.worst_bound if corrected else None,
        corrected_best_case_upper_bound=corrected.best_bound if corrected else None,
        corrected_rate=corrected.rate if corrected else None,
        correction=corrected.rule if corrected else None,
        bootstrap_ci=verdict.bootstrap_ci,
        subtopics=None if subtopics is None else Subtopics(**asdict(subtopics)),
        called=[CalledTool(**asdict(each)) for each in verdict.called],
    )


def _analytical(verdict: FramingVerdict, floor: float | None, texts: Mapping[str, str]) -> AnalyticalFraming:
    return AnalyticalFraming(
        **_counts(verdict, texts),
        floor=floor,
        decision=verdict.decision.value if verdict.decision else None,
        engaged=verdict.counts.positive,
        rate=verdict.rate,
        lower_bound=verdict.worst_bound,
        best_case_lower_bound=verdict.best_bound,
        bootstrap_ci=verdict.bootstrap_ci,
    )
