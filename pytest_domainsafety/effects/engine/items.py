"""What the engine works off: items with their trials, and how many at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.suite.item_key import ItemKey


@dataclass(slots=True, eq=False)
class Item:
    """An item's trials on their way."""

    key: ItemKey
    done: asyncio.Future[list[Trial]]
    todo: Iterator[int]
    trials: dict[int, Trial] = field(default_factory=dict)
    unbegun: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much the engine asks at a time.

    Args:
        concurrency: Requests in flight.
        window: Trials begun but not yet taken.
        repetitions: Trials an item.
        together: Whether the deployment answers when all is asked, so that there is no first request to go alone.
        judged_together: Whether the judge does so, so that it has no opening either.
    """

    concurrency: int
    window: int
    repetitions: int
    together: bool = False
    judged_together: bool = False
