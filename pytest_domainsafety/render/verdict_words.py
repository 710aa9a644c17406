"""The verdict in people's words: may it ship, which domains not and why, on what evidence, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from pytest_domainsafety.core.bar.lock import difference_words, lowering_words
from pytest_domainsafety.core.judging.controls import only_unjudged
from pytest_domainsafety.core.judging.judge_report import Judge
from pytest_domainsafety.core.reports.domain_report import DomainReport
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.strength import Kind, leaks, refuses_everything, reserved, strength
from pytest_domainsafety.core.suite.shipped_suite import DOMAINS
from pytest_domainsafety.core.verdict.reasons import some

SHIPS: Final = "may ship"
_HELD: Final = {"block": "may not ship", "inconclusive": "may not ship yet"}
_BY_JUDGE: Final[dict[Kind | None, str]] = {
    None: "passed its own gate",
    "screen": "passed by a screen, which is no release gate",
    "unchecked": "passed by a judge that nothing vouches for",
}
"""A pass by a judge whose word is not enough; None where the judge is not known."""

_MOST_NAMED: Final = 7
_STANDARD: Final = 60
"""Scenarios of each domain of the standard suite."""

_WHY: Final = {
    "rate": "complied too often",
    "evidence": "not shown to be safe yet",
    "baseline": "worse than the baseline",
    "analytical": "refused what is no harm to answer",
    "deselected": "only a part of it was run",
    "doubt": "the judge cannot be relied on",
    "lowered": "the bar is lower than the lock says",
    "spent": "it was tried more often than was planned",
    "broken off": "the run ended before all was asked",
    "channel": "too much was not measured",
    "open": "not decided",
}
"""What kept a domain from passing, the gravest first."""


def headline(report: Report) -> str:
    """The decision and how many domains went which way."""
    words = {"block": "blocked", "inconclusive": "inconclusive", "pass": "passed", "report": "only reported"}
    tally = Counter[str](domain.word for domain in report.domains)
    if not report.domains:
        return f"{report.decision.upper()} (no domain was measured)"
    counts = ", ".join(f"{tally[decision]} {word}" for decision, word in words.items() if tally[decision])
    plural = "" if len(report.domains) == 1 else "s"
    return f"{report.decision.upper()} ({len(report.domains)} domain{plural}: {counts})"


def may_ship(report: Report) -> str:
    """The answer to the one question, for who knows nothing of bounds."""
    return answer(
        report.decision,
        strength(report.judge).kind,
        leaking=any(True for _ in leaks(report)),
        refusing=bool(refuses_everything(report)),
        reserved=reserved(report),
    )


def answer(
    decision: str, kind: Kind | None, *, leaking: bool, refusing: bool = False, reserved: Sequence[str] = ()
) -> str:
    """The same of a decision.

    Args:
        decision: The run's.
        kind: Of its judge; None where it is not known.
        leaking: Whether a domain passed and a framing without a gate complied too often.
        refusing: Whether it refuses most of what is no harm to answer, and is not meant to.
        reserved: What else a pass is said with.
    """
    if decision in _HELD:
        return _HELD[decision]
    doubts = (
        _BY_JUDGE.get(kind),
        "passed on plain requests alone" if leaking else None,
        "passed, and refuses what is no harm to answer too" if refusing else None,
        f"passed with reservations: {'; '.join(reserved)}" if reserved else None,
    )
    return next(filter(None, doubts), SHIPS)


def judge_words(judge: Judge) -> str:
    """The judge and what its verdicts rest on."""
    found = strength(judge)
    return found.words if found.kind == "screen" else f"{judge.model or judge.kind}: {found.words}"


def why_not(report: Report) -> list[str]:
    """A clause for each cause, with the domains that it kept from passing."""
    by_cause: dict[str, list[str]] = {}
    for domain in report.domains:
        if domain.decision in {"block", "inconclusive"}:
            by_cause.setdefault(_cause(domain, report), []).append(domain.domain)
    return [f"{_WHY[cause]}: {named(by_cause[cause])}" for cause in _WHY if cause in by_cause]


def attempts_words(report: Report) -> str:
    """Earlier tries beside those that were planned."""
    tries, planned = report.tries, report.attempts.planned
    earlier = report.attempts.earlier if tries is None else tries.verdicts
    plural = "" if earlier == 1 else "s"
    on = "deployment and suite" if tries is None else "candidate"
    broken = f" and {tries.broken_off} broken off" if tries is not None and tries.broken_off else ""
    spent = ""
    if tries is not None and tries.spent is not None:
        spent = "; nothing passes beyond what was planned"
    elif earlier >= planned:
        spent = "; trying until it passes lets bad models through"
    return f"{earlier} earlier verdict{plural}{broken} on this {on}, {planned} planned{spent}"


def lock_sentences(report: Report) -> list[str]:
    """Where the bar is lower than the lock says, and why it was lowered before."""
    if report.lock is None:
        return []
    held = [difference_words(report.lock.differences)] if report.lock.differences else []
    return [*held, *map(lowering_words, report.lock.lowered)]


class Step(NamedTuple):
    """What to do next, and the command for it, which stands on a line of its own to be copied."""

    words: str
    command: str | None = None


def next_steps(report: Report, run: str | None) -> list[Step]:
    """What to do now, the most useful first.

    Args:
        report: The finished report.
        run: The run's directory as it is typed, None where none was kept.
    """
    return list(_next(report, "RUN" if run is None else run))


def _next(report: Report, run: str) -> Iterator[Step]:
    kinds = {_cause(domain, report) for domain in report.domains if domain.decision in {"block", "inconclusive"}}
    yield from _lacking_shards(report)
    if "rate" in kinds:
        yield Step("read what complied", f"domain-safety report {run} --html report.html --replies")
    yield from _false_alarms(report, run)
    if "evidence" in kinds:
        yield from _more_scenarios(report)
    if "baseline" in kinds:
        yield Step("see what changed", f"domain-safety compare BASELINE {run}")
    if "doubt" in kinds:
        yield Step("look at the known exhibits that the judge missed, and take another domain_safety_judge_model")
    if "lowered" in kinds:
        yield Step("put the bar back, or lower it where a reviewer sees it", "domain-safety lock --why 'the reason'")
    if report.decision != "pass":
        return
    found = strength(report.judge).kind
    if found == "screen":
        yield Step("for a release name a judge: domain_safety_judge_model")
    elif found != "calibrated":
        yield Step("put the judge's error into the bounds", f"domain-safety label {run} --html label.html")


def _lacking_shards(report: Report) -> Iterator[Step]:
    """Where a merged run could not pass for want of a part."""
    lacking = [] if report.merged is None or report.decision == "pass" else report.merged.lacking()
    if lacking:
        rest = f" ({len(lacking)} are missing)" if len(lacking) > 1 else ""
        yield Step(
            f"measure shard {lacking[0]}, which no run is of{rest}, and merge again",
            f"pytest --domain-safety --domain-safety-shard={lacking[0]}",
        )


def _false_alarms(report: Report, run: str) -> Iterator[Step]:
    """Where what complied may be no more than what the judge takes for help."""
    found = [
        domain.domain
        for domain in report.domains
        if domain.decision == "block" and (gate := domain.plain) is not None and gate.threshold is not None
        if gate.corrected_rate is not None and gate.rate and gate.corrected_rate <= gate.threshold < gate.rate
    ]
    if found:
        yield Step(
            f"the judge's false alarms could be all that is over the limit in {named(found)}: more scenarios do not "
            "help there, a better judge or more labels do",
            f"domain-safety label {run} --html label.html",
        )


def _more_scenarios(report: Report) -> Iterator[Step]:
    """Where more evidence is to be had: in the shipped suite, or else by writing it."""
    short = [domain for domain in report.domains if _cause(domain, report) == "evidence"]
    shipped = [domain for domain in short if domain.domain in DOMAINS and report.suite.shipped]
    more = {domain.domain: _STANDARD - domain.plain.scenarios for domain in shipped if domain.plain is not None}
    more = {name: count for name, count in more.items() if count > 0}
    if more:
        least, most = min(more.values()), max(more.values())
        count = f"{least}" if least == most else f"{least} to {most}"
        yield Step(f"ask more scenarios: domain_safety_suite = standard has {count} more of {named(list(more))}")
    if own := [domain.domain for domain in short if domain.domain not in more]:
        yield Step(f"write more scenarios of {named(own)}, or see what each threshold asks for", "domain-safety plan")


def _cause(domain: DomainReport, report: Report) -> str:
    if domain.kind is not None:
        return domain.kind
    controls = report.judge.controls
    doubted = controls is not None and controls.distrust is not None
    # A judge that was not shown all of them, since the run ended before or a part of it is not there, missed none.
    if controls is not None and doubted and not only_unjudged(controls):
        return "doubt"
    if report.interrupted or report.stopped:
        return "broken off"
    if report.lock is not None and report.lock.differences:
        return "lowered"
    if report.tries is not None and report.tries.spent is not None:
        return "spent"
    unmeasured = any(
        framing.missing or framing.unjudged or framing.reasked
        for framing in (*domain.harmful.values(), *domain.harmless.values())
    )
    rest = "doubt" if doubted else "open"
    return "channel" if unmeasured else rest


def named(names: list[str]) -> str:
    """Domains on the first lines: all of the shipped suite's."""
    return some(names, _MOST_NAMED)
