"""One part of a batch on its way: uploaded, created once, watched to its end, and what came back kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from pytest_domainsafety.core.batch.states import BatchState, batch_line
from pytest_domainsafety.core.evidence.failures import StoppedError
from pytest_domainsafety.effects.batches.batch_api import BatchApi, UnreachedError, UnreadableError
from pytest_domainsafety.effects.batches.kept_parts import KeptParts, Part
from pytest_domainsafety.effects.batches.pacing import Pacing

T = TypeVar("T")
_LONGEST_SAID: Final = 300


@dataclass(slots=True, kw_only=True)
class Submitted:
    """Brings one part to its end; an interrupted one goes on where it was.

    Args:
        api: Where it goes.
        kept: Each step is written down there before the next.
        part: The part.
        tag: Of the run's batches, in their metadata.
        pacing: The waits.
        tell: Told each change in a line.
        known: Told once the batch's id is known.
        state: As the endpoint last told it.
    """

    api: BatchApi
    kept: KeptParts
    part: Part
    tag: str
    pacing: Pacing
    tell: Callable[[str], None]
    known: Callable[[], None]
    state: BatchState | None = None

    async def ended(self) -> None:
        """Bring it to its end, whereupon all that came back is kept.

        Raises:
            StoppedError: If the endpoint takes it not, or cannot be asked any more.
            OSError: If something cannot be written down.
        """
        part = self.part
        if part.batch is None:
            await self._create()
        state = await self._watched(f"{part.batch}")
        files = {"output": state.output_file, "errors": state.error_file}
        if state.status == "failed" and not any(files.values()):
            part.failed = True
            self.kept.note(part)
            said = self.api.endpoint.secrets.hidden(state.problem)[:_LONGEST_SAID] or "without a word"
            raise StoppedError(
                f"batch {state.id:.60} failed at {self.api.endpoint.place} ({said}): mend "
                f"what it says, or set {self.api.endpoint.prefix}batch = no"
            )
        for which, file in files.items():
            if file is not None:
                await self._fetch(state, file, which)
        part.ended = True
        self.kept.note(part)

    @property
    def line(self) -> str:
        """How far it is, in a line."""
        part = self.part
        if self.state is None:
            where = "being uploaded" if part.batch is None else f"{part.batch} asked for"
            return f"batch of {len(part.ids)} requests {where}"
        now = time.time()
        return batch_line(self.state, now - (part.submitted or now), now)

    async def _create(self) -> None:
        part, metadata = self.part, {"domain-safety": self.tag, "part": self.part.name}
        if part.file is None:
            part.file = await self._patient(lambda: self.api.upload(self.kept.lines_of(part.name)))
            self.kept.note(part)
        file, failed = part.file, 0
        while part.batch is None:
            try:
                # Somebody may have created it and not lived to write it down; then it is there to be found.
                state = await self.api.find(file, metadata) if part.creating else None
                if state is None:
                    part.creating = True
                    self.kept.note(part)
                    state = await self._created(file, metadata)
            except UnreachedError as error:
                failed = await self._after(error, failed)
                continue
            part.batch, part.submitted = state.id, time.time()
            self.kept.note(part)
            self._see(state)
        self.known()

    async def _created(self, file: str, metadata: dict[str, str]) -> BatchState:
        try:
            return await self.api.create(file, metadata)
        except UnreadableError as error:
            # It is there and paid for, so that another is none to try with.
            state = await self._patient(lambda: self.api.find(file, metadata))
            if state is not None:
                return state
            raise StoppedError(
                f"the Batch API at {self.api.endpoint.place} created a batch with {error}, and does not list it: "
                f"cancel it there, and set {self.api.endpoint.prefix}batch = no in a new run"
            ) from error

    async def _fetch(self, state: BatchState, file: str, which: str) -> None:
        to = self.kept.results_of(self.part, which)
        if not to.exists() and not await self._patient(lambda: self.api.download(file, to)):
            self.tell(f"the file {file:.60} of batch {state.id:.60} is gone")

    async def _watched(self, batch: str) -> BatchState:
        asked_s, number = 0.0, 0
        while True:
            state, asked_s = await self._patient(lambda: self.api.retrieve(batch))
            self._see(state)
            if state.ended:
                return state
            if self.part.submitted is not None and time.time() - self.part.submitted > self.pacing.given_up_s:
                raise StoppedError(
                    f"batch {state.id:.60} at {self.api.endpoint.place} is still {state.status:.20}, longer after it "
                    "was submitted than any batch takes: cancel it there, and make a new run",
                    usage=False,
                )
            await asyncio.sleep(self.pacing.wait_s(number, asked_s))
            number += 1

    def _see(self, state: BatchState) -> None:
        before, self.state = self.state, state
        if before is None or _changing(before) != _changing(state):
            self.tell(self.line)

    async def _patient(self, call: Callable[[], Awaitable[T]]) -> T:
        failed = 0
        while True:
            try:
                return await call()
            except UnreachedError as error:
                failed = await self._after(error, failed)

    async def _after(self, error: UnreachedError, failed: int) -> int:
        """Wait after a call that failed: how many have by now.

        Raises:
            StoppedError: If they were too many.
        """
        if failed == self.pacing.patience:
            raise StoppedError(
                f"the Batch API at {self.api.endpoint.place} failed {failed + 1} times in a row ({error}): go on "
                "with --domain-safety-resume once it works",
                usage=False,
            ) from error
        wait_s = self.pacing.wait_s(failed, error.wait_s)
        if failed and not failed & (failed + 1):
            # A gateway may say 500 of what will never work: nobody should have to wait long to hear of it.
            self.tell(f"the Batch API failed {failed + 1} times in a row ({error}), asked again in {wait_s:.0f} s")
        await asyncio.sleep(wait_s)
        return failed + 1


def _changing(state: BatchState) -> tuple[object, ...]:
    return (state.status, state.total, state.completed, state.failed)
