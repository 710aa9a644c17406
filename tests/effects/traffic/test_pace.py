"""Requests to an endpoint are spaced evenly, in the order of asking."""

from __future__ import annotations

import asyncio

from pytest_domainsafety.effects.traffic.pace import Pace

INTERVAL_S = 0.01


async def _turns(pace: Pace, count: int) -> list[tuple[int, float]]:
    loop = asyncio.get_running_loop()
    took: list[tuple[int, float]] = []

    async def one(number: int) -> None:
        await pace.turn()
        took.append((number, loop.time()))

    await asyncio.gather(*(one(number) for number in range(count)))
    return took


def test_no_request_is_sent_before_its_turn() -> None:
    took = asyncio.run(_turns(Pace(60 / INTERVAL_S), 20))
    first = took[0][1]
    assert [number for number, _ in took] == list(range(20))
    # The first one was sent a moment after the clock was read.
    assert all(moment - first >= number * INTERVAL_S - 0.005 for number, moment in took)


def test_a_pause_is_not_saved_up_for_a_burst() -> None:
    async def after_a_pause() -> list[tuple[int, float]]:
        pace = Pace(60 / INTERVAL_S)
        await pace.turn()
        await asyncio.sleep(5 * INTERVAL_S)
        return await _turns(pace, 6)

    took = asyncio.run(after_a_pause())
    assert took[-1][1] - took[0][1] >= 5 * INTERVAL_S - 0.005


def test_without_a_limit_nobody_waits() -> None:
    async def yields() -> bool:
        turn = Pace().turn()
        try:
            turn.send(None)
        except StopIteration:
            return False
        return True

    assert asyncio.run(yields()) is False
