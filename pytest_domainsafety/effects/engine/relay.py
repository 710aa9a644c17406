"""The way between xdist's workers and the engine on the controller.

A worker tells what it collected and then asks for the trials of one item at a time, over a loopback socket. Messages
are JSON after a four-byte length; the first proves with a token that the worker is the controller's own.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.effects.engine.engine import Engine

_SIZE: Final = struct.Struct("!I")
_HOST: Final = "127.0.0.1"


@dataclass(slots=True)
class RelayServer:
    """Listens on the controller.

    Args:
        engine: Gives the trials.
        suite: What the first worker collected, None until it told.
        order: The selected items, in the order of collection.
        problem: Why a worker could not collect what was named, None where all could.
    """

    engine: Engine
    suite: Suite | None = None
    order: list[ItemKey] = field(default_factory=list)
    problem: str | None = None
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    _digest: str = ""

    def listen(self, loop: asyncio.AbstractEventLoop) -> int:
        """Listen in the engine's loop.

        Returns:
            The port.
        """
        listener = socket.create_server((_HOST, 0))
        port: int = listener.getsockname()[1]
        asyncio.run_coroutine_threadsafe(self._listen(listener), loop)
        return port

    async def _listen(self, listener: socket.socket) -> None:
        """Serve until the engine cancels what runs in its loop."""
        async with await asyncio.start_server(self._serve, sock=listener) as server:
            await server.serve_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            hello = await _read(reader)
            if not hmac.compare_digest(str(hello).encode(), self.token.encode()):
                return
            while True:
                await _write(writer, await self._answer(await _read(reader)))
        except (OSError, EOFError, ValueError, RecursionError):
            pass  # the worker is gone, and with it the reports of its items: they count as missing
        except asyncio.CancelledError:
            pass  # the engine ends; Python 3.11's streams would write a traceback for a handler that was cancelled
        finally:
            writer.close()

    async def _answer(self, message: Any) -> Any:  # noqa: ANN401 - JSON
        if "digest" in message:
            return {"known": message["digest"] == self._digest}
        if "suite" in message:
            # All workers collect the same, or xdist stops the session.
            self.suite = Suite.from_json(message["suite"])
            self.order = [ItemKey(*key) for key in message["order"]]
            self._digest = message["of"]
            return {}
        if "problem" in message:
            self.problem = message["problem"]
            return {}
        if "end" in message:
            await self.engine.ended()
            return {}
        return [trial.to_json() for trial in await self.engine.taken(ItemKey(*message["take"]))]


class RelayClient:
    """A worker's end: blocking, one question at a time.

    Args:
        port: Where the controller listens on this machine.
        token: Proves that this is its worker.
    """

    def __init__(self, port: int, token: str) -> None:
        self._socket = socket.create_connection((_HOST, port))
        self._send(token)

    def tell(self, suite: Suite, order: Sequence[ItemKey]) -> None:
        """Tell what was collected, unless another worker has."""
        digest = f"{suite.sha256()} {len(order)}"
        if not self._ask({"digest": digest})["known"]:
            self._ask({"of": digest, "suite": suite.to_json(), "order": [list(key) for key in order]})

    def complain(self, problem: str) -> None:
        """Tell why nothing was collected."""
        self._ask({"problem": problem})

    def take(self, key: ItemKey) -> list[Trial]:
        """Wait for an item's trials."""
        return [Trial.from_json(trial) for trial in self._ask({"take": list(key)})]

    def end(self) -> None:
        """Wait until every worker's items are measured, and nothing is asked any more."""
        self._ask({"end": True})

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _ask(self, message: object) -> Any:  # noqa: ANN401 - JSON
        self._send(message)
        (size,) = _SIZE.unpack(self._receive(_SIZE.size))
        return json.loads(self._receive(size))

    def _send(self, message: object) -> None:
        data = json.dumps(message).encode()
        self._socket.sendall(_SIZE.pack(len(data)) + data)

    def _receive(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size:
            part = self._socket.recv(size)
            if not part:
                raise EOFError("the controller has closed the connection")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


async def _read(reader: asyncio.StreamReader) -> Any:  # noqa: ANN401 - JSON
    (size,) = _SIZE.unpack(await reader.readexactly(_SIZE.size))
    return json.loads(await reader.readexactly(size))


async def _write(writer: asyncio.StreamWriter, message: object) -> None:
    data = json.dumps(message).encode()
    writer.write(_SIZE.pack(len(data)) + data)
    await writer.drain()
