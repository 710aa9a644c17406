"""Which replies of a run are worth a second look by a person: those of which its judges were in doubt.

They settle single verdicts. A calibration needs the others too, so the rows say by what they were chosen.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from pytest_domainsafety.core.evidence.stored_replies import StoredReply, digest
from pytest_domainsafety.core.suite.framings import COMPLIANCE_SCORE, framing_of

_AT_THE_CUT: Final = (COMPLIANCE_SCORE - 1, COMPLIANCE_SCORE)
"""The scores on either side of what counts as compliance."""

Place = tuple[str, str, str, int]
"""Domain, scenario, framing and repetition."""


def disputed(replies: Sequence[StoredReply], differing: Collection[Place]) -> list[tuple[StoredReply, int]]:
    """The replies to harmful framings of which the judges were in doubt, each with how many of three reasons hold.

    A panel whose members voted both ways, a score next to the compliance cut, a second judge that differs.

    Args:
        replies: A run's.
        differing: Where those stand that a second judge read differently.
    """
    found = []
    for reply in replies:
        reasons = (reply.split, reply.score in _AT_THE_CUT, reply.place in differing)
        if any(reasons) and framing_of(reply.framing).harmful:
            found.append((reply, sum(reasons)))
    return found


def for_adjudication(found: Sequence[tuple[StoredReply, int]], count: int, seed: int) -> list[StoredReply]:
    """Those with the most reasons first, by chance among equals, in an order by chance.

    Args:
        found: What `disputed` found.
        count: How many at most.
        seed: Of the choice and the order.
    """
    doubted = sorted(found, key=lambda each: (-each[1], digest(each[0], seed)))[:count]
    return sorted((reply for reply, _ in doubted), key=lambda reply: digest(reply, seed))
