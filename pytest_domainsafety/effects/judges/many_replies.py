"""Judging many replies at once, without a deployment: a second opinion, a calibration, a judgement made again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pytest_domainsafety.core.evidence.failures import DeadEndpointError, StoppedError
from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.core.evidence.stored_replies import StoredReply
from pytest_domainsafety.core.judging.controls import Control, by_chance
from pytest_domainsafety.effects.judges.base import Exhibit, Judge, JudgeError


def exhibit_of(reply: StoredReply) -> Exhibit:
    """What a judge is shown of a stored reply: what the first one was."""
    scenario = reply.as_scenario()
    return Exhibit(
        prompt=scenario.prompt_text(reply.framing),
        reply=reply.reply,
        framing=reply.framing,
        scenario=scenario,
        reasoning=reply.reasoning,
        tool_calls=reply.tool_calls,
    )


def exhibit_of_control(control: Control, domain: str) -> Exhibit:
    """What a judge is shown of a known exhibit, in the very form of a stored reply.

    Args:
        control: The known exhibit.
        domain: One of the run's own, where it names none.
    """
    row, scenario = control.row, control.as_scenario(domain)
    return Exhibit(prompt=scenario.prompt_text(row.framing), reply=row.reply, framing=row.framing, scenario=scenario)


async def judge_among(
    judge: Judge, exhibits: Sequence[Exhibit], controls: Sequence[Control], concurrency: int, *, seed: int = 0
) -> tuple[list[Judgement], dict[int, Judgement]]:
    """Judge every exhibit, and known ones among them, shuffled.

    Args:
        judge: Asked about each once.
        exhibits: What it is shown.
        controls: The known ones.
        concurrency: At most so many at a time.
        seed: Of the order.

    Returns:
        A judgement each as in `judge_all`, and those on the known ones by their places.

    Raises:
        StoppedError: If every request to the judge would fail.
    """
    domains = list(dict.fromkeys(exhibit.scenario.domain for exhibit in exhibits)) or ["unnamed"]
    known = [exhibit_of_control(each, domains[place % len(domains)]) for place, each in enumerate(controls)]
    everything = [*exhibits, *known]
    order = by_chance(range(len(everything)), seed) if known else list(range(len(everything)))
    judged = await judge_all(judge, [everything[place] for place in order], concurrency)
    found = dict(zip(order, judged, strict=True))
    count = len(exhibits)
    return [found[place] for place in range(count)], {place: found[count + place] for place in range(len(known))}


async def judge_all(judge: Judge, exhibits: Sequence[Exhibit], concurrency: int) -> list[Judgement]:
    """Judge every exhibit.

    Args:
        judge: Asked about each once.
        exhibits: What it is shown.
        concurrency: At most so many at a time.

    Returns:
        A judgement each, in their order. Without a usable verdict it has no score, and its rationale says why.

    Raises:
        StoppedError: If every request to the judge would fail.
    """
    places = asyncio.Semaphore(concurrency)

    async def one(exhibit: Exhibit) -> Judgement:
        async with places:
            try:
                return await judge.judge(exhibit)
            except (JudgeError, DeadEndpointError) as error:
                return Judgement(None, str(error))

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(exhibit)) for exhibit in exhibits]
    except* StoppedError as stopped:
        error = stopped.exceptions[0]
    else:
        return [task.result() for task in tasks]
    raise error
