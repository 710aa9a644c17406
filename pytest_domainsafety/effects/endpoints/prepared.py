"""Requests like the first one: what the client made of address, key and headers is made once, not for each prompt."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import httpx2
    import openai

_OF_ONE: Final = ("content-length", "cookie")
"""Headers that belong to one request; the HTTP client sets them anew."""

# As the client's own: what is no JSON, such as NaN, is an error.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@dataclass(slots=True)
class Prepared:
    """Sends bodies the way that a first request went, which the client had built and that was answered.

    Only for a client that this package built: its key, address and headers stay as they are. One of the user's may
    refresh its key, or sign each request.

    Args:
        client: Has built and sent the first one, and says what errors mean.
    """

    client: openai.AsyncOpenAI
    _like: httpx2.Request | None = None

    @property
    def ready(self) -> bool:
        """Whether a first request was answered."""
        return self._like is not None

    def learn(self, response: httpx2.Response) -> None:
        """Take an answered request for the pattern; a redirected one is none, the client finds its way by itself."""
        if self._like is not None or response.history:
            return
        import httpx2

        sent = response.request
        headers = sent.headers.copy()
        for name in _OF_ONE:
            headers.pop(name, None)
        self._like = httpx2.Request(sent.method, sent.url, headers=headers, stream=httpx2.ByteStream(b""))

    def says_more(self, response: httpx2.Response) -> bool:
        """Whether anything was sent or answered elsewhere than with the first request: cookies, or a redirect."""
        return bool(response.history or self._http.cookies)

    async def send(self, body: dict[str, Any]) -> httpx2.Response:
        """Send a body and read the whole answer.

        Raises:
            openai.APIStatusError: If the status is no success.
            openai.APIConnectionError: If there is no answer.
        """
        import ssl

        import httpx2
        import openai

        like = self._like
        if like is None:
            raise ValueError("nothing was answered yet that a request could be like")
        content = _ENCODER.encode(body).encode()
        # With a stream no headers are looked through for what is missing: only the length is.
        headers = like.headers.copy()
        headers["content-length"] = f"{len(content)}"
        request = httpx2.Request(
            like.method, like.url, headers=headers, cookies=self._http.cookies, stream=httpx2.ByteStream(content)
        )
        # Said, it is not found out by decoding every header.
        request.headers.encoding = headers.encoding
        request.read()
        try:
            response = await self._http.send(request)
        except httpx2.TimeoutException as error:
            raise openai.APITimeoutError(request=request) from error
        except (httpx2.RequestError, ssl.SSLError) as error:
            raise openai.APIConnectionError(request=request) from error
        if not response.is_success:
            raise self.client._make_status_error_from_response(response)  # noqa: SLF001 - as the client itself does
        return response

    @property
    def _http(self) -> httpx2.AsyncClient:
        return self.client._client  # noqa: SLF001 - a client has no other place for what it sends
