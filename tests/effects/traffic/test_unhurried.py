"""Attempts at requests that are on record: what was not sent is not counted, and the last result stands."""

from __future__ import annotations

import asyncio

import pytest

from pytest_domainsafety.core.evidence.failures import FailedAskError, UnrecordedError
from pytest_domainsafety.effects.traffic.retries import Meter
from pytest_domainsafety.effects.traffic.unhurried import Unhurried
from support.effects_support import open_traffic

FAULT = FailedAskError("HTTP 500", retry=True, resamples=True)
NONE = UnrecordedError("not there")
DENIED = FailedAskError("HTTP 400")


@pytest.mark.parametrize(
    ("given", "came", "attempts", "sent"),
    [
        (["yes"], "yes", 1, (1, 0)),
        ([FAULT, "yes"], "yes", 2, (2, 1)),
        ([FAULT, NONE], "HTTP 500", 1, (1, 0)),
        ([FAULT, FAULT, NONE], "HTTP 500", 2, (2, 1)),
        ([NONE], "not there", 0, (0, 0)),
        ([DENIED, "yes"], "HTTP 400", 1, (1, 0)),
    ],
)
def test_attempts(given: list[str | FailedAskError], came: str, attempts: int, sent: tuple[int, int]) -> None:
    meter, left, failed = Meter(), iter(given), list[FailedAskError]()
    unhurried = Unhurried(max_retries=1000, timeout_s=1, meter=meter, traffic=open_traffic())

    async def attempt() -> str:
        one = next(left)
        if isinstance(one, FailedAskError):
            raise FailedAskError(one.reason, retry=one.retry) if type(one) is FailedAskError else one
        return one

    async def run() -> tuple[str, int]:
        try:
            return await unhurried.run(attempt, failed.append)
        except FailedAskError as error:
            return error.reason, error.attempts

    assert asyncio.run(run()) == (came, attempts)
    assert (meter.requests, meter.retries) == sent
    assert NONE not in failed
