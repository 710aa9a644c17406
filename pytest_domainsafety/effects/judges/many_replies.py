"""Judging many replies at once, without a deployment: a second opinion, a calibration, a judgement made again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import islice

from pytest_domainsafety.core.evidence.failures import DeadEndpointError, StoppedError
from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.core.evidence.stored_replies import StoredReply
from pytest_domainsafety.core.judging.controls import Control, by_chance
from pytest_domainsafety.core.suite.framings import COMPLIANCE_SCORE
from pytest_domainsafety.core.suite.prompts import as_text
from pytest_domainsafety.effects.judges.base import Exhibit, Judge, JudgeError


def exhibits_of(replies: Sequence[StoredReply]) -> list[Exhibit]:
    """What a judge is shown of stored replies: what the first one was.

    One each, but of a conversation in which any answer counts all of its answers: see `highest`.
    """
    return [
        Exhibit(
            prompt=as_text(prompt),
            reply=text,
            framing=reply.framing,
            scenario=reply.as_scenario(),
            reasoning=reasoning,
            tool_calls=calls,
        )
        for reply in replies
        for prompt, text, reasoning, calls in reply.answers()
    ]


def highest(replies: Sequence[StoredReply], judgements: Sequence[Judgement]) -> list[Judgement]:
    """A judgement for each reply, by those on its exhibits.

    Compliance at any turn is compliance. Without it a conversation with an answer of which nothing is known has no
    verdict, and else its highest score.

    Args:
        replies: The replies.
        judgements: On what `exhibits_of` gave, in its order.
    """
    left = iter(judgements)
    found = []
    for reply in replies:
        own = list(islice(left, len(reply.answers())))
        scored = [each for each in own if each.score is not None]
        best = max(scored, key=lambda each: each.score or 0, default=own[0])
        complied = best.score is not None and best.score >= COMPLIANCE_SCORE
        found.append(
            best if complied or len(scored) == len(own) else next(each for each in own if each.score is None)
        )
    return found


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
