"""Which trial is next: the selected items in their order, over a sliding window, those that somebody waits for first.

The window bounds how far the engine runs ahead of what was taken, until somebody waits for the end of it all. Where
the run may stop early the order is the test's own, so nothing jumps it and there is no window: who waits, waits. Then
there are lanes, and what stands at the front of one may have to wait for what is in flight.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import replace

from pytest_domainsafety.core.evidence.trials import Trial, missing_trials
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.traffic.progress import Progress
from pytest_domainsafety.core.verdict.early_stop import EarlyStop
from pytest_domainsafety.effects.engine.items import Item, Load


class Schedule:
    """Hands out trials to workers, and takes what came of them; `items` alone is used outside the engine's loop too.

    Args:
        load: How much at a time.
    """

    def __init__(self, load: Load) -> None:
        self.items: dict[ItemKey, Item] = {}
        self.progress = Progress()
        self.unmeasured = 0
        self._load = load
        self._lanes: list[deque[Item]] = []
        self._flying = Counter[str]()
        self._wanted: deque[Item] = deque()
        self._idle: deque[asyncio.Future[None]] = deque()
        self._ahead = 0
        self._bounded = True
        self._early: EarlyStop | None = None
        self._all_measured = asyncio.Event()

    def plan(self, order: Sequence[ItemKey], early: EarlyStop | None) -> None:
        """Say what there is to measure, and in which order."""
        self._early, self._bounded = early, early is None
        # A file given twice is collected twice, and asked once.
        for lane in [dict.fromkeys(order)] if early is None else early.lanes(order):
            self._lanes.append(deque(map(self._planned, lane)))
        self.unmeasured = len(self.items)
        self.progress.plan(self.items, self._load.repetitions)

    @property
    def flying(self) -> int:
        """Trials that have begun and are not measured."""
        return self._flying.total()

    def want(self, item: Item) -> None:
        """Somebody waits for an item."""
        if self._early is None and item.unbegun and item in self._lanes[0]:
            self._lanes[0].remove(item)
            self._wanted.append(item)
            self._rouse(item.unbegun)

    def make_room(self, trials: int) -> None:
        """So many trials were taken."""
        self._ahead -= trials
        self._rouse(trials)

    async def all_measured(self) -> None:
        """Wait until every item is. Who waits for all of them takes none meanwhile, so that no window would move."""
        self._bounded = False
        self._rouse(self._load.concurrency)
        await self._all_measured.wait()

    async def turn(self) -> tuple[Item, int]:
        """Wait for a trial that may begin: its item and its repetition."""
        while (item := self._next()) is None:
            turn = asyncio.get_running_loop().create_future()
            self._idle.append(turn)
            await turn
        return item, next(item.todo)

    def note(self, item: Item, trial: Trial) -> None:
        """A trial was measured, or will not be."""
        item.trials[trial.repetition] = trial
        self.progress.note(trial)
        self._flying[item.key.domain] -= 1
        if len(item.trials) == self._load.repetitions:
            trials = self._finish(item)
            if self._early is not None:
                if self._early.note(trials):
                    self._drop_settled(self._early)
                # What may begin may have become more.
                self._rouse(self._load.concurrency)

    def _planned(self, key: ItemKey) -> Item:
        item = Item(
            key,
            asyncio.get_running_loop().create_future(),
            iter(range(self._load.repetitions)),
            unbegun=self._load.repetitions,
        )
        self.items[key] = item
        return item

    def _rouse(self, count: int) -> None:
        """Wake as many idle workers as there are trials that may begin: with very many, not all of them each time."""
        while count and self._idle and (self._wanted or any(self._lanes)):
            turn = self._idle.popleft()
            if not turn.done():
                turn.set_result(None)
                count -= 1

    def _next(self) -> Item | None:
        """The item whose next trial to begin, or None while there is none or the window is full."""
        queue = self._wanted or self._open_lane()
        if queue is None:
            return None
        item = queue[0]
        item.unbegun -= 1
        self._ahead += 1
        self._flying[item.key.domain] += 1
        if not item.unbegun:
            queue.popleft()
        return item

    def _open_lane(self) -> deque[Item] | None:
        """A lane whose front may begin, None while there is none or the window is full.

        Of several the one whose domain has least in flight: what is asked beyond a decision is then least, too.
        """
        lanes = [lane for lane in self._lanes if lane]
        if not lanes or (self._bounded and self._ahead >= self._load.window):
            return None
        if self._early is None:
            return lanes[0]
        ready = [lane for lane in lanes if self._early.may_begin(lane[0].key)]
        if not ready and not self._flying.total():
            # There is nothing to wait for.
            ready = lanes
        return min(ready, key=lambda lane: self._flying[lane[0].key.domain], default=None)

    def _finish(self, item: Item) -> list[Trial]:
        trials = [item.trials[number] for number in sorted(item.trials)]
        item.done.set_result(trials)
        self.unmeasured -= 1
        if not self.unmeasured:
            self._all_measured.set()
        return trials

    def _drop_settled(self, early: EarlyStop) -> None:
        """Leave unasked what was not begun of items whose gate has decided; what is in flight is still taken."""
        for lane in self._lanes:
            for item in list(lane):
                if (reason := early.settled(item.key)) is not None:
                    lane.remove(item)
                    self._leave(item, reason)

    def _leave(self, item: Item, reason: str) -> None:
        """Leave an item's trials unasked that have not begun."""
        item.unbegun = 0
        for repetition in item.todo:
            (unasked,) = missing_trials(item.key, 1, reason, Outcome.NOT_ASKED)
            item.trials[repetition] = replace(unasked, repetition=repetition)
            self.progress.note(unasked)
        if len(item.trials) == self._load.repetitions:
            self._finish(item)
