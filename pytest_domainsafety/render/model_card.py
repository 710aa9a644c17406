"""The safety section of a model card: what was measured, with what, and what it does not say.

A card is public: addresses, paths and replies stay out of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_domainsafety.core.escape import markdown as escaped
from pytest_domainsafety.core.judging.judge_report import Judge
from pytest_domainsafety.core.reports.domain_report import DomainReport, HarmfulFraming, deciding_bound
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.verdict.reasons import level
from pytest_domainsafety.render.framings import harmful_names, named_and_done_sentences, spread_sentences
from pytest_domainsafety.render.judging import interval
from pytest_domainsafety.render.numbers import number
from pytest_domainsafety.render.overruled import overruled_head, overruled_rows
from pytest_domainsafety.render.verdict_words import headline

START: Final = "<!-- pytest-domainsafety:start -->"
END: Final = "<!-- pytest-domainsafety:end -->"

_SIGNS: Final = {"pass": "✅", "block": "⛔", "inconclusive": "❔", "report": "📋"}
_DIGITS: Final = 12


def safety_section(report: Report, statement: str | None = None) -> str:
    """The section with its marks, its lines ended by line feeds but for the last.

    Args:
        report: A finished run.
        statement: Where its signed verdict is, a relative path or an address; None where nobody said.
    """
    parts = [
        START,
        "## Safety, domain by domain",
        f"**{_SIGNS[report.decision]} {escaped(headline(report))}** in the run of {escaped(report.finished[:10])}.",
        f"⚠️ Stopped: {escaped(report.stopped)}" if report.stopped else "",
        "⚠️ The run was interrupted: what it left out counts as complied." if report.interrupted else "",
        *(f"⚠️ The run was {said}." for said in report.of_sessions()),
        _overruled(report),
        _table(report),
        "\n".join(f"- {_SIGNS[domain.word]} {escaped(domain.reason)}" for domain in report.domains),
        "\n".join(f"- {escaped(said)}" for said in (*named_and_done_sentences(report), *spread_sentences(report))),
        "### How it was measured",
        "\n".join(f"- {fact}" for fact in _facts(report, statement)),
        "### Limits",
        "\n".join(f"- {limit}" for limit in _limits(report)),
        END,
    ]
    return "\n\n".join(part for part in parts if part)


def _overruled(report: Report) -> str:
    """What people overruled, each trial by its name."""
    if (head := overruled_head(report)) is None:
        return ""
    return "\n".join(
        [f"⚠️ The run was {escaped(head)}.", "", *(f"- {escaped(row)}" for row in overruled_rows(report))]
    )


def harmful_framings(domain: DomainReport) -> Iterator[tuple[str, HarmfulFraming]]:
    """A domain's framings whose compliance is harm, the gated one first."""
    for name in harmful_names([domain]):
        yield name, domain.harmful[name]


def _table(report: Report) -> str:
    head = (
        "| domain | decision | framing | complied | rate | bootstrap 95 % CI "
        f"| upper {level(report.alpha)} bound | threshold | not measured |\n"
        "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    )
    rows = [
        row
        for domain in report.domains
        for row in (*(_row(domain, name, framing) for name, framing in harmful_framings(domain)), *_worst(domain))
    ]
    return "\n".join([head, *rows]) if rows else ""


def _row(domain: DomainReport, name: str, framing: HarmfulFraming) -> str:
    decision = "reported only" if framing.decision is None else f"{_SIGNS[framing.decision]} {framing.decision}"
    measured = framing.judged + framing.filtered
    ci = framing.bootstrap_ci
    cells = [
        escaped(domain.domain),
        decision,
        escaped(name),
        f"{framing.complied} of {measured}",
        number(framing.rate),
        "-" if ci is None else f"{number(ci[0])} to {number(ci[1])}",
        number(deciding_bound(framing)),
        number(framing.threshold),
        f"{framing.trials - measured} of {framing.trials}",
    ]
    return f"| {' | '.join(cells)} |"


def _worst(domain: DomainReport) -> Iterator[str]:
    """The worst of several framings, in scenarios."""
    found = domain.worst
    if found is None or len(found.framings) == 1:
        return
    ci = found.bootstrap_ci
    cells = [
        escaped(domain.domain),
        "reported only" if found.decision is None else f"{_SIGNS[found.decision]} {found.decision}",
        "any of these",
        f"{found.complied} of {found.measured} scenarios",
        number(found.rate),
        "-" if ci is None else f"{number(ci[0])} to {number(ci[1])}",
        number(deciding_bound(found)),
        number(found.threshold),
        f"{found.scenarios - found.measured} of {found.scenarios}",
    ]
    yield f"| {' | '.join(cells)} |"


def _facts(report: Report, statement: str | None) -> Iterator[str]:
    deployment, suite, attempts = report.deployment, report.suite, report.attempts
    prompt = deployment.system_prompt_sha256
    yield (
        f"Deployment: {escaped(deployment.model or 'an application, not a bare model')}, temperature "
        f"{_or_default(deployment.temperature)}, max\\_tokens {_or_default(deployment.max_tokens)}, "
        f"repetitions {deployment.repetitions}, "
        + (f"system prompt `{prompt[:_DIGITS]}`." if prompt else "no system prompt set by the run.")
    )
    shipped = f"{escaped(suite.shipped)}, " if suite.shipped else ""
    plural = "" if suite.scenarios == 1 else "s"
    yield f"Suite: {shipped}{suite.scenarios} scenario{plural}, digest `{suite.sha256[:_DIGITS]}`."
    yield f"Judge: {_judge(report.judge)}."
    if report.judge.agreement is not None:
        both = report.judge.agreement
        yield f"Second judge: {escaped(both.model)} on {both.asked} replies, kappa {escaped(interval(both.kappa))}."
    yield (
        f"Confidence {report.confidence * 100:g} %, seed {report.seed}, early stopping: {report.stop_early}; "
        f"verdicts on this deployment and suite: {attempts.planned} planned, {attempts.earlier} earlier."
    )
    if statement is not None:
        yield f"Signed verdict (in-toto): `{statement}`."


def _or_default(value: float | None) -> str:
    return "left to the deployment" if value is None else f"{value:g}"


def _judge(judge: Judge) -> str:
    model = f" {escaped(judge.model)}" if judge.model else ""
    named = f"{escaped(judge.kind)}{model}, fingerprint {escaped(judge.fingerprint)}"
    if (found := judge.calibration) is None:
        return f"{named}, not calibrated"
    return (
        f"{named}, calibrated {escaped(found.created[:10])} on {found.prompts} labelled prompts: sensitivity "
        f"{escaped(interval(found.sensitivity))}, specificity {escaped(interval(found.specificity))}"
    )


def _limits(report: Report) -> Iterator[str]:
    yield (
        "The figures are about scenarios like these in each domain, not about the rate of harm in a deployment's "
        "own traffic, nor about domains that are not in the table."
    )
    yield (
        "The upper bound decides. It counts every trial without a measurement as complied; the rate and the "
        "bootstrap interval leave these out and decide nothing."
    )
    if report.judge.calibration is None:
        yield "A judge scored the replies. It was not calibrated on human labels: its error is not in the bounds."
    else:
        yield "A judge scored the replies. Its error, as measured on human labels, is in the bounds."
    if report.judge.kind == "embedded":
        yield "That judge is an offline screen, whose sensitivity to harmful compliance is not established."
    yield "The verdict holds for the deployment as it was asked: another prompt, filter or version is another one."
    for warning in report.judge.warnings:
        yield f"⚠️ {escaped(warning)}"
    for domain in report.domains:
        for note in domain.notes:
            yield escaped(note)
