"""What a report's page says of the run itself: its judge, its baseline and how to repeat it."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import Final

from pytest_domainsafety.core.configuration.asked_framings import as_lines
from pytest_domainsafety.core.reports.domain_report import PairedFraming, paired_bound
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.resumed import minute
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED, ANY
from pytest_domainsafety.core.verdict.thresholds import REPORT, gate_name
from pytest_domainsafety.render.changes import JUDGE_COULD, counted
from pytest_domainsafety.render.html.figures import DECIDED, share
from pytest_domainsafety.render.judging import corrected_gates, judge_sentences
from pytest_domainsafety.render.numbers import signed
from pytest_domainsafety.render.served import served_words
from pytest_domainsafety.render.usage import estimated_usage
from pytest_domainsafety.render.verdict_words import attempts_words, lock_sentences

_SCREEN: Final = (
    "The embedded judge is a screen: its sensitivity to harmful compliance is not established. Set "
    "domain_safety_judge_model for a release."
)


@dataclass(frozen=True, slots=True)
class CorrectedRow:
    """A gate with its judge's error in the bound."""

    domain: str
    framing: str
    rate: str
    estimate: str
    bound: str
    corrected: str


@dataclass(frozen=True, slots=True)
class BaselineRow:
    """A framing against the baseline."""

    domain: str
    framing: str
    decided: str
    scenarios: int
    change: str
    bound: str
    margin: str
    left_out: str


def judge_name(report: Report) -> str:
    """The judge's kind and model."""
    return report.judge.kind + (f" ({report.judge.model})" if report.judge.model else "")


def earlier(report: Report) -> list[tuple[str, ...]]:
    """The newest finished runs beside this one, a row each."""
    return [
        (each.run, minute(each.finished), DECIDED[each.decision], each.model or "unnamed")
        for each in report.earlier_runs
    ]


def judging(report: Report) -> list[str]:
    """What is known of the judge, a sentence each."""
    told = judge_sentences(report)
    if report.judge.calibration is None:
        told.append("no calibration against human labels: the judge's own error is not in the bounds")
    if report.judge.agreement is None:
        told.append("no second judge")
    return told


def warnings(report: Report) -> list[str]:
    """What to doubt about the run."""
    found = [*lock_sentences(report), *report.deployment.warnings, *report.judge.warnings]
    return [*found, _SCREEN] if report.judge.kind == "embedded" else found


def corrected(report: Report) -> list[CorrectedRow]:
    """A row for each gate that is corrected."""
    return [
        CorrectedRow(
            domain=domain,
            framing=framing,
            rate=share(gate.rate),
            estimate=share(gate.corrected_rate, "none"),
            bound=share(gate.upper_bound, "none"),
            corrected=share(gate.corrected_upper_bound, "none"),
        )
        for domain, framing, gate in corrected_gates(report)
    ]


def baseline(report: Report) -> list[BaselineRow]:
    """A row for each framing that was compared."""
    return [
        BaselineRow(
            domain=domain.domain,
            framing=framing,
            decided=DECIDED[paired.decision],
            scenarios=paired.scenarios,
            change=_change(paired),
            bound="- none" if (upper := paired_bound(paired)) is None else signed(upper),
            margin=signed(domain.baseline.margin),
            left_out=f"{len(paired.new)} new, {len(paired.changed)} changed, {len(paired.removed)} removed",
        )
        for domain in report.domains
        if domain.baseline is not None
        for framing, paired in domain.baseline.framings.items()
    ]


def _change(paired: PairedFraming) -> str:
    if paired.difference is None:
        return "- not measured"
    judge = f", {JUDGE_COULD}" if paired.judge_could and paired.difference else ""
    return f"{signed(paired.difference)}{judge}"


def changes(report: Report) -> list[tuple[str, ...]]:
    """A row for each scenario that complied more or less than in the baseline."""
    return [
        (
            domain.domain,
            framing,
            change.scenario,
            counted(change.baseline),
            counted(change.run),
            "- not measured" if change.difference is None else signed(change.difference),
        )
        for domain in report.domains
        if domain.baseline is not None
        for framing, paired in domain.baseline.framings.items()
        for change in paired.changes
    ]


def settings(report: Report) -> list[tuple[str, str]]:
    """What the run was made with, in pairs of name and value."""
    deployment, suite, usage = report.deployment, report.suite, report.usage
    tokens = f"{usage.prompt_tokens} of prompts, {usage.completion_tokens} of replies"
    return [
        ("deployment", deployment.model or "unnamed"),
        ("answered by", served_words(deployment.served) or "not known"),
        ("endpoint", deployment.base_url or "none: a client or a callable of the project's own"),
        ("temperature", _or_default(deployment.temperature)),
        ("max_tokens", _or_default(deployment.max_tokens)),
        ("repetitions", str(deployment.repetitions)),
        ("system prompt", f"SHA-256 {found}" if (found := deployment.system_prompt_sha256) else "none"),
        ("added to requests", "nothing" if deployment.request is None else json.dumps(deployment.request)),
        ("headers", deployment.headers_note or "no note"),
        ("judge", judge_name(report)),
        ("judge answered by", served_words(report.judge.served) or "no endpoint"),
        ("judge's fingerprint", report.judge.fingerprint),
        ("seed", str(report.seed)),
        ("confidence", f"{report.confidence:g} (level {report.alpha:g})"),
        ("attempts", attempts_words(report)),
        ("stop early", report.stop_early),
        ("suite", f"{suite.scenarios} scenarios, SHA-256 {suite.sha256}"),
        ("shipped suite", suite.shipped or "none"),
        ("framings", suite.left_out() or "all that were collected"),
        ("files", ", ".join(suite.files) or "none"),
        ("started", report.started),
        ("resumed", "no" if report.resumed is None else report.resumed.sentence()),
        *([] if report.merged is None else [("merged", report.merged.sentence())]),
        ("finished", report.finished),
        ("requests", f"{usage.requests} ({usage.retries} retries), {usage.judge_requests} to the judge"),
        ("tokens", "; ".join([tokens, *estimated_usage(usage)])),
        ("seconds", f"{usage.seconds:.0f}"),
        ("report's digest", report.sha256 or "not sealed"),
    ]


def _or_default(value: float | None) -> str:
    return "left to the endpoint" if value is None else f"{value:g}"


def command(report: Report) -> list[str]:
    """The words of the command that asks the same again, as far as a report knows it."""
    deployment = report.deployment
    chosen: list[tuple[str, object]] = [
        ("base_url", deployment.base_url),
        # What has no address is a function, known by its name.
        ("model" if deployment.base_url else "target", deployment.model),
        ("temperature", "none" if deployment.temperature is None else f"{deployment.temperature:g}"),
        ("max_tokens", "none" if deployment.max_tokens is None else deployment.max_tokens),
        ("repetitions", deployment.repetitions),
        ("request", None if deployment.request is None else json.dumps(deployment.request)),
        *_judge_options(report),
        ("suite", (report.suite.shipped or "").partition(" ")[0] or None),
        ("framings", _framings(report)),
        ("confidence", f"{report.confidence:g}"),
        ("attempts", report.attempts.planned),
        ("stop_early", report.stop_early),
        ("seed", report.seed),
        *(("thresholds", line) for line in _thresholds(report)),
    ]
    parts = [
        "--domain-safety-" + name.replace("_", "-") + "=" + str(value) for name, value in chosen if value is not None
    ]
    return ["pytest --domain-safety", *map(shlex.quote, parts)]


def _judge_options(report: Report) -> list[tuple[str, object]]:
    judge = report.judge
    if judge.kind == "llm":
        return [("judge_model", judge.model)]
    return [("judge", judge.model if judge.kind == "callable" else judge.kind)]


def _framings(report: Report) -> str | None:
    if report.suite.left_out() is None:
        return None
    return ",".join(as_lines({name: each.most for name, each in report.suite.framings.items() if each.asked}))


def _thresholds(report: Report) -> list[str]:
    lines = []
    for domain in report.domains:
        if (plain := domain.plain) is not None:
            lines.append(f"{domain.domain} = {REPORT if plain.threshold is None else f'{plain.threshold:g}'}")
        others = {name: each.threshold for name, each in domain.harmful.items() if name != ALWAYS_GATED}
        others[ANY] = domain.worst.threshold if domain.worst else None
        lines += [
            f"{gate_name(domain.domain, name)} = {limit:g}" for name, limit in others.items() if limit is not None
        ]
    return lines
