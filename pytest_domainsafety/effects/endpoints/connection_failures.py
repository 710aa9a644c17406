"""What it means that a request ended without an HTTP status."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

from pytest_domainsafety.core.escape import printable
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


def lost_on_the_way(error: BaseException, asked: str, url: str) -> str | None:
    """One sentence where a certificate or a proxy, and not the endpoint, is in the way; None where neither is.

    Args:
        error: Why there is no answer.
        asked: Who is asked, for the sentence.
        url: The endpoint's address.
    """
    import aiohttp

    for cause in _causes(error):
        # aiohttp's own class is one too, without a message.
        if isinstance(cause, ssl.SSLCertVerificationError) and hasattr(cause, "verify_message"):
            return (
                f"{asked} has a certificate that is not trusted ({printable(cause.verify_message)}): name a file "
                "with its authority's certificate in the environment variable SSL_CERT_FILE"
            )
        if isinstance(cause, aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError):
            return (
                f"{asked} is asked through {_proxy(url)}, which fails: mend or unset it, or name the endpoint's "
                "host in the environment variable NO_PROXY"
            )
    return None


def _proxy(url: str) -> str:
    """The variable that names the proxy; what is in it may hold a password."""
    scheme = urlsplit(url).scheme
    names = [f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY"]
    named = [name for name in names if os.environ.get(name)]
    return f"the proxy in ${named[0]}" if named else "a proxy"


def _causes(error: BaseException) -> list[BaseException]:
    causes = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) is not None:
        causes.append(cause)
    return causes


def _never_connected(error: BaseException) -> bool:
    """Whether no request can have been sent: aiohttp's transport says the same of one that was reset later."""
    import aiohttp

    ours = [cause for cause in _causes(error) if isinstance(cause, aiohttp.ClientError)]
    return all(isinstance(cause, aiohttp.ClientConnectorError) for cause in ours)
