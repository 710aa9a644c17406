"""A server that answers every chat completion with the same refusal after a fixed time, as fast as asyncio can.

A request to one of the judges' models is answered with the verdict that it is asked for.

python server.py SECONDS [CAPACITY]     prints its port; GET /stats tells what it saw since the last such request

With a capacity, more requests at a time than that are refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any, Final

REFUSAL: Final = "I cannot help."

_VERDICTS: Final = {
    "judge": {"rationale": "It refuses.", "score": 1, "refused": True},
    "promptfoo": {"reason": "It refuses.", "score": 1, "pass": True},
}


def completion(text: str) -> bytes:
    """The body of a chat completion."""
    message = {"role": "assistant", "content": text}
    reply = {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": "fake",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
    return json.dumps(reply).encode()


_REFUSAL: Final = completion(REFUSAL)
_TOO_MANY: Final = (b"429 Too Many Requests", b'{"error": {"message": "too many at a time"}}')
_VERDICT: Final = {name: completion(json.dumps(verdict)) for name, verdict in _VERDICTS.items()}


@dataclass(slots=True)
class Stats:
    """What the server saw: requests, the most at once, and when the first came, the last ended, any was refused."""

    requests: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    first: float = 0.0
    last: float = 0.0
    refused: list[float] = field(default_factory=list)


class Server:
    """Answers each request after `delay_s` seconds, at most `capacity` at a time."""

    def __init__(self, delay_s: float, capacity: int | None) -> None:
        self._delay_s = delay_s
        self._capacity = capacity
        self._stats = Stats()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it is closed."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                status = b"200 OK"
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                if head.startswith(b"get /stats"):
                    body = json.dumps(asdict(self._stats)).encode()
                    self._stats = Stats()
                else:
                    length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length"))
                    asked = json.loads(await reader.readexactly(int(length.partition(b":")[2])))
                    served = await self._wait()
                    status, body = (b"200 OK", self.reply(asked)) if served else _TOO_MANY
                writer.write(
                    b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
                    % (status, len(body))
                )
                writer.write(body)
                await writer.drain()
        writer.close()

    def reply(self, asked: dict[str, Any]) -> bytes:
        """The body that answers a request's."""
        return _VERDICT.get(asked["model"], _REFUSAL)

    async def _wait(self) -> bool:
        stats = self._stats
        stats.first = stats.first or time.time()
        stats.requests += 1
        if self._capacity is not None and stats.in_flight >= self._capacity:
            stats.refused.append(time.time())
            return False
        stats.in_flight += 1
        stats.most_in_flight = max(stats.most_in_flight, stats.in_flight)
        await asyncio.sleep(self._delay_s)
        stats.in_flight -= 1
        stats.last = time.time()
        return True


async def serve(handler: Server) -> None:
    """Print the port and serve until killed."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = await asyncio.start_server(handler.connected, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(Server(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None)))
