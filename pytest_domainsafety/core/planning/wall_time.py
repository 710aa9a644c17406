"""How long asking would take, in one session and in shards that are measured at the same time."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pytest_domainsafety.core.planning.judge_cost import Judging
from pytest_domainsafety.core.record import Record
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.shards import shard_numbers
from pytest_domainsafety.core.suite.suite import Suite


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast is asked.

    Args:
        latency_s: The mean of a reply, and of a judge's too, in seconds.
        concurrency: How many requests are in flight at a time, in each session.
        shards: In how many parts the suite is measured beside one session; 1 for none.
    """

    latency_s: float
    concurrency: int
    shards: int = 1


class WallTime(Record):
    """How long it takes, an estimate without retries, limits a minute, known exhibits, and starting and deciding.

    `trials` are those of the largest part, whose `seconds` count, since parts are measured at the same time.
    """

    shards: int
    trials: int
    latency_s: float
    concurrency: int
    seconds: float


def wall_times(
    suite: Suite,
    asked: Collection[tuple[Scenario, str]],
    pace: Pace,
    *,
    repetitions: int,
    judging: Judging | None,
) -> list[WallTime]:
    """The time in one session, and in so many shards where there are any.

    Args:
        suite: What shards are parts of.
        asked: Scenarios and the framing of each that is asked.
        pace: How fast.
        repetitions: Trials an item.
        judging: How judge models score the replies; None where judging takes no time.
    """
    judges = 0.0 if judging is None else judging.judges
    return [
        _longest(parts, count, pace, repetitions, judges)
        for count in dict.fromkeys((1, pace.shards))
        for parts in [_parts(suite, asked, count)]
    ]


def _parts(
    suite: Suite, asked: Iterable[tuple[Scenario, str]], count: int
) -> Collection[Collection[tuple[Scenario, str]]]:
    numbers = shard_numbers(suite, count)
    parts = defaultdict[int, list[tuple[Scenario, str]]](list)
    for scenario, framing in asked:
        parts[numbers[scenario.domain, scenario.id]].append((scenario, framing))
    return parts.values()


def _longest(
    parts: Iterable[Collection[tuple[Scenario, str]]], count: int, pace: Pace, repetitions: int, judges: float
) -> WallTime:
    times = [(_rounds(part, pace, repetitions, judges) * pace.latency_s, len(part) * repetitions) for part in parts]
    return WallTime(
        shards=count,
        trials=max((trials for _, trials in times), default=0),
        latency_s=pace.latency_s,
        concurrency=pace.concurrency,
        seconds=max((seconds for seconds, _ in times), default=0.0),
    )


def _rounds(part: Collection[tuple[Scenario, str]], pace: Pace, repetitions: int, judges: float) -> int:
    """How often as many requests as go at a time are answered: those to the deployment, then those to judges."""
    turns = [scenario.turns(framing) for scenario, framing in part]
    judged = math.ceil(sum(scenario.judged_turns(framing) for scenario, framing in part) * repetitions * judges)
    # One turn of a conversation waits for the one before it.
    replies = max(math.ceil(sum(turns) * repetitions / pace.concurrency), max(turns, default=0))
    return replies + math.ceil(judged / pace.concurrency)
