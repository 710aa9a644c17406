"""What is sent to one endpoint, and when: shared by all who ask it."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from pytest_domainsafety.core.evidence.failures import DeadEndpointError, FailedAskError
from pytest_domainsafety.core.traffic.breaker import Breaker
from pytest_domainsafety.core.traffic.throttle import PATIENCE_S, Throttle
from pytest_domainsafety.core.traffic.window import Ticket, Window
from pytest_domainsafety.effects.traffic.pace import Pace

_MINUTE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave to send one request.

    Args:
        ticket: Of the window.
        probe: Whether the request is to find out if a failing endpoint works again.
    """

    ticket: Ticket
    probe: bool = False


@dataclass(slots=True, kw_only=True)
class Traffic:
    """Lets requests to an endpoint through, in the order of asking, as many as it can take.

    Args:
        place: Where the endpoint is, for messages.
        window: How many at a time.
        breaker: Whether it works at all.
        pace: How many a minute.
        throttle: Whether it will take requests again, where it refuses them as too many.
    """

    place: str
    window: Window
    breaker: Breaker
    pace: Pace = field(default_factory=Pace)
    throttle: Throttle = field(default_factory=Throttle)
    _waiting: deque[asyncio.Future[Ticket]] = field(default_factory=deque)
    _probing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held for one probe, in the order of asking: who failed comes last, for it may be the prompt's own fault."""

    @property
    def gave_up(self) -> bool:
        """Whether nothing more is sent: the endpoint counts as dead, or refuses all as too many for too long."""
        return self.breaker.gave_up or self.throttle.gave_up

    async def enter(self) -> Leave:
        """Wait until a request may be sent.

        Raises:
            DeadEndpointError: If the endpoint counts as dead.
        """
        while True:
            if self.gave_up:
                raise self.dead()
            if self.breaker.is_open:
                granted = await self._probe()
                if granted is not None:
                    break
            else:
                granted = Leave(await self._room())
                if self._is_well():
                    break
                self.exit(granted)
        try:
            await self.pace.turn()
        except BaseException:
            self.exit(granted)
            raise
        return granted

    def exit(self, granted: Leave) -> None:
        """Make room again, once for each leave that was given, whatever came of its request."""
        self.window.leave()
        if granted.probe:
            self._probing.release()
        self._admit()

    def answered(self) -> None:
        """The endpoint dealt with a request, even if by refusing its content."""
        self.breaker.succeed()
        self.throttle.succeed()
        self.window.accept(_now())

    def failed(self, granted: Leave, asker: int, failure: FailedAskError) -> None:
        """A request failed.

        Args:
            granted: The leave it had.
            asker: Tells prompts apart.
            failure: In which way.
        """
        now = _now()
        if not failure.retry:
            self.answered()
            return
        if failure.busy or failure.slow:
            self.window.refuse(granted.ticket, now, failure.wait_s)
        if failure.busy:
            self.breaker.succeed()
            self.throttle.refuse(asker, failure.told, now, alone=self.window.in_flight == 1)
        elif granted.probe:
            self.breaker.fail_probe(failure.reason, now, failure.wait_s)
        elif not self.breaker.is_open:
            self.breaker.fail(asker, failure.reason, now, failure.wait_s)

    def dead(self, failure: FailedAskError | None = None) -> DeadEndpointError:
        """What to raise once nothing more is sent, with the failure that came last of a prompt."""
        if self.throttle.gave_up:
            sentence = (
                f"{self.place} refused every request for {PATIENCE_S / _MINUTE_S:g} minutes ({self.throttle.said}): "
                "what was measured is kept, so once its limit allows go on with --domain-safety-resume"
            )
            return DeadEndpointError(sentence, failure, usage=False)
        if failure is not None and failure.unreachable and not self.breaker.answered:
            return DeadEndpointError(nobody_at(self.place), failure, usage=True)
        sentence = (
            f"{self.place} does not work ({self.breaker.failure}, again and again): what was measured is kept, so "
            "once it does go on with --domain-safety-resume"
        )
        return DeadEndpointError(sentence, failure, usage=False)

    def _is_well(self) -> bool:
        return not (self.breaker.is_open or self.gave_up)

    async def _room(self) -> Ticket:
        if self.window.has_room() and not self._waiting and not self.window.closed_s(_now()):
            return self.window.enter()
        turn: asyncio.Future[Ticket] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._admit()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.exit(Leave(turn.result()))
            raise

    def _admit(self) -> None:
        """Let those in who wait, as far as there is room."""
        while self._waiting and self._waiting[0].done():
            self._waiting.popleft()
        closed_s = self.window.closed_s(_now())
        if self._waiting and closed_s:
            asyncio.get_running_loop().call_later(closed_s, self._admit)
            return
        while self._waiting and self.window.has_room():
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(self.window.enter())

    async def _probe(self) -> Leave | None:
        """Wait for one's turn to try; None if others have found out meanwhile."""
        await self._probing.acquire()
        granted = None
        try:
            if self.breaker.is_open and not self.breaker.gave_up:
                await asyncio.sleep(self.breaker.probe_in_s(_now()))
                granted = Leave(self.window.enter(), probe=True)
        finally:
            if granted is None:
                self._probing.release()
        return granted


def nobody_at(place: str) -> str:
    """What to say of an address that has never answered."""
    return (
        f"nothing answers at {place}: is it running, and is the address right? (a session fixture starts it too "
        "late, after the measurement: start it in pytest_sessionstart of a conftest.py)"
    )


def _now() -> float:
    return asyncio.get_running_loop().time()
