"""The window of requests in flight, against simulated endpoints with a clock of their own."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.traffic.window import Ticket, Window

SETTLED_S = 3.0


@dataclass
class Endpoint:
    """Serves at most `capacity` requests at a time for about half a second each, and refuses more at once.

    Args:
        capacity: By the time.
    """

    capacity: Callable[[float], int]
    refused: list[float] = field(default_factory=list)
    served: list[float] = field(default_factory=list)
    most: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - a simulation
    _busy: int = 0

    def run(self, window: Window, seconds: float, *, wait_s: float = 0.0) -> None:
        """Keep the window full; what was refused is asked again by somebody else."""
        events: list[tuple[float, int, bool]] = []
        tickets: dict[int, Ticket] = {}
        now = 0.0
        while now < seconds:
            while window.has_room() and not window.closed_s(now):
                ticket = window.enter()
                tickets[ticket.number] = ticket
                taken = self._busy < self.capacity(now)
                self._busy += taken
                self.most = max(self.most, window.in_flight)
                heapq.heappush(
                    events, (now + (self._random.uniform(0.4, 0.6) if taken else 0.01), ticket.number, taken)
                )
            if not events or window.closed_s(now):
                now += window.closed_s(now)
                if not events:
                    continue
            now, number, taken = heapq.heappop(events)
            self._busy -= taken
            window.leave()
            if taken:
                self.served.append(now)
                window.accept(now)
            else:
                self.refused.append(now)
                window.refuse(tickets[number], now, wait_s)


@pytest.mark.parametrize("most", [21, 32, 64, 200, 1000])
def test_a_limit_of_20_is_used_to_90_percent_with_under_2_percent_refused(most: int) -> None:
    endpoint = Endpoint(lambda _: 20)
    endpoint.run(Window(most), 60.0)
    served = sum(moment > SETTLED_S for moment in endpoint.served)
    refused = sum(moment > SETTLED_S for moment in endpoint.refused)
    assert refused / (served + refused) < 0.02
    # 20 at a time for half a second each are 40 a second.
    assert served / (40 * (60 - SETTLED_S)) > 0.9
    assert len(endpoint.served) / (40 * 60) > 0.9


def test_without_a_refusal_the_window_opens_within_one_round() -> None:
    endpoint = Endpoint(lambda _: 64)
    endpoint.run(Window(64), 10.0)
    assert not endpoint.refused
    assert endpoint.most == 64
    assert len(endpoint.served) / (128 * 10) > 0.9


def test_a_run_begins_below_the_most() -> None:
    assert Window(32).limit == 24
    assert Window(1).limit == 1


def test_what_was_refused_together_halves_the_window_once() -> None:
    window = Window(64)
    tickets = [window.enter() for _ in range(48)]
    for ticket in tickets[20:]:
        window.leave()
        window.refuse(ticket, 0.1)
    assert (window.limit, window.ceiling) == (24, 24)
    late = window.enter()
    window.refuse(late, 0.2)
    assert (window.limit, window.ceiling) == (12, 20)


def test_a_larger_capacity_is_found_again() -> None:
    endpoint = Endpoint(lambda now: 5 if now < 10 else 64)
    endpoint.run(Window(64), 240.0)
    last = sum(moment > 230 for moment in endpoint.served)
    assert last / (128 * 10) > 0.9


def test_a_smaller_capacity_is_found() -> None:
    endpoint = Endpoint(lambda now: 64 if now < 10 else 8)
    endpoint.run(Window(64), 60.0)
    assert sum(moment > 15 for moment in endpoint.served) / (16 * 45) > 0.85


def test_where_smaller_does_not_help_the_endpoint_is_left_alone_for_as_long_as_it_asks() -> None:
    endpoint = Endpoint(lambda now: 0 if now < 30 else 64)
    endpoint.run(Window(64), 60.0, wait_s=10.0)
    first = endpoint.served[0]
    assert 30 <= first < 42
    assert len(endpoint.refused) < 120


def test_one_refusal_does_not_make_everybody_wait() -> None:
    window = Window(8)
    window.refuse(window.enter(), 0.0, 30.0)
    assert window.closed_s(0.0) == 0.0
    window.refuse(window.enter(), 1.0, 30.0)
    assert window.closed_s(1.0) == 30.0


@given(st.integers(1, 50), st.lists(st.sampled_from(["enter", "accept", "refuse"]), max_size=200))
def test_the_window_stays_between_one_and_the_most(most: int, moves: list[str]) -> None:
    window, out = Window(most), list[Ticket]()
    for now, move in enumerate(moves):
        if move == "enter":
            if window.has_room():
                out.append(window.enter())
        elif out:
            ticket = out.pop()
            window.leave()
            if move == "accept":
                window.accept(float(now))
            else:
                window.refuse(ticket, float(now))
        assert 1 <= window.limit <= window.ceiling <= most
        assert window.in_flight == len(out)
