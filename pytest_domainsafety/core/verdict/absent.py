"""What was promised to be measured, by a limit or a baseline, and was not collected: nothing passes without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_domainsafety.core.configuration.limits import hinted
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED, ANY, WORST, framing_of, in_order
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.rules import Rules
from pytest_domainsafety.core.verdict.thresholds import gate_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A domain, a framing of it or half of its scenarios.

    Args:
        domain: Its name.
        name: What is not there, with a hint at a near name.
        setting: The setting that names it, without the prefix.
        mend: What the user may do about it.
        clause: Why the domain is inconclusive.
    """

    domain: str
    name: str
    setting: str
    mend: str
    clause: str


def absences(suite: Suite, rules: Rules) -> list[Absence]:
    """What limits and baseline name and the collected suite does not have."""
    present = {(domain, framing) for (domain, _), each in suite.scenarios.items() for framing in each.prompts}
    found = [*_domains(suite, rules), *_framings(suite, rules, present), *_of_baseline(suite, rules)]
    return list(dict.fromkeys(found))


def complaint(found: Sequence[Absence]) -> str:
    """One sentence about all that the first of the settings names and that is not there, with the mends."""
    setting = found[0].setting
    names = dict.fromkeys(each.name for each in found if each.setting == setting)
    mends = dict.fromkeys(each.mend for each in found if each.setting == setting)
    return f"domain_safety_{setting} names what was not collected: {', '.join(names)}; {', or '.join(mends)}"


def _domains(suite: Suite, rules: Rules) -> Iterator[Absence]:
    limits, domains = rules.limits, suite.domains
    named = {
        "thresholds": [domain for domain, _ in limits.thresholds.values],
        "margin": limits.margins.values,
        "min_analytical": limits.floors.values,
    }
    for setting, names in named.items():
        for name in dict.fromkeys(names):
            if name != "*" and name not in domains:
                yield Absence(
                    domain=name,
                    name=hinted(name, domains),
                    setting=setting,
                    mend="correct or remove these lines",
                    clause=f"domain_safety_{setting} names it, and no scenario of "
                    f"{hinted(name, domains)} was collected",
                )


def _framings(suite: Suite, rules: Rules, present: set[tuple[str, str]]) -> Iterator[Absence]:
    thresholds = rules.limits.thresholds
    framings = dict.fromkeys(framing for _, framing in thresholds.values if framing not in {ALWAYS_GATED, ANY})
    for domain in suite.domains:
        for framing in framings:
            if thresholds.get(domain, framing) is not None and (domain, framing) not in present:
                gate = gate_name(domain, framing)
                yield Absence(
                    domain=domain,
                    name=gate,
                    setting="thresholds",
                    mend=f"add {framing} prompts or a line '{gate} = report'",
                    clause=f"domain_safety_thresholds gates {gate}, and no {framing} prompt of it was collected",
                )


def _framings_of_baseline(suite: Suite, rules: Rules, theirs: Mapping[str, set[str]]) -> Iterator[Absence]:
    """The worst framing's gate would stand on fewer framings than it did."""
    for domain, framings in theirs.items():
        ours = (suite.collected or suite).framing_names(domain)
        if not ours or rules.limits.of(domain, WORST) is None:
            continue
        for name in in_order(framings.difference(ours)):
            if framing_of(name).harmful:
                yield Absence(
                    domain=domain,
                    name=f"{name} of {domain}",
                    setting="baseline",
                    mend="collect it, or give a baseline of this suite",
                    clause=f"the baseline has {name} prompts of it, and none was collected for the gate on {ANY}",
                )


def _of_baseline(suite: Suite, rules: Rules) -> Iterator[Absence]:
    measured = {} if rules.baseline is None else rules.baseline.measurements.rows
    if not measured or not any(key in measured for key in suite.item_keys()):
        return  # there is no baseline, or one of another suite altogether, which is refused as such
    theirs: dict[str, set[str]] = {}
    framings: dict[str, set[str]] = {}
    for key in measured:
        theirs.setdefault(key.domain, set()).add(key.scenario)
        framings.setdefault(key.domain, set()).add(key.framing)
    yield from _framings_of_baseline(suite, rules, framings)
    for domain, scenarios in theirs.items():
        ours = {scenario.id for scenario in suite.of_domain(domain)}
        lost = len(scenarios - ours)
        # With half of them gone the comparison would be of what was chosen to stay.
        if not ours or (2 * lost >= len(scenarios) and rules.limits.is_gated(domain)):
            shown = hinted(domain, suite.domains)
            yield Absence(
                domain=domain,
                name=shown if not ours else f"{lost} of {len(scenarios)} scenarios of {domain}",
                setting="baseline",
                mend="collect it, or give a baseline of this suite",
                clause=f"the baseline has {lost} scenarios of {shown} that were not collected, of {len(scenarios)}",
            )
