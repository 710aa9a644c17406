"""Sessions that ask through a Batch API, in this process or, to be killed, in one of their own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pytest_domainsafety.core.evidence.failures import FailedAskError, StoppedError
from pytest_domainsafety.core.evidence.replies import Reply
from pytest_domainsafety.core.traffic.breaker import Breaker
from pytest_domainsafety.core.traffic.window import Window
from pytest_domainsafety.effects.batches.batch_answers import BatchAnswers
from pytest_domainsafety.effects.batches.pacing import Pacing
from pytest_domainsafety.effects.batches.rounds import Rounds
from pytest_domainsafety.effects.batches.submitting import Submitting
from pytest_domainsafety.effects.endpoints.answers import ASKED_FOR
from pytest_domainsafety.effects.endpoints.chat import ChatEndpoint
from pytest_domainsafety.effects.endpoints.clients import build_client
from pytest_domainsafety.effects.traffic.pace import Pace
from pytest_domainsafety.effects.traffic.retries import Meter
from pytest_domainsafety.effects.traffic.shared_traffic import Traffic
from pytest_domainsafety.effects.traffic.unhurried import Unhurried

FAST = Pacing(quiet_s=0.01, first_s=0.01, longest_s=0.02, patience=8)


@dataclass(slots=True)
class Session:
    """What came of asking.

    Args:
        replies: By prompt, those that came.
        failed: By prompt, why none came.
        resampled: Prompts whose first failure may hang on what the model said.
        stopped: Why nothing more could be asked.
        told: Lines of progress.
        notes: Of the endpoint.
        left_there: Batches that go on.
        requests: Sent.
    """

    replies: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    resampled: set[str] = field(default_factory=set)
    stopped: StoppedError | None = None
    told: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_there: list[str] = field(default_factory=list)
    requests: int = 0


def ask(url: str, folder: Path, prompts: Sequence[str] = ("a", "b", "c"), **how: object) -> Session:
    """Ask all of them at a time, in one session."""
    return asyncio.run(_ask(url, folder, prompts, how))


async def _ask(url: str, folder: Path, prompts: Sequence[str], how: dict[str, object]) -> Session:
    found = Session()
    key = f"{how.pop('key', 'sk-secret-key')}"
    submitting = Submitting(**{"pacing": FAST, "tell": found.told.append, **how})  # type: ignore[arg-type] # a test's own
    waiting = set(prompts)
    answers = BatchAnswers("deployment", submitting, Rounds(lambda: len(waiting)))
    answers.open(folder, lambda: "tag")
    endpoint = ChatEndpoint(
        role="the deployment",
        prefix="domain_safety_",
        client=build_client(url, key, 5.0),
        place=url,
        key_env="KEY",
        body={"model": "m"},
        answers=answers,
    )
    answers.bind(endpoint)
    traffic = Traffic(place=url, window=Window(1), breaker=Breaker(1.0), pace=Pace(None))
    meter = Meter()
    retrying = Unhurried(max_retries=answers.retries, timeout_s=5.0, meter=meter, traffic=traffic)

    async def one(prompt: str) -> None:
        ASKED_FOR.set(prompt)

        async def attempt() -> Reply:
            return await endpoint.ask([{"role": "user", "content": prompt}])

        def failed(failure: FailedAskError) -> None:
            if failure.resamples:
                found.resampled.add(prompt)

        try:
            reply, _ = await retrying.run(attempt, failed)
            found.replies[prompt] = f"{reply.text}"
        except FailedAskError as error:
            found.failed[prompt] = error.reason
        except StoppedError as stop:
            found.stopped = stop
        finally:
            waiting.discard(prompt)

    await asyncio.gather(*map(one, prompts))
    found.notes, found.left_there, found.requests = endpoint.notes, answers.left_there, meter.requests
    await endpoint.client.close()
    return found


if __name__ == "__main__":
    ask(sys.argv[1], Path(sys.argv[2]))
