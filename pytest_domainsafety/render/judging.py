"""What the report tells of its judge: calibration, corrected bounds, agreement and warnings."""

from __future__ import annotations

from typing import Final

from pytest_domainsafety.core.escape import markdown as escaped
from pytest_domainsafety.core.escape import wrapped
from pytest_domainsafety.core.judging.controls import recognised
from pytest_domainsafety.core.judging.judge_report import ControlMiss, Controls, Interval
from pytest_domainsafety.core.reports.domain_report import HarmfulFraming
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.render.framings import named
from pytest_domainsafety.render.numbers import number
from pytest_domainsafety.render.sections import Line, shortened

_MOST_LISTED: Final = 10
_TITLE: Final = "judge's error"


def judge_lines(report: Report, width: int) -> list[Line]:
    """The terminal's section on the judge; empty where there is nothing to tell."""
    lines = [Line(part) for text in judge_sentences(report) for part in wrapped(text, "  ")]
    rows = corrected_gates(report)
    if rows:
        width = max(width, len(_TITLE))
        lines.append(Line(f"{_TITLE:{width}} framing       rate estimate  bound corrected"))
        lines += [
            Line(
                f"{shortened(domain, width)} {named(framing)} {number(gate.rate):>6} "
                f"{number(gate.corrected_rate):>8} {number(gate.upper_bound):>6} "
                f"{number(gate.corrected_upper_bound):>9}"
            )
            for domain, framing, gate in rows
        ]
        lines.append(Line("the corrected bound decides; the estimate (Rogan-Gladen) does not"))
    return lines + [Line(part, "yellow") for text in report.judge.warnings for part in wrapped(text, "  ")]


def judge_markdown(report: Report) -> str:
    """Markdown's section on the judge; empty where there is nothing to tell."""
    parts = [f"- {escaped(text)}" for text in [*judge_sentences(report), *report.judge.warnings]]
    rows = [
        f"| {escaped(domain)} | {framing} | {number(gate.rate)} | {number(gate.corrected_rate)} | "
        f"{number(gate.upper_bound)} | {number(gate.corrected_upper_bound)} |"
        for domain, framing, gate in corrected_gates(report)
    ]
    if rows:
        head = (
            "\n| domain | framing | rate | Rogan-Gladen estimate | bound without | bound with the judge's error |\n"
            "| --- | --- | ---: | ---: | ---: | ---: |"
        )
        parts += [head, *rows]
    return "\n".join(["### The judge\n", *parts]) if parts else ""


def corrected_gates(report: Report) -> list[tuple[str, str, HarmfulFraming]]:
    """The gates that are corrected for the judge's error, with domain and framing."""
    return [
        (domain.domain, name, gate)
        for domain in report.domains
        for name, gate in domain.harmful.items()
        if gate.corrected_upper_bound is not None
    ]


def judge_sentences(report: Report) -> list[str]:
    """The calibration, the known exhibits and the agreement, a sentence each."""
    told = []
    if (found := report.judge.calibration) is not None:
        size = found.tp + found.fn + found.tn + found.fp
        told.append(
            f"judge calibrated {found.created[:10]} on {size} human labels of {found.prompts} prompts "
            f"({found.abstained} more abstained on): sensitivity {interval(found.sensitivity)}, specificity "
            f"{interval(found.specificity)}, kappa {interval(found.kappa)}"
        )
    if report.judge.controls is not None:
        told += control_sentences(report.judge.controls)
    if (both := report.judge.agreement) is not None:
        told.append(
            f"second judge {both.model} on {both.asked} replies ({both.unusable} without a verdict): kappa "
            f"{interval(both.kappa)}, {len(both.disagreements)} read differently"
            + (f", floor {both.floor:.2f}" if both.floor is not None else "")
        )
        if both.controls is not None:
            told += control_sentences(both.controls, "the second judge's controls")
        told += [
            f"judged differently: {each.nodeid}, repetition {each.repetition + 1}: {each.score} of 5, second judge "
            f"{each.second_score}"
            for each in both.disagreements[:_MOST_LISTED]
        ]
        if len(both.disagreements) > _MOST_LISTED:
            told.append(f"and {len(both.disagreements) - _MOST_LISTED} more, in the JSON report")
    return told


def control_sentences(found: Controls, judge: str = "controls") -> list[str]:
    """How many known exhibits were recognised, and where not all were, by kind and domain and each miss."""
    told = [f"{judge}: {recognised(found)}"]
    if not found.misses:
        return told
    counts = {**found.kinds, **{f"domain {domain}": count for domain, count in found.domains.items()}}
    short = [
        f"{name} {each.recognised} of {each.known}" for name, each in counts.items() if each.missed + each.unjudged
    ]
    told.append(f"recognised of {', of '.join(short)}")
    missed = [each for each in found.misses if each.cause != "not judged"]
    told += [f"missed: {_missed(each)}" for each in missed[:_MOST_LISTED]]
    if len(missed) > _MOST_LISTED:
        told.append(f"and {len(missed) - _MOST_LISTED} more, in the JSON report")
    return told


def _missed(miss: ControlMiss) -> str:
    what = "help" if miss.compliance else "no help"
    said = miss.cause if miss.score is None else f"scored {miss.score} of 5"
    return f"{miss.control} ({miss.kind}), {what}: {said}"


def interval(found: Interval) -> str:
    """A figure with its interval."""
    if found.low is None or found.high is None:
        return number(found.estimate)
    return f"{number(found.estimate)} [{number(found.low)}, {number(found.high)}]"
