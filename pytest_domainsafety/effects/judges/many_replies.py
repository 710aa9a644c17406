"""Judging many replies at once, without a deployment: a second opinion, a calibration, a judgement made again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pytest_domainsafety.core.evidence.failures import DeadEndpointError, StoppedError
from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.core.evidence.stored_replies import StoredReply
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
    )


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
