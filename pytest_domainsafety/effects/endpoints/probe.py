"""Whether an endpoint answers, before anything is configured: the models that it lists, and one harmless request."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeVar
from urllib.parse import urlsplit

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.evidence.failures import FailedAskError, StoppedError
from pytest_domainsafety.effects.endpoints.chat import ChatEndpoint
from pytest_domainsafety.effects.endpoints.clients import api_key, build_client, keep_headers_home
from pytest_domainsafety.effects.endpoints.connection_failures import connection_failure, lost_on_the_way
from pytest_domainsafety.effects.endpoints.logs import guarded_logs
from pytest_domainsafety.effects.endpoints.redaction import Secrets

if TYPE_CHECKING:
    from collections.abc import Coroutine

    import openai

_Found = TypeVar("_Found")

TIMEOUT_S: Final = 20.0
HELLO: Final = "Say hello in one word."

_SHOWN: Final = 60
_LONGEST_NAME: Final = 200
_LONGEST_HELLO: Final = 2048
_ASKS: Final = 3
"""One request, and two that differ where the server rejects a parameter."""

_DENIED: Final = frozenset({401, 403})
_NOT_FOUND: Final = 404


class ProbeError(Exception):
    """An endpoint does not answer as it must; the message is one printable sentence.

    Args:
        message: The sentence.
        at: What is to be set right: the address, the key or the model.
    """

    def __init__(self, message: str, at: Literal["address", "key", "model"]) -> None:
        super().__init__(printable(message))
        self.at = at


@dataclass(frozen=True, slots=True)
class Probe:
    """Asks one endpoint as a run would.

    Args:
        role: What it is, `the deployment` or `the judge`, for messages.
        prefix: Of its settings' names, for messages.
        base_url: Its address.
        key_env: The environment variable with its key, `none` for no key.
        required: Whether the variable must be set.
    """

    role: str
    prefix: str
    base_url: str
    key_env: str
    required: bool = True

    def models(self) -> list[str]:
        """The names that it lists, printable; empty where it lists none, as some servers do.

        Raises:
            ConfigurationError: If the variable is not set.
            ProbeError: If nothing answers there, or it wants another key, or it is no such endpoint.
        """
        return self._run(self._models())

    def hello(self, model: str) -> str:
        """The beginning of its first reply, printable; empty where it said nothing.

        Raises:
            ConfigurationError: If the variable is not set.
            ProbeError: If there is none.
        """
        return self._run(self._hello(model))

    def _run(self, asked: Coroutine[None, None, _Found]) -> _Found:
        with guarded_logs(self._secrets.hidden):
            return asyncio.run(self._in_time(asked))

    async def _in_time(self, asked: Coroutine[None, None, _Found]) -> _Found:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await asked
        except TimeoutError:
            raise ProbeError(
                f"{self._place} did not answer within {TIMEOUT_S:.0f} s: check the address", "address"
            ) from None

    @property
    def _place(self) -> str:
        return f"{self.role} at {self.base_url}"

    @property
    def _secrets(self) -> Secrets:
        return Secrets((self.key_env,))

    def _client(self) -> openai.AsyncOpenAI:
        named_by = f"{self.prefix}api_key_env" if self.required else None
        client = build_client(self.base_url, api_key(self.key_env, required_by=named_by), TIMEOUT_S)
        keep_headers_home(client)
        return client

    async def _models(self) -> list[str]:
        import aiohttp
        import openai

        async with self._client() as client:
            try:
                response = await client.models.with_raw_response.list()
                # A name is written into the configuration, and a server may give back what it was sent.
                names = _names(response.http_response.content)
                return [name for name in names if name == self._secrets.hidden(name)]
            except openai.APIStatusError as error:
                self._check_status(error.status_code)
                return []
            except (openai.APIConnectionError, aiohttp.ClientError) as error:
                reason = connection_failure(error, self._secrets.hidden).reason
                lost = lost_on_the_way(error, self._place, self.base_url)
                message = lost or f"nothing answers at {self.base_url} ({reason}): check the address"
                raise ProbeError(message, "address") from None

    def _check_status(self, status: int) -> None:
        """A list is not needed, but what answers in this way will not chat either.

        Raises:
            ProbeError: If it wants a key, or is no address of such an endpoint.
        """
        if status in _DENIED:
            raise ProbeError(f"{self._place} answered {status}: it wants a key, or another one", "key")
        if status == _NOT_FOUND and not urlsplit(self.base_url).path.strip("/"):
            raise ProbeError(
                f"{self._place} answered {status}: most such addresses end in /v1, try {self.base_url}/v1", "address"
            )

    async def _hello(self, model: str) -> str:
        async with self._client() as client:
            endpoint = ChatEndpoint(
                role=self.role,
                prefix=self.prefix,
                client=client,
                place=self.base_url,
                key_env=self.key_env,
                body={"model": model, "max_tokens": _LONGEST_HELLO},
                secrets=self._secrets,
            )
            for _ in range(_ASKS):
                try:
                    reply = await endpoint.ask([{"role": "user", "content": HELLO}])
                except FailedAskError as error:
                    if not error.adapted:
                        raise self._failed(error.told, unreachable=error.unreachable) from None
                except StoppedError as error:
                    denied = getattr(error.__cause__, "status_code", None) in _DENIED
                    raise ProbeError(f"{error}", "key" if denied else "model") from None
                else:
                    text = printable(reply.text)
                    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
            raise self._failed("it rejects what it is asked with", unreachable=False)

    def _failed(self, reason: str, *, unreachable: bool) -> ProbeError:
        mend = "check the address" if unreachable else "check its model, or ask it again later"
        message = f"{self._place} did not answer a first request ({reason}): {mend}"
        return ProbeError(message, "address" if unreachable else "model")


def _names(content: bytes) -> list[str]:
    """What a list of models names; whatever is none is passed over, since no run needs it."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return []
    rows = found.get("data") if isinstance(found, dict) else None
    names = [row.get("id") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    usable = (name for name in names if isinstance(name, str) and name and name == printable(name))
    return list(dict.fromkeys(name for name in usable if len(name) <= _LONGEST_NAME))
