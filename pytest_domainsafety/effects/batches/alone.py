"""A request that failed in a batch, sent to the endpoint by itself."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any, Final

from pytest_domainsafety.core.evidence.failures import FailedAskError

if TYPE_CHECKING:
    import httpx2

    from pytest_domainsafety.effects.endpoints.chat import ChatEndpoint

_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 8.0


async def ask_alone(
    endpoint: ChatEndpoint, body: dict[str, Any], before: int, places: asyncio.Semaphore, timeout_s: float
) -> httpx2.Response:
    """Send a request at once.

    Args:
        endpoint: Is asked.
        body: Of the request.
        before: How often it was asked before, in batches too.
        places: As many as may be on their way at a time.
        timeout_s: For the whole answer, in seconds.

    Raises:
        openai.APIError: If it failed.
        FailedAskError: If no answer came in time.
    """
    import openai

    longest = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** (before - 1))
    await asyncio.sleep(random.uniform(0, longest) * (before > 1))  # noqa: S311 - spreads requests
    async with places:
        try:
            async with asyncio.timeout(timeout_s):
                raw = await endpoint.client.chat.completions.with_raw_response.create(
                    messages=[],
                    model=body.get("model", openai.omit),
                    extra_headers=endpoint.headers,
                    extra_body={name: value for name, value in body.items() if name != "model"},
                )
        except openai.APIStatusError as error:
            endpoint.learn_keys(error.response)
            raise
        except TimeoutError:
            raise FailedAskError("timeout", retry=True, slow=True, resamples=True) from None
    endpoint.learn_keys(raw.http_response)
    return raw.http_response
