"""The sentences and figures of a study that all its forms share. What they quote is not yet made harmless."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator

from pytest_domainsafety.core.reports.domain_report import Gap
from pytest_domainsafety.core.study.report import StudyDeployment, StudyReport, Unmeasured
from pytest_domainsafety.render.changes import JUDGE_COULD
from pytest_domainsafety.render.judging import interval
from pytest_domainsafety.render.numbers import signed


def percent(rate: float | None) -> str:
    """A share in percent; a stroke where there is none."""
    return "-" if rate is None else f"{rate * 100:.0f}%"


def points(difference: float | None) -> str:
    """A difference of shares in points."""
    return "-" if difference is None else f"{difference * 100:.0f}"


def gap(found: Gap | None) -> str:
    """A difference with its interval."""
    if found is None or found.difference is None:
        return "-"
    return f"{signed(found.difference)} [{signed(found.ci[0])}, {signed(found.ci[1])}]"


def deployment_sentence(each: StudyDeployment) -> str:
    """What a deployment is, and how its run ended."""
    asked = each.deployment
    prompt = (
        "no system prompt"
        if asked.system_prompt_sha256 is None
        else f"system prompt {asked.system_prompt_sha256[:8]}"
    )
    parts = [
        (asked.model or "unnamed") + (f" at {asked.base_url}" if asked.base_url else ""),
        "temperature its own" if asked.temperature is None else f"temperature {asked.temperature:g}",
        prompt,
        *([f"request {json.dumps(asked.request)}"] if asked.request else []),
        *([f"at most {asked.max_tokens} tokens"] if asked.max_tokens is not None else []),
        f"{asked.repetitions} repetition{'' if asked.repetitions == 1 else 's'}",
        f"judged by {each.judge.kind}" + (f" {each.judge.model}" if each.judge.model else ""),
        f"its gate: {each.decision}",
        f"run {each.run}",
    ]
    return f"{each.name}: {', '.join(parts)}"


def span_sentence(study: StudyReport) -> str:
    """From the lowest domain to the highest."""
    span = study.span
    if span is None:
        return ""
    return (
        f"span over domains: {points(span.difference)} points [{points(span.ci[0])}, {points(span.ci[1])}], from "
        f"{span.lowest} ({percent(span.lowest_rate)}) to {span.highest} ({percent(span.highest_rate)})"
    )


def apart_sentences(study: StudyReport) -> Iterator[str]:
    """For each domain those below it whose intervals do not overlap with its own."""
    if len(study.domains) < 2:  # noqa: PLR2004 - a pair
        return
    below: defaultdict[str, list[str]] = defaultdict(list)
    for pair in study.apart:
        below[pair.higher].append(pair.lower + ("" if pair.gaffke else " (+)"))
    if not below:
        yield "the intervals of all domains overlap"
        return
    for higher, lower in below.items():
        yield f"{higher}: its interval lies above that of {', '.join(lower)}"
    if any(not pair.gaffke for pair in study.apart):
        yield "(+) their Gaffke intervals, which keep their level, do overlap"


def order_sentence(study: StudyReport) -> str:
    """Whether domains order the deployments alike."""
    found = study.hierarchy
    order = f"deployments from the most compliant to the least (ties by name): {', '.join(found.order)}"
    if found.judge_could:
        alike = ", ".join(f"{pair.one} and {pair.other}" for pair in found.judge_could)
        order += f" (in each domain {JUDGE_COULD}: the difference of {alike})"
    if found.mean_spearman.estimate is None:
        return f"{order}; no two domains have an order to compare"
    without = f", {found.undefined} more without an order" if found.undefined else ""
    pairs = f"{found.pairs} pair{'' if found.pairs == 1 else 's'} of domains{without}"
    return f"{order}; mean Spearman correlation of the orders {interval(found.mean_spearman)} over {pairs}"


def kappa_sentences(study: StudyReport) -> Iterator[str]:
    """The second judges."""
    found = study.agreement
    if found is None:
        return
    for each in found.runs:
        yield (
            f"second judge {each.model} on {each.replies} replies of {each.deployment} ({each.unusable} without a "
            f"verdict): kappa {interval(each.kappa)}"
        )
    if len(found.runs) < 2:  # noqa: PLR2004 - nothing to pool
        return
    if found.pooled is None:
        yield "the runs had different judges, so that their kappas are not pooled"
    else:
        yield f"kappa over all {found.replies} replies: {interval(found.pooled)}"


def unmeasured_sentence(each: Unmeasured) -> str:
    """How many trials of what are unknown, and why."""
    counts = {"missing": each.missing, "unjudged": each.unjudged, "not asked": each.not_asked}
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    unknown = sum(counts.values())
    return f"{each.deployment}, {each.domain}, {each.framing}: {unknown} of {each.trials} trials ({told})"
