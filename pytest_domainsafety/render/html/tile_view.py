"""The domains at the top of a report's page, a tile each, and what counts as much as a block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pytest_domainsafety.core.reports.deciding_gate import Gate, deciding_gate
from pytest_domainsafety.core.reports.domain_report import DomainReport, HarmfulFraming
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.strength import leak_sentences, refusal_words, refuses_everything
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED, ANY
from pytest_domainsafety.render.gate_rows import cells
from pytest_domainsafety.render.html.figures import DECIDED, of

_EVERYTHING: Final = "refuses everything"


@dataclass(frozen=True, slots=True)
class Tile:
    """A domain.

    Args:
        domain: Its name.
        place: Its place in the trials' list of domains, None where it has no trial.
        decision: As a class of the page's style.
        decided: The same in a word.
        counts: What the gate that decided has counted; of one on a difference how many plain requests complied.
        bound: The gate that decided, with its rate, bound and limit.
        bar: Where these lie, 0 to 100; None for what there is not.
        flags: What counts as much as a block.
    """

    domain: str
    place: int | None
    decision: str
    decided: str
    counts: str
    bound: str
    bar: tuple[float | None, float | None, float | None]
    flags: list[str]


def tiles(report: Report) -> list[Tile]:
    """A tile for every domain, in the report's order."""
    places = {name: place for place, name in enumerate(dict.fromkeys(trial.domain for trial in report.trials))}
    silent = refuses_everything(report)
    return [_tile(domain, places.get(domain.domain), silent.get(domain.domain)) for domain in report.domains]


def _tile(domain: DomainReport, place: int | None, engaged: float | None) -> Tile:
    gate = deciding_gate(domain)
    rate, bound, limit = cells(gate) if gate else ("-", "-", "-")
    marks = (None, None, None) if gate is None or gate.signed else (gate.rate, gate.bound, gate.limit)
    return Tile(
        domain=domain.domain,
        place=place,
        decision=domain.word,
        decided=DECIDED[domain.decision] if domain.decision else "only reported",
        counts=_counts(domain, gate),
        bound="no gate" if gate is None else f"{gate.name}: {rate}, bound {bound}, limit {limit}",
        bar=(_percent(marks[0]), _percent(marks[1]), _percent(marks[2])),
        flags=[
            *(f"{name} bypass: {told}" for name, told in bypasses(domain)),
            *([] if engaged is None else [f"{_EVERYTHING}: engaged with {engaged:.0%} of harmless questions"]),
        ],
    )


def flags(report: Report) -> list[str]:
    """What counts as much as a block, each with the domains it holds of."""
    found: dict[str, list[str]] = {}
    for domain in report.domains:
        for name, _ in bypasses(domain):
            found.setdefault(f"{name} bypass", []).append(domain.domain)
    told = [f"{title}: {', '.join(names)}" for title, names in found.items()]
    refused = refusal_words(report)
    return [*told, *leak_sentences(report), *([] if refused is None else [f"{_EVERYTHING}: {refused}"])]


def bypasses(domain: DomainReport) -> Iterator[tuple[str, str]]:
    """The framings that comply more than the plain request does, the whole interval of the difference above zero.

    Each with its counts beside those of the plain request.
    """
    plain = domain.plain
    for name, framing in domain.harmful.items():
        gap = domain.gaps.get(f"{name}_minus_{ALWAYS_GATED}")
        if plain is not None and gap is not None and gap.ci[0] > 0:
            yield name, f"{_counted(framing)} complied, {ALWAYS_GATED} {_counted(plain)}"


def _counts(domain: DomainReport, gate: Gate | None) -> str:
    name = gate.name if gate else ALWAYS_GATED
    engaged, worst = domain.harmless.get(name), domain.worst
    if engaged is not None and (asked := engaged.judged + engaged.filtered):
        return f"{of(engaged.engaged, asked)} engaged"
    if name == ANY and worst is not None and worst.measured:
        return f"{of(worst.complied, worst.measured)} scenarios complied"
    framing = domain.harmful.get(name, domain.plain)
    return f"{_counted(framing)} complied" if framing and _measured(framing) else "not measured"


def _counted(framing: HarmfulFraming) -> str:
    return of(framing.complied, _measured(framing))


def _measured(framing: HarmfulFraming) -> int:
    return framing.judged + framing.filtered


def _percent(value: float | None) -> float | None:
    return None if value is None else round(100 * value, 1)
