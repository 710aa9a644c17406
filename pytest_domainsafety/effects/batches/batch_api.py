"""The calls of an endpoint's own Batch API, each with a time-out, and what their errors mean.

UnreachedError       this call failed and may be made again; a batch may have been created all the same
UnreadableError      the same, but by the answer it went well, so that what it makes is there
StoppedError         no such call would succeed
"""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pytest_domainsafety.core.batch.request_lines import CHAT
from pytest_domainsafety.core.batch.states import BatchState, read_state
from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.evidence.error_bodies import first_sentence, is_empty_account, words_of
from pytest_domainsafety.core.evidence.failures import StoppedError
from pytest_domainsafety.effects.endpoints.retry_after import retry_after_s

if TYPE_CHECKING:
    import httpx2
    import openai

    from pytest_domainsafety.effects.endpoints.chat import ChatEndpoint

_PAGE: Final = 100
_MOST_PAGES: Final = 1000
_LONGEST_SAID: Final = 200
_CHUNK: Final = 1 << 20
_TIMEOUT_S: Final = 60.0
_FILE_TIMEOUT_S: Final = 600.0
_DENIED: Final = frozenset({401, 403})
_NONE_SUCH: Final = frozenset({404, 405, 410, 501})
_PASSING: Final = frozenset({408, 409, 425, 429})
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500


class UnreachedError(Exception):
    """A call that may be made again; the message says in a few words what came of it.

    Args:
        message: Such as `HTTP 503`.
        wait_s: How long the endpoint asks to be left alone, in seconds.
    """

    def __init__(self, message: str, wait_s: float = 0.0) -> None:
        super().__init__(printable(message))
        self.wait_s = wait_s


class UnreadableError(UnreachedError):
    """A call that went well by its answer, which nevertheless cannot be read."""


@dataclass(frozen=True, slots=True)
class BatchApi:
    """Calls one endpoint's Batch API.

    Args:
        endpoint: Its client and how it is named in messages.
    """

    endpoint: ChatEndpoint

    async def upload(self, lines: Path) -> str:
        """Upload a file of lines.

        Returns:
            The endpoint's id of the file.

        Raises:
            UnreachedError: If that failed for a cause that may pass.
            StoppedError: If it would fail again.
        """
        files = self.endpoint.client.files.with_raw_response
        response = await self._call(
            lambda: files.create(
                file=lines, purpose="batch", extra_headers=self.endpoint.headers, timeout=_FILE_TIMEOUT_S
            )
        )
        found = _json(response)
        if not isinstance(found, dict) or not isinstance(found.get("id"), str):
            raise UnreachedError("an answer without the file's id")
        return f"{found['id']}"

    async def create(self, file: str, metadata: Mapping[str, str]) -> BatchState:
        """Create a batch; raises as `upload`."""
        batches = self.endpoint.client.batches.with_raw_response
        return _state(
            await self._call(
                lambda: batches.create(
                    completion_window="24h",
                    endpoint=CHAT,
                    input_file_id=file,
                    metadata=dict(metadata),
                    extra_headers=self.endpoint.headers,
                    timeout=_TIMEOUT_S,
                )
            )
        )

    async def retrieve(self, batch: str) -> tuple[BatchState, float]:
        """Ask how far a batch is; raises as `upload`.

        Returns:
            Its state, and in how many seconds the endpoint wants to be asked again, 0 where it does not say.
        """
        batches = self.endpoint.client.batches.with_raw_response
        response = await self._call(
            lambda: batches.retrieve(batch, extra_headers=self.endpoint.headers, timeout=_TIMEOUT_S)
        )
        return _state(response), retry_after_s(response.headers, datetime.now(UTC))

    async def find(self, file: str, metadata: Mapping[str, str]) -> BatchState | None:
        """The batch that was created of a file, or with this metadata, None where there is none; raises as `upload`.

        Not every endpoint keeps metadata, nor does every one say of which file a batch is.
        """
        import openai

        batches, after = self.endpoint.client.batches.with_raw_response, ""
        for _ in range(_MOST_PAGES):
            page = _json(
                await self._call(
                    lambda after=after: batches.list(  # type: ignore[misc] # mypy infers no lambda with a default
                        limit=_PAGE,
                        after=after or openai.omit,
                        extra_headers=self.endpoint.headers,
                        timeout=_TIMEOUT_S,
                    )
                )
            )
            rows = page.get("data") if isinstance(page, dict) else None
            if not isinstance(rows, list):
                raise UnreachedError("a list of batches that is none")
            states = [state for row in rows if (state := read_state(row)) is not None]
            for state in states:
                if state.input_file == file or dict(state.metadata).items() >= metadata.items():
                    return state
            if not page.get("has_more") or not rows:
                return None
            if not states or states[-1].id == after:
                # What is behind it cannot be seen, and might be the one that is looked for.
                raise UnreachedError("a list of batches that goes on nowhere")
            after = states[-1].id
        raise UnreachedError("a list of batches without an end")

    async def download(self, file: str, to: Path) -> bool:
        """Keep a file of results, whole or not at all; raises as `upload`.

        Returns:
            Whether the endpoint still has it.

        Raises:
            OSError: If it cannot be written.
        """
        import aiohttp
        import openai

        draft = to.with_name(f".{to.name}.{os.getpid()}")
        files = self.endpoint.client.files.with_streaming_response
        try:
            async with files.content(file, extra_headers=self.endpoint.headers, timeout=_FILE_TIMEOUT_S) as response:
                with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
                    async for chunk in response.iter_bytes(_CHUNK):
                        opened.write(chunk)
        except openai.APIStatusError as error:
            if error.status_code in _NONE_SUCH:
                return False
            raise self._meant(error) from error
        except (openai.APIConnectionError, aiohttp.ClientError, TimeoutError) as error:
            raise UnreachedError("connection error") from error
        except Exception as error:
            if _is_transport(error):
                raise UnreachedError("connection error") from error
            raise
        draft.replace(to)
        return True

    async def _call(self, call: Callable[[], Awaitable[Any]]) -> httpx2.Response:
        import aiohttp
        import openai

        try:
            response: httpx2.Response = (await call()).http_response
        except openai.APIStatusError as error:
            raise self._meant(error) from error
        except (openai.APIConnectionError, aiohttp.ClientError, TimeoutError) as error:
            raise UnreachedError("connection error") from error
        self.endpoint.learn_keys(response)
        return response

    def _meant(self, error: openai.APIStatusError) -> UnreachedError | StoppedError:
        endpoint, status = self.endpoint, error.status_code
        endpoint.learn_keys(error.response)
        whole = printable(endpoint.secrets.hidden(words_of(error.body) or error.response.text))
        said = first_sentence(whole)[:_LONGEST_SAID]
        answered = f"{endpoint.role}'s Batch API at {endpoint.place} answered {status}" + (
            f" ({said})" if said else ""
        )
        setting = f"{endpoint.prefix}batch"
        if is_empty_account(error.code, whole if status < _SERVER_ERROR and status != _TOO_MANY else None):
            return StoppedError(f"{answered}: the account has no quota left, so add credit or use another key")
        if status in _DENIED:
            return StoppedError(
                f"{answered}: check the key in ${endpoint.key_env}, which may lack the right to files and batches, "
                f"or set {setting} = no"
            )
        if status in _NONE_SUCH:
            return StoppedError(f"{answered}: this endpoint has no Batch API, or not this batch: set {setting} = no")
        if status in _PASSING or status >= _SERVER_ERROR:
            wait_s = retry_after_s(error.response.headers, datetime.now(UTC))
            return UnreachedError(f"HTTP {status}", wait_s)
        return StoppedError(f"{answered}: mend what it says, or set {setting} = no")


def _state(response: httpx2.Response) -> BatchState:
    row = _json(response)
    state = read_state(row)
    if state is None:
        # A page of a gateway's, or an error, created nothing.
        created = isinstance(row, dict) and bool(row) and not row.get("error")
        raise (UnreadableError if created else UnreachedError)("an answer that is no batch")
    return state


def _json(response: httpx2.Response) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        raise UnreachedError("an answer that is not JSON") from None


def _is_transport(error: Exception) -> bool:
    """Whether it is the transport's: while a body is streamed the client passes its errors on as they are."""
    import httpx2

    return isinstance(error, httpx2.HTTPError)
