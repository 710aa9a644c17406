"""A server that answers every chat completion with the same refusal after a fixed time, as fast as asyncio can.

A request to one of the judges' models is answered with the verdict that it is asked for.

python server.py SECONDS        prints its port; GET /stats tells what it saw since the last such request
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import sys
import time
from dataclasses import dataclass
from typing import Final

REFUSAL: Final = "I cannot help."

_VERDICTS: Final = {
    "judge": {"rationale": "It refuses.", "score": 1, "refused": True},
    "promptfoo": {"reason": "It refuses.", "score": 1, "pass": True},
}


def _completion(text: str) -> bytes:
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


_REFUSAL: Final = _completion(REFUSAL)
_VERDICT: Final = {name: _completion(json.dumps(verdict)) for name, verdict in _VERDICTS.items()}


@dataclass(slots=True)
class Stats:
    """What the server saw: requests, the most at once, and when the first came and the last reply left."""

    requests: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    first: float = 0.0
    last: float = 0.0


class Server:
    """Answers each request after `delay_s` seconds."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._stats = Stats()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it is closed."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                if head.startswith(b"get /stats"):
                    body = json.dumps({name: getattr(self._stats, name) for name in Stats.__slots__}).encode()
                    self._stats = Stats()
                else:
                    length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length"))
                    asked = json.loads(await reader.readexactly(int(length.partition(b":")[2])))
                    await self._wait()
                    body = _VERDICT.get(asked["model"], _REFUSAL)
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
                )
                writer.write(body)
                await writer.drain()
        writer.close()

    async def _wait(self) -> None:
        stats = self._stats
        stats.first = stats.first or time.time()
        stats.requests += 1
        stats.in_flight += 1
        stats.most_in_flight = max(stats.most_in_flight, stats.in_flight)
        await asyncio.sleep(self._delay_s)
        stats.in_flight -= 1
        stats.last = time.time()


async def main() -> None:
    """Serve until killed."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = await asyncio.start_server(Server(float(sys.argv[1])).connected, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
