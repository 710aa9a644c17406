"""What it means that a request ended without an HTTP status."""

from __future__ import annotations

from collections.abc import Callable

from pytest_domainsafety.core.evidence.completions import InvalidReplyError
from pytest_domainsafety.core.evidence.failures import FailedAskError


def connection_failure(error: Exception, hidden: Callable[[str], str] = str) -> FailedAskError:
    """What a failure without an HTTP status means: all of these may pass when tried again.

    Args:
        error: The failure.
        hidden: Takes keys out of what an unreadable body said.
    """
    import aiohttp
    import openai

    # The aiohttp transport calls a refused or broken connection a time-out of connecting.
    if type(error.__cause__).__name__ in {"ConnectTimeout", "ConnectError"}:
        return FailedAskError("connection error", retry=True, unreachable=True, resamples=not _never_connected(error))
    if isinstance(error, openai.APITimeoutError):
        return FailedAskError("timeout", retry=True, slow=True, resamples=True)
    if isinstance(error, openai.APIConnectionError | aiohttp.ClientError):
        return FailedAskError("connection error", retry=True, unreachable=True, resamples=True)
    if isinstance(error, InvalidReplyError):
        return FailedAskError(f"invalid reply: {hidden(str(error)):.80}", retry=True, resamples=True)
    return FailedAskError("invalid reply: not JSON", retry=True, resamples=True)


def _never_connected(error: BaseException) -> bool:
    """Whether no request can have been sent: aiohttp's transport says the same of one that was reset later."""
    import aiohttp

    causes = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) is not None:
        causes.append(cause)
    ours = [cause for cause in causes if isinstance(cause, aiohttp.ClientError)]
    return all(isinstance(cause, aiohttp.ClientConnectorError) for cause in ours)
