"""A deployment that is a function of the user's: an app, an agent, a product."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from pytest_domainsafety.core.evidence.failures import FailedAskError, may_hang_on_the_reply, waited_out
from pytest_domainsafety.core.evidence.replies import Reply
from pytest_domainsafety.effects.endpoints.redaction import Secrets
from pytest_domainsafety.effects.loading.callables import call, describe
from pytest_domainsafety.effects.loading.signatures import takes

if TYPE_CHECKING:
    from pytest_domainsafety.core.suite.prompts import Message
    from pytest_domainsafety.core.suite.tools import Tool

_NOT_OFFERED: Final = (
    "the target was not offered the scenarios' tools and answered with those it has itself: to offer them, let it "
    "take an argument 'tools'"
)

_PASSING: Final = frozenset(
    {
        "ConnectionError",  # Python's own, and that of requests
        "TimeoutError",
        "Timeout",  # requests
        "TransportError",  # httpx
        "ClientConnectionError",  # aiohttp
        "APIConnectionError",  # openai, anthropic
    }
)
"""Exceptions by which a connection or a time-out is told."""


class FunctionTarget:
    """Asks a callable, sync or async: messages in, the reply's text or a `Reply` out."""

    def __init__(self, function: Callable[..., Any], secrets: Secrets | None = None) -> None:
        self._function = function
        self._secrets = Secrets() if secrets is None else secrets
        self._takes_tools = takes(function, "tools")
        self.notes: list[str] = []

    async def ask(self, messages: list[Message], tools: Sequence[Tool] = ()) -> Reply:
        """Call the function with copies of the messages, and of the scenario's tools where it takes them.

        Raises:
            FailedAskError: If it raises, or returns neither text nor a `Reply`. Only what may pass by itself,
                a connection or a time-out, is worth another try; a bug in the function is not.
        """
        try:
            offered = {"tools": deepcopy(list(tools))} if tools and self._takes_tools else {}
            if tools and not offered and not self.notes:
                self.notes.append(_NOT_OFFERED)
            answer = await call(self._function, [dict(message) for message in messages], **offered)
        except Exception as error:
            self._secrets.look()
            said = describe(error, self._secrets.hidden)
            raise FailedAskError(
                f"the target raised {said}",
                retry=_may_pass(error),
                waited_out=waited_out(_status(error) or 0),
                resamples=_resamples(error),
            ) from error
        if isinstance(answer, str):
            return self._secrets.cleaned(Reply(answer))
        if isinstance(answer, Reply):
            return self._secrets.cleaned(answer)
        raise FailedAskError(f"the target returned {type(answer).__name__}, not text or a Reply")

    async def close(self) -> None:
        """Nothing to release: the function's resources are the user's."""


def _may_pass(error: Exception) -> bool:
    """Whether an exception of a user's function tells of something that may pass by itself."""
    status = _status(error)
    if status is not None:
        return status in {408, 409, 425, 429} or status >= 500  # noqa: PLR2004 - HTTP's own numbers
    # By name, since none of these libraries need be there.
    return not _PASSING.isdisjoint(kind.__name__ for kind in type(error).__mro__)


def _resamples(error: Exception) -> bool:
    """Whether the model may have answered: not where a connection was refused."""
    status = _status(error)
    return not isinstance(error, ConnectionRefusedError) if status is None else may_hang_on_the_reply(status)


def _status(error: Exception) -> int | None:
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None
