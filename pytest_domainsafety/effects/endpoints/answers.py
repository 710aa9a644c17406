"""Answers that come otherwise than by a request each: from files of results, or from an endpoint's batches.

An endpoint with such answers reads them as it reads those of its server, so that a reply, a refusal, a filter or an
error is the same whichever way it came.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    import httpx2

ASKED_FOR: Final[ContextVar[str]] = ContextVar("asked_for", default="")
"""Which trial, or which known exhibit, the requests of this task are for. It belongs to a request as a trace does: no
one on the way there needs it, and what is recorded must not be taken for that of another."""


def asked_for(place: Iterable[object]) -> str:
    """What the requests of a trial are for, see `ASKED_FOR`.

    Args:
        place: Domain, scenario, framing and repetition.
    """
    return "\0".join(map(str, place))


class Answers(Protocol):
    """Answers the requests to one endpoint.

    `retries` is how often a request that failed is sent once more.
    """

    @property
    def retries(self) -> int:
        """How often a request that failed is sent once more."""
        ...

    async def answer(self, body: dict[str, Any]) -> httpx2.Response:
        """The answer to a request of the task that `ASKED_FOR` tells of.

        Args:
            body: As the client would send it.

        Returns:
            Any status.

        Raises:
            FailedAskError: If there is none.
            StoppedError: If there will be none for any request.
        """
        ...


def as_response(address: str, status: int, body: object) -> httpx2.Response:
    """A recorded answer as the client would have it from the server.

    Args:
        address: Where it was asked, or would have been.
        status: Of HTTP.
        body: JSON.
    """
    import httpx2

    return httpx2.Response(
        status,
        headers={"content-type": "application/json"},
        content=json.dumps(body).encode(),
        request=httpx2.Request("POST", address),
    )
