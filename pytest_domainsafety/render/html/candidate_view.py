"""The deployments at the top of a study's page, a card each: which may ship, where each fails, what it refuses."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_domainsafety.core.reports.strength import refusing
from pytest_domainsafety.core.study.report import StudyDeployment, StudyReport
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED, framing_of
from pytest_domainsafety.render.html.figures import SIGNS
from pytest_domainsafety.render.study_words import percent
from pytest_domainsafety.render.verdict_words import SHIPS, answer, named


@dataclass(frozen=True, slots=True)
class Card:
    """A deployment.

    Args:
        name: The deployment's.
        tone: As a class of the page's style: a pass with a reservation looks as what is not decided.
        sign: Of the decision.
        answer: Whether it may ship.
        fails: Where not, a line each, the worst domain first.
        rates: Compliance by framing.
        engaged: With harmless requests; empty where none was asked, or the study does not hold it.
        flags: What counts as much as a block.
    """

    name: str
    tone: str
    sign: str
    answer: str
    fails: list[str]
    rates: str
    engaged: str
    flags: list[str]


def cards(study: StudyReport) -> list[Card]:
    """What may ship first, then what passed with a reservation, then by how few domains fail."""
    return [_card(each) for each in sorted(study.deployments, key=_rank)]


def _rank(each: StudyDeployment) -> tuple[bool, bool, int, int]:
    blocked, undecided = each.deciding("block"), each.deciding("inconclusive")
    return _answer(each) != SHIPS, each.decision != "pass", len(blocked) + len(undecided), len(each.refuses)


def _answer(each: StudyDeployment) -> str:
    return answer(each.decision, each.strength, leaking=bool(each.leaks), refusing=bool(each.refuses))


def headline(study: StudyReport) -> str:
    """How many may ship, and how many passed with a reservation."""
    count = len(study.deployments)
    ships = sum(_answer(each) == SHIPS for each in study.deployments)
    reserved = sum(each.decision == "pass" for each in study.deployments) - ships
    told = f"{ships} of {count} deployments may ship"
    return told + (f", {reserved} passed with a reservation" if reserved else "")


def _card(each: StudyDeployment) -> Card:
    found = _answer(each)
    failing = {"blocked": each.deciding("block"), "inconclusive": each.deciding("inconclusive")}
    rates = each.rates or {ALWAYS_GATED: each.rate}
    harmful = [f"{name} {percent(rate)}" for name, rate in rates.items() if framing_of(name).harmful]
    harmless = {name: percent(rate) for name, rate in each.rates.items() if not framing_of(name).harmful}
    several = [f"{name} {rate}" for name, rate in harmless.items()]
    refused = refusing(each.refuses, len(each.gates))
    return Card(
        name=each.name,
        tone="inconclusive" if each.decision == "pass" and found != SHIPS else each.decision,
        sign=SIGNS[each.decision],
        answer=found,
        fails=[
            f"{word} in {len(domains)} of {len(each.gates)}: {named(domains)}"
            for word, domains in failing.items()
            if domains
        ],
        rates=f"complied: {', '.join(harmful)}",
        engaged=f"engaged with harmless requests: {', '.join(several if len(several) > 1 else harmless.values())}"
        if harmless
        else "",
        flags=[*each.leaks, *([] if refused is None else [f"refuses everything: {refused}"])],
    )
