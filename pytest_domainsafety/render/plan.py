"""The plan as text: a domain a line with what it would cost and show, and as Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from pytest_domainsafety.core.bounds.power import PassChance
from pytest_domainsafety.core.escape import markdown as escaped
from pytest_domainsafety.core.escape import printable, wrapped
from pytest_domainsafety.core.planning.choices import Choice
from pytest_domainsafety.core.planning.plan import TENTH, DomainPlan, GatePlan, Plan
from pytest_domainsafety.core.planning.spending import Spending
from pytest_domainsafety.core.verdict.reasons import level
from pytest_domainsafety.core.verdict.thresholds import gate_name
from pytest_domainsafety.render.plan_headline import headline, low_chance
from pytest_domainsafety.render.progress import duration
from pytest_domainsafety.render.sections import Line, Style, shortened

_LONGEST_DOMAIN: Final = 19
_TOTAL: Final = "all of them"
_THOUSAND: Final = 1_000
_MILLION: Final = 1_000_000


def plan_lines(plan: Plan, *, unicode: bool) -> list[Line]:
    """The plan for a terminal, at most 80 columns wide.

    Args:
        plan: The plan.
        unicode: Whether the terminal can show more than ASCII.
    """
    lines = [Line(part) for part in wrapped(headline(plan), cut=True)]
    lines += [Line(part, "yellow") for part in wrapped(low_chance(plan), cut=True)]
    lines += [*_table(plan), *(Line(part) for part in wrapped(_legend(plan), cut=True))]
    lines += [Line(part, style) for text, style in _advice(plan) for part in wrapped(text, cut=True)]
    lines += [Line(part) for text in _figures(plan) for part in wrapped(text, cut=True)]
    if unicode:
        return lines
    return [Line(line.text.encode("ascii", "replace").decode(), line.style) for line in lines]


def plan_markdown(plan: Plan) -> str:
    """The plan as Markdown, for a job's summary or a pull request."""
    head = ["gate", "scenarios", "requests", "tokens, about", "cost, about", "least", "threshold"]
    head += [f"passes at {rate:.0%}" for rate in plan.rates]
    rows = [
        _markdown_row(plan, domain, gate, first=number == 0)
        for domain in plan.domains
        for number, gate in enumerate(domain.gates)
    ]
    total = plan.totals
    cells = [str(_scenarios(plan)), str(total.requests), str(total.tokens), _cost(total.cost) or "-", "-", "-"]
    rows.append([_TOTAL, *cells, *_powers(plan, plan.session_power)])
    table = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    notes = [*(escaped(text) for text, _ in _advice(plan)), *map(escaped, _figures(plan))]
    first = [escaped(text) for text in (headline(plan), low_chance(plan)) if text]
    return (
        "\n\n".join(
            [
                "## Domain safety: plan, nothing was asked",
                *first,
                "\n".join(f"| {' | '.join(row)} |" for row in table),
                escaped(_legend(plan)),
                "\n".join(f"- {note}" for note in notes),
            ]
        )
        + "\n"
    )


def _markdown_row(plan: Plan, domain: DomainPlan, gate: GatePlan, *, first: bool) -> list[str]:
    # What is asked is told for the whole domain, on its first line.
    spent = [str(domain.requests), str(domain.tokens), _cost(domain.cost) or "-"] if first else ["", "", ""]
    return [
        escaped(gate_name(domain.domain, gate.framing)),
        str(gate.scenarios),
        *spent,
        _up(gate.smallest_threshold),
        _threshold(gate),
        *_powers(plan, gate.power),
    ]


def _table(plan: Plan) -> list[Line]:
    names = [_TOTAL, *(domain.domain for domain in plan.domains)]
    width = min(_LONGEST_DOMAIN, max(map(len, names)))
    priced = plan.totals.cost is not None
    rates = [f"{rate:.0%}" for rate in plan.rates]
    lines = [
        Line(_row("domain", width, ["scen", "asked", "tokens", "cost" if priced else "", "least", "limit"], rates))
    ]
    for domain in plan.domains:
        for number, gate in enumerate(domain.gates):
            first = number == 0
            spent = [_short(domain.requests), _short(domain.tokens), _cost(domain.cost)] if first else ["", "", ""]
            cells = [_short(gate.scenarios), *spent, _up(gate.smallest_threshold), _threshold(gate)]
            name = domain.domain if first else f" {gate.framing}"
            style: Style = "plain" if gate.reachable else "yellow"
            lines.append(Line(_row(name, width, cells, _powers(plan, gate.power)), style))
    total = plan.totals
    cells = [_short(_scenarios(plan)), _short(total.requests), _short(total.tokens), _cost(total.cost), "", ""]
    lines.append(Line(_row(_TOTAL, width, cells, _powers(plan, plan.session_power))))
    return lines


def _row(name: str, width: int, cells: Sequence[str], chances: Sequence[str]) -> str:
    scenarios, requests, tokens, cost, least, limit = cells
    front = f"{shortened(printable(name), width)} {scenarios:>4} {requests:>5} {tokens:>6} {cost:>6}"
    if name.startswith(" "):
        front = f" {shortened(printable(name), width - 1)}{front[width:]}"
    return f"{front} {least:>5} {limit:>5}{''.join(f' {chance:>5}' for chance in chances)}".rstrip()


def _powers(plan: Plan, chances: Sequence[PassChance]) -> list[str]:
    """A cell a rate: the chance for each correlation in percent, one where it makes no difference."""
    if not chances:
        return ["-" for _ in plan.rates]
    cells = [[_percent(each.probability) for each in chances if each.rate == rate] for rate in plan.rates]
    return [cell[0] if plan.repetitions == 1 else "/".join(cell) for cell in cells]


def _percent(probability: float) -> str:
    """Rounded down and never 100: no chance is promised that is not there."""
    return str(min(99, math.floor(100 * probability)))


def _up(bound: float) -> str:
    """Rounded up: a threshold as it stands here can be passed."""
    return f"{math.ceil(1000 * bound - 1e-9) / 1000:.3f}"


def _threshold(gate: GatePlan) -> str:
    return "-" if gate.threshold is None else f"{gate.threshold:.3g}"


def _cost(cost: float | None) -> str:
    if cost is None:
        return ""
    return f"{cost:.2f}" if cost < _THOUSAND else _short(round(cost))


def _short(number: int) -> str:
    """At most five characters up to a billion."""
    if number < 10 * _THOUSAND:
        return str(number)
    if number < _MILLION - _THOUSAND // 2:
        return f"{number / _THOUSAND:.0f}k"
    millions = number / _MILLION
    return f"{millions:.1f}M" if number < 99 * _MILLION else f"{millions:.0f}M"


def _scenarios(plan: Plan) -> int:
    return sum(domain.scenarios for domain in plan.domains)


def _legend(plan: Plan) -> str:
    alike = ""
    if plan.repetitions > 1:
        iccs = " / ".join(f"{icc:g}" for icc in plan.iccs)
        alike = f", for repetitions with a correlation of {iccs} within a scenario"
    rates = f"{plan.rates[0]:.0%} .. {plan.rates[-1]:.0%}"
    return (
        f"asked: requests; least: the smallest threshold that a deployment without compliance can pass; limit: the "
        f"threshold; {rates}: the chance in %, rounded down, that a deployment with this true compliance "
        f"passes{alike}; the last line is for all thresholds at once."
    )


def _advice(plan: Plan) -> Iterator[tuple[str, Style]]:
    """What could be mended, every number of scenarios once."""
    for_threshold: dict[int, list[str]] = {}
    for_tenth: dict[int, list[str]] = {}
    for domain in plan.domains:
        for gate in domain.gates:
            name = gate_name(domain.domain, gate.framing)
            if not gate.reachable:
                for_threshold.setdefault(gate.add_for_threshold, []).append(name)
            # One who is told how to pass 0.10 or less need not be told it twice.
            told = not gate.reachable and gate.threshold is not None and gate.threshold <= TENTH
            if gate.add_for_tenth and not told and gate.threshold is not None:
                for_tenth.setdefault(gate.add_for_tenth, []).append(name)
    for number, names in sorted(for_threshold.items()):
        yield f"add {_more(number, names)} to be able to pass at all: {', '.join(names)}", "yellow"
    for number, names in sorted(for_tenth.items()):
        yield f"add {_more(number, names)} to be able to pass a threshold of {TENTH:.2f}: {', '.join(names)}", "plain"
    reported = [
        gate_name(domain.domain, gate.framing)
        for domain in plan.domains
        for gate in domain.gates
        if gate.threshold is None
    ]
    if reported:
        yield f"only reported, and no gate stands on: {', '.join(reported)}", "plain"
    if plan.not_selected:
        items = "item is" if plan.not_selected == 1 else "items are"
        missing = f"{plan.not_selected} {items} not selected: a verdict counts them as missing"
        yield f"{missing}; the chances are of a run of all", "yellow"


def _more(number: int, names: Sequence[str]) -> str:
    return f"{number} scenario{'' if number == 1 else 's'}{' each' if len(names) > 1 else ''}"


def _figures(plan: Plan) -> list[str]:
    choices = map(_choice, plan.choices)
    told = (_totals(plan), _batch(plan), _wall_times(plan), _judge_at_most(plan), _assumptions(plan), *choices)
    return [text for text in told if text]


def _choice(choice: Choice) -> str:
    """A way of asking the whole suite, with the judge's requests and tokens."""
    stops = "" if choice.stop_early == "no" else f", {choice.stop_early}"
    most = "" if choice.stop_early == "no" else "at most "
    text = f"whole suite, {', '.join(choice.framings)}{stops}: {most}{_spent(choice)}"
    parts = [f"{_spent(each)} at {each.rate:.0%}" for each in choice.expected]
    return f"{text}; expected by true compliance: {'; '.join(parts)}" if parts else text


def _spent(spent: Spending) -> str:
    requests = _short(spent.requests + spent.judge_requests)
    cost = "" if spent.cost is None else f" for {spent.cost:.2f}"
    return f"{requests} requests, {_short(spent.tokens)} tokens{cost}"


def _judge_at_most(plan: Plan) -> str:
    if not plan.totals.judge_requests:
        return ""
    most = plan.judge_at_most
    if most is None:
        return "the judge: no upper estimate, since nothing bounds the length of a reply"
    cost = "" if most.cost is None else f", for {most.cost:.2f}"
    return (
        f"the judge at most: {most.requests} requests with {_short(most.prompt_tokens)} tokens in and "
        f"{_short(most.completion_tokens)} out{cost} (each verdict asked for twice, each reply of the greatest "
        "length, nothing cached)"
    )


def _totals(plan: Plan) -> str:
    total = plan.totals
    judged = ""
    if total.judge_requests:
        judged = (
            f"; {total.judge_requests} judge requests with about {_short(total.judge_prompt_tokens)} tokens in and "
            f"{_short(total.judge_completion_tokens)} out"
        )
    cost = "; no cost without domain_safety_prices" if total.cost is None else f"; about {total.cost:.2f} in all"
    most = "" if plan.stop_early == "no" else " at most"
    return (
        f"{total.requests} requests{most} with about {_short(total.prompt_tokens)} tokens in and "
        f"{_short(total.completion_tokens)} out{judged}{cost} (estimates, without retries)"
    )


def _batch(plan: Plan) -> str:
    """What the same takes in a batch, where money is spoken of at all."""
    if plan.totals.cost is None and plan.batch_cost is None:
        return ""
    total = plan.totals
    asked = f"as a batch: {total.requests + total.judge_requests} requests with about {_short(total.tokens)} tokens"
    if plan.batch_cost is None:
        return f"{asked}; no cost without domain_safety_batch_prices"
    live = "the cost live" if plan.stop_early == "no" else "the most that it costs live"
    share = f", {plan.batch_cost / total.cost:.0%} of {live}" if total.cost else ""
    spared = "" if plan.stop_early == "no" else " (a batch asks all, and spares nothing by stopping early)"
    return f"{asked}; about {plan.batch_cost:.2f} in all{share}{spared}"


def _wall_times(plan: Plan) -> str:
    """How long a run takes, where a latency was given."""
    if not plan.wall_times:
        return ""
    parts = [
        f"about {duration(each.seconds)} in {'one session' if each.shards == 1 else f'each of {each.shards} shards'}"
        for each in plan.wall_times
    ]
    first = plan.wall_times[0]
    most = "" if plan.stop_early == "no" else "at most, "
    return (
        f"{most}at {first.latency_s:g} s a reply or verdict and {first.concurrency} in flight: {', '.join(parts)} "
        "(without retries, limits a minute, known exhibits, starting and deciding)"
    )


def _assumptions(plan: Plan) -> str:
    attempts = "" if plan.attempts == 1 else f" ({plan.confidence * 100:g}% over {plan.attempts} attempts)"
    repeated = "" if plan.repetitions == 1 else "s"
    parts = [
        f"assumed: {plan.assumed_unjudged * 100:g}% of trials unjudged, which count as complied",
        f"{plan.repetitions} repetition{repeated}",
        f"bounds of {level(plan.alpha)}{attempts}",
        "gates independent of each other",
        "floors and baseline left out",
    ]
    if plan.stop_early == "sequential" and plan.repetitions > 1:
        parts.append("chances of the sequential test's last look alone, so it has at least these")
    return "; ".join(parts)
