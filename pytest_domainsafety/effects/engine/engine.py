"""The engine: keeps up to N requests in flight beside pytest, over a sliding window of the selected items.

It runs in one thread with an event loop of its own. Each of N workers takes a trial from ask to judgement, so that
target and judge requests are pipelined and never more than N are in flight; `Schedule` says which trial is next.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.failures import StoppedError
from pytest_domainsafety.core.evidence.trials import Trial, missing_trials
from pytest_domainsafety.core.outcome import MEASURED
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.traffic.progress import Progress
from pytest_domainsafety.core.verdict.early_stop import EarlyStop
from pytest_domainsafety.effects.endpoints.first_contact import FirstContact
from pytest_domainsafety.effects.engine.items import Item, Load
from pytest_domainsafety.effects.engine.known_exhibits import KnownExhibits
from pytest_domainsafety.effects.engine.loop import Loop
from pytest_domainsafety.effects.engine.measure import Measurer
from pytest_domainsafety.effects.engine.schedule import Schedule
from pytest_domainsafety.effects.engine.waiting import wait
from pytest_domainsafety.effects.loading.callables import describe
from pytest_domainsafety.effects.traffic.shared_traffic import nobody_at

_PROBE_STEPS: Final = 8
_PROBE_STEP_S: Final = 0.01
"""The first request goes alone for so many steps: a rejected parameter or a wrong key then costs one request, not N.
Steps and not one wait, because time in which the loop itself is busy is none in which a reply could be read."""

_AGAIN_S: Final = 1.0
_JOIN_S: Final = 5.0

NOT_ASKED_ANY_MORE: Final = "not asked: the run had stopped"


class Engine:
    """Measures items in the background.

    Args:
        build: Makes the measurer, in the engine's own loop, while pytest still collects. It imports nothing: what the
            main thread is importing meanwhile would be seen half made.
        load: How much at a time.
        afterwards: More to do in the engine's loop once every item is measured, before the end.
    """

    def __init__(
        self,
        build: Callable[[], Awaitable[Measurer]],
        load: Load,
        afterwards: Callable[[Measurer], Coroutine[Any, Any, None]] | None = None,
    ) -> None:
        self.stopped: StoppedError | None = None
        self.usage_error = False
        self._build = build
        self._load = load
        self._afterwards = afterwards
        self._schedule = Schedule(load)
        self._unnoted = 0
        self._end: asyncio.Task[None] | None = None
        self._measurer: Measurer | None = None
        self._measured_any = False
        self._suite = Suite()
        self._known = KnownExhibits()
        self._known_judged: set[asyncio.Task[None]] = set()
        self._ready = asyncio.Event()
        self._built: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._contact = FirstContact()
        self._thread = threading.Thread(target=self._run, name="domain-safety-engine", daemon=True)

    @property
    def progress(self) -> Progress:
        """How far the run has come."""
        return self._schedule.progress

    def flying(self) -> int:
        """Trials and known exhibits on their way, in the engine's loop; one more while others may still begin."""
        return self._schedule.flying + len(self._known_judged) + (not self._open.is_set())

    def prepare(self) -> asyncio.AbstractEventLoop:
        """Begin the thread.

        Returns:
            At once, the engine's event loop, for what must run beside it.
        """
        self._loop = Loop()
        self._thread.start()
        return self._loop

    def build(self) -> None:
        """Begin to build what asking needs, once its libraries are imported; in vain if the thread has ended."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._ready.set)

    def start(
        self,
        suite: Suite,
        order: Sequence[ItemKey],
        early: EarlyStop | None = None,
        known: KnownExhibits | None = None,
    ) -> None:
        """Say what will be taken. The first request is sent when the first item is.

        Args:
            suite: Holds the scenarios of all keys.
            order: The selected items, in the order in which they will probably be taken.
            early: Tells what need not be asked any more, where the run may stop early.
            known: Exhibits of known worth to be judged among the others.

        Raises:
            ConfigurationError: If deployment or judge cannot be built as configured.
        """
        self.build()
        wait(self._built)
        self._known = known or self._known
        wait(asyncio.run_coroutine_threadsafe(self._plan(suite, order, early), self._loop))

    def take(self, key: ItemKey) -> list[Trial]:
        """Wait for an item's trials. Each item is taken once, and after the end there is none to take."""
        item, alive = self._schedule.items.get(key), self._thread.is_alive()
        if item is not None and item.done.done():
            # Without a word to the other thread, most of the time: with very many items that is what takes long.
            del self._schedule.items[key]
            self._unnoted += len(trials := item.done.result())
            if alive and self._unnoted >= self._load.window // 2:
                self._note_taken()
            return trials
        if not alive:
            return missing_trials(key, self._load.repetitions, NOT_ASKED_ANY_MORE)
        self._note_taken()
        return wait(asyncio.run_coroutine_threadsafe(self.taken(key), self._loop))

    def _note_taken(self) -> None:
        if self._unnoted:
            self._loop.call_soon_threadsafe(self._schedule.make_room, self._unnoted)
            self._unnoted = 0

    async def taken(self, key: ItemKey) -> list[Trial]:
        """The same within the engine's loop."""
        self._started.set()
        item = self._schedule.items.pop(key, None)
        if item is None:
            return missing_trials(key, self._load.repetitions, "not among the selected items, or taken twice")
        self._schedule.want(item)
        trials = await item.done
        self._schedule.make_room(len(trials))
        return trials

    def end(self) -> None:
        """Wait until every item is measured, taken or not, and what comes after is done: then nothing is asked."""
        if self._thread.is_alive():
            wait(asyncio.run_coroutine_threadsafe(self.ended(), self._loop))

    async def ended(self) -> None:
        """The same within the engine's loop."""
        if self._end is None:
            self._end = asyncio.create_task(self._measure_all())
        await asyncio.shield(self._end)

    async def _measure_all(self) -> None:
        if self._schedule.unmeasured:
            self._started.set()
            await self._schedule.all_measured()
        if self._known_judged:
            await asyncio.wait(self._known_judged)
        if self._measurer is not None and self.progress.done:
            await self._judge_rest(self._measurer)
        if self._afterwards is not None and self._measurer is not None:
            await self._afterwards(self._measurer)

    def stop(self) -> None:
        """Cancel what is in flight, close connections and end the thread. May be called twice."""
        if not self._thread.is_alive():
            return
        # The loop may end between the question and the call.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._cancel)
        self._thread.join(_JOIN_S)

    def untaken(self) -> list[list[Trial]]:
        """After the end the trials of the items that were measured and that nobody took."""
        items = self._schedule.items.values()
        return [item.done.result() for item in items if item.done.done() and not item.done.cancelled()]

    def _cancel(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()

    def _run(self) -> None:
        with (
            contextlib.suppress(asyncio.CancelledError),
            asyncio.Runner(loop_factory=lambda: self._loop) as runner,
        ):
            runner.run(self._main())

    async def _main(self) -> None:
        self._open = asyncio.Event()
        self._started = asyncio.Event()
        try:
            await self._ready.wait()
            measurer = self._measurer = await self._build()
        except Exception as error:  # noqa: BLE001 - raised where the run is started
            self._built.set_exception(error)
            return
        except asyncio.CancelledError:
            self._built.set_exception(ConfigurationError("interrupted before the first request"))
            raise
        self._built.set_result(None)
        try:
            await self._started.wait()
            if not self._load.judged_together:
                await self._open_judge(measurer)
            async with asyncio.TaskGroup() as group:
                if self._load.together:
                    self._open.set()
                group.create_task(self._open_after_probe())
                if self._load.judged_together:
                    self._judge_known_together(measurer, group)
                for number in range(min(self._load.concurrency, max(1, self.progress.planned))):
                    group.create_task(self._worker(measurer, number))
        finally:
            # Connections are closed even while everything is being cancelled.
            with contextlib.suppress(Exception):
                await measurer.close()

    async def _open_judge(self, measurer: Measurer) -> None:
        """Show the judge the plain pair, before the deployment is asked anything."""
        try:
            await self._known.open(measurer.judge)
        except StoppedError as stop:
            self._stop_asking(stop)
        except (Exception, asyncio.CancelledError) as bug:  # a judge of which nothing is known judges nothing
            if _is_end(bug):
                raise
            self._stop_asking(StoppedError(f"internal error of the judge: {describe(bug, measurer.hidden)}"))

    async def _judge_known(self, measurer: Measurer, places: Iterable[int]) -> None:
        for place in places:
            if self.stopped is not None:
                return
            try:
                await self._known.judge(measurer.judge, place)
            except StoppedError as stop:
                self._stop_asking(stop)
            except (Exception, asyncio.CancelledError) as bug:  # then it is not judged
                if _is_end(bug):
                    raise

    def _judge_known_together(self, measurer: Measurer, group: asyncio.TaskGroup) -> None:
        """Have all of them judged at a time, among the first replies."""
        for place in self._known.rest():
            task = group.create_task(self._judge_known(measurer, [place]))
            self._known_judged.add(task)
            task.add_done_callback(self._known_judged.discard)

    async def _judge_rest(self, measurer: Measurer) -> None:
        """Judge what of them is left, once nothing else is."""
        rest = self._known.rest()

        async def one() -> None:
            await self._judge_known(measurer, rest)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._load.concurrency, len(self._known.controls))):
                group.create_task(one())

    async def _plan(self, suite: Suite, order: Sequence[ItemKey], early: EarlyStop | None) -> None:
        self._suite = suite
        self._schedule.plan(order, early)
        self._known.plan(suite.domains, self.progress.planned)

    async def _worker(self, measurer: Measurer, number: int) -> None:
        if number:
            await self._open.wait()
        while True:
            item, repetition = await self._schedule.turn()
            await self._judge_known(measurer, self._known.beside_next())
            await self._measure(measurer, item, repetition)
            self._open.set()

    async def _measure(self, measurer: Measurer, item: Item, repetition: int) -> None:
        trial = await self._trial(measurer, item.key, repetition)
        self._measured_any = self._measured_any or trial.outcome in MEASURED
        self._schedule.note(item, trial)

    async def _trial(self, measurer: Measurer, key: ItemKey, repetition: int) -> Trial:
        error = NOT_ASKED_ANY_MORE
        if self.stopped is None:
            try:
                scenario = self._suite.scenarios[key.domain, key.scenario]
                failed = partial(self._contact.fail, (key, repetition))
                self._contact.begin((key, repetition))
                trial = await measurer.measure(scenario, key.framing, repetition, failed)
            except StoppedError as stop:
                self._stop_asking(stop)
                if stop.trial is not None:
                    return stop.trial
            except (Exception, asyncio.CancelledError) as bug:  # whatever went wrong, this trial has no measurement
                if _is_end(bug):
                    raise
                error = f"internal error: {describe(bug, measurer.hidden)}"
            else:
                if self._contact.end((key, repetition), answered=trial.latency_s is not None):
                    self._stop_asking(StoppedError(nobody_at(measurer.place)))
                return trial
        return replace(missing_trials(key, 1, error)[0], repetition=repetition)

    async def _open_after_probe(self) -> None:
        for _ in range(_PROBE_STEPS):
            await asyncio.sleep(_PROBE_STEP_S)
        while self._load.judged_together and self._contact.unreachable:  # noqa: ASYNC110 - it tells nobody
            # What waits for its judge until all do must not wait for those that could never begin.
            await asyncio.sleep(_AGAIN_S)
        if not self._contact.unreachable:
            self._open.set()

    def _stop_asking(self, error: StoppedError) -> None:
        if self.stopped is None:
            self.stopped = error
            for task in self._known_judged - {asyncio.current_task()}:
                task.cancel()
            self.usage_error = error.usage and not self._measured_any


def _is_end(bug: BaseException) -> bool:
    """Whether it is the engine that stops, and not somebody's code that was cancelled."""
    task = asyncio.current_task()
    return isinstance(bug, asyncio.CancelledError) and task is not None and task.cancelling() > 0
