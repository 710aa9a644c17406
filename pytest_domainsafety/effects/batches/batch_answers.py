"""Answers through an endpoint's own Batch API: what waits is submitted together, and answered when it is back."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pytest_domainsafety.core.batch.request_lines import body_text, request_id, request_line
from pytest_domainsafety.core.evidence.failures import FailedAskError, StoppedError
from pytest_domainsafety.effects.batches.alone import ask_alone
from pytest_domainsafety.effects.batches.batch_api import BatchApi
from pytest_domainsafety.effects.batches.kept_parts import KeptParts
from pytest_domainsafety.effects.batches.rounds import Rounds
from pytest_domainsafety.effects.batches.stops import again, unasked, unwritten
from pytest_domainsafety.effects.batches.submitted import Submitted
from pytest_domainsafety.effects.batches.submitting import Submitting
from pytest_domainsafety.effects.endpoints.answers import ASKED_FOR, as_response

if TYPE_CHECKING:
    import httpx2

    from pytest_domainsafety.core.batch.results import Result
    from pytest_domainsafety.effects.batches.kept_parts import Part
    from pytest_domainsafety.effects.endpoints.chat import ChatEndpoint

NO_RESULT: Final = "no result in the batch"
TWO_RESULTS: Final = "two results in the batch"

_OK: Final = range(200, 300)
_LOOKS: Final = 32
_LONGEST_NAME: Final = 60


class BatchAnswers:
    """Answers one endpoint's requests; see `Answers`.

    Args:
        name: Whom they are for, such as `deployment`.
        how: How they are submitted.
        rounds: When.
        after: Whose requests are all answered before any of these is submitted.
    """

    def __init__(self, name: str, how: Submitting, rounds: Rounds, after: BatchAnswers | None = None) -> None:
        self._name = name
        self._how = how
        self._rounds = rounds
        self._after = after
        self._endpoint: ChatEndpoint | None = None
        self._kept = KeptParts(Path())
        self._tag = ""
        self._draw: Callable[[], str] = str
        self._begun = False
        self._asked = Counter[str]()
        self._owned: set[str] = set()
        self._queue: dict[str, tuple[str, str]] = {}
        self._futures: dict[str, asyncio.Future[Result | FailedAskError]] = {}
        self._results: dict[str, Result | FailedAskError] = {}
        self._running: dict[asyncio.Task[None], Submitted] = {}
        self._stopped: StoppedError | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._note = ""
        self._places = asyncio.Semaphore(how.concurrency)

    @property
    def retries(self) -> int:
        """How often a request that failed is sent once more: in batches once."""
        return self._how.max_retries if self._how.retry == "live" else min(1, self._how.max_retries)

    @property
    def busy(self) -> bool:
        """Whether anything waits or is on its way."""
        return bool(self._queue or self._running)

    @property
    def lines(self) -> list[str]:
        """How far each batch is that is on its way, a line each."""
        return [f"{self._name}: {each.line}" for each in list(self._running.values())]

    @property
    def left_there(self) -> list[str]:
        """The batches that go on at the endpoint when the run is broken off."""
        return [part.batch for part in self._kept.parts if part.batch and not (part.ended or part.failed)]

    @property
    def place(self) -> str:
        """Where the batches are, for people."""
        return "" if self._endpoint is None else self._endpoint.place

    def bind(self, endpoint: ChatEndpoint) -> None:
        """Say whose Batch API it is; of several with the same address the first."""
        self._endpoint = self._endpoint or endpoint
        # What came back may be read before anything is sent in this session.
        endpoint.secrets.add(f"{endpoint.client.api_key}")
        endpoint.secrets.add_headers((name, f"{value}") for name, value in endpoint.client.default_headers.items())

    def open(self, folder: Path, tag: Callable[[], str]) -> None:
        """Go on with what earlier sessions of the run submitted.

        Args:
            folder: Of the parts.
            tag: Gives that of the run's batches, of at most 31 characters, with the first request.

        Raises:
            OSError: If it cannot be read.
            ValueError: If it is not whole.
        """
        self._kept, self._draw = KeptParts(folder), tag
        self._kept.load()
        for part in self._kept.parts:
            if not part.failed:
                self._owned.update(part.ids)
            if part.ended:
                self._take(part)

    async def answer(self, body: dict[str, Any]) -> httpx2.Response:
        """The answer to a request, hours later perhaps; see `Answers.answer`.

        Raises:
            FailedAskError: If the batch has none.
            StoppedError: If nothing will be answered.
        """
        self._begin()
        asked_for, text = ASKED_FOR.get(), body_text(body)
        custom_id, before = self._id(asked_for, text)
        if before and self._how.retry == "live" and custom_id not in self._owned:
            return await self._alone(body, before)
        found = self._results.pop(custom_id, None)
        if found is None:
            if self._stopped is not None:
                raise again(self._stopped)
            future = self._futures[custom_id] = asyncio.get_running_loop().create_future()
            if custom_id not in self._owned:
                self._queue[custom_id] = (request_line(custom_id, text), f"{body.get('model')}")
                self._owned.add(custom_id)
            self._look_again(0)
            with self._rounds.waiting(asked_for):
                found = await future
        if isinstance(found, FailedAskError) or found.status not in _OK:
            # Once this step is over, what the failure meant for the trial is written down.
            asyncio.get_running_loop().call_soon(self._kept.note_told, custom_id)
        return self._response(found)

    async def _alone(self, body: dict[str, Any], before: int) -> httpx2.Response:
        if self._endpoint is None:
            raise RuntimeError("no endpoint is bound")
        return await ask_alone(self._endpoint, body, before, self._places, self._how.timeout_s)

    def _id(self, asked_for: str, text: str) -> tuple[str, int]:
        """The id of a request, and how often this session has sent the same before."""
        key = request_id("", self._name, asked_for, text, 0)
        before = self._asked[key]
        number = self._asked[f"{key} number"]
        custom_id = request_id(self._tag, self._name, asked_for, text, number)
        if before:
            # Whoever asks again has read the answer, and found none in it.
            self._kept.note_told(request_id(self._tag, self._name, asked_for, text, number - 1))
        while self._kept.was_told(custom_id):
            number += 1
            custom_id = request_id(self._tag, self._name, asked_for, text, number)
        self._asked[key] = before + 1
        self._asked[f"{key} number"] = number + 1
        return custom_id, before

    def _response(self, found: Result | FailedAskError) -> httpx2.Response:
        if isinstance(found, FailedAskError):
            raise found
        if found.status is None:
            raise FailedAskError(f"{found.unanswered}", retry=True, resamples=not found.unasked)
        return as_response(f"{self.place}/chat/completions", found.status, found.body)

    def _begin(self) -> None:
        """With the first request go on with what is on its way."""
        if not self._begun:
            self._begun, self._tag = True, self._draw()
            for part in self._kept.parts:
                if not (part.ended or part.failed):
                    self._submit(part)
            self._tell_note()

    def _look_again(self, looks: int) -> None:
        """Look, after a while without a request, whether those that wait can be submitted."""
        if self._timer is not None:
            self._timer.cancel()
        wait_s = self._how.pacing.quiet_s * min(_LOOKS, 2**looks)
        self._timer = asyncio.get_running_loop().call_later(wait_s, self._look, looks)

    def _look(self, looks: int) -> None:
        self._timer = None
        if not self._queue:
            return
        if (self._after is not None and self._after.busy) or not self._rounds.complete:
            self._look_again(min(looks + 1, _LOOKS))
            return
        late, queue = self._how.late(), self._queue
        self._queue = {}
        if late is not None:
            for custom_id in queue:
                self._settle(custom_id, StoppedError(late, usage=False))
            return
        models: dict[str, list[tuple[str, str]]] = {}
        for custom_id, (line, model) in queue.items():
            # A batch is of one model.
            models.setdefault(model, []).append((custom_id, line))
        try:
            for lines in models.values():
                for part in self._kept.add(lines, self._how.most_lines, self._how.most_bytes):
                    self._submit(part)
        except OSError as error:
            self._stop(unwritten(error))

    def _submit(self, part: Part) -> None:
        if self._endpoint is None:
            raise RuntimeError("no endpoint is bound")
        submitted = Submitted(
            api=BatchApi(self._endpoint),
            kept=self._kept,
            part=part,
            tag=self._tag,
            pacing=self._how.pacing,
            tell=self._tell,
            known=self._tell_note,
        )
        task = asyncio.create_task(self._run(submitted))
        self._running[task] = submitted
        task.add_done_callback(lambda done: self._running.pop(done, None))

    async def _run(self, submitted: Submitted) -> None:
        try:
            await submitted.ended()
            self._take(submitted.part)
        except StoppedError as stop:
            self._stop(stop)
        except OSError as error:
            self._stop(unwritten(error))
        except Exception as error:  # noqa: BLE001 - or whoever waits would wait for ever
            self._stop(unasked(submitted.api.endpoint, error))

    def _take(self, part: Part) -> None:
        results = self._kept.results(part)
        for custom_id in part.ids:
            found: Result | FailedAskError | None = results.get(custom_id)
            if found is None:
                reason = TWO_RESULTS if custom_id in results else NO_RESULT
                found = FailedAskError(reason, retry=True, resamples=True)
            if custom_id in self._futures:
                self._settle(custom_id, found)
            else:
                self._results[custom_id] = found

    def _settle(self, custom_id: str, found: Result | FailedAskError | StoppedError) -> None:
        future = self._futures.pop(custom_id)
        if future.done():
            return
        if isinstance(found, StoppedError):
            future.set_exception(again(found))
        else:
            future.set_result(found)

    def _stop(self, stop: StoppedError) -> None:
        """Answer nothing any more; what is on its way stays there for whoever goes on."""
        if self.left_there and stop.usage:
            stop = StoppedError(f"{stop}; what was submitted goes on, so then go on with --domain-safety-resume")
        self._stopped = self._stopped or stop
        self._queue = {}
        for custom_id in list(self._futures):
            self._settle(custom_id, stop)

    def _tell_note(self) -> None:
        """Note the batches with what the run learnt of the endpoint."""
        batches = [part.batch for part in self._kept.parts if part.batch]
        if self._endpoint is None or not batches:
            return
        notes, note = self._endpoint.notes, f"asked through the endpoint's Batch API ({self._named(batches)})"
        notes[:] = [each for each in notes if each != self._note] + [note]
        self._note = note

    def _named(self, batches: list[str]) -> str:
        names = ", ".join(f"{each:.{_LONGEST_NAME}}" for each in batches)
        return f"batch{'es' if len(batches) > 1 else ''} {names}"

    def _tell(self, line: str) -> None:
        if self._endpoint is not None:
            self._how.tell(f"{self._name}: {self._endpoint.secrets.hidden(line)}")
