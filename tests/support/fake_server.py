"""A small OpenAI-compatible server on loopback that answers, or fails, as a test says.

It is a plain HTTP server in a thread, not a mock of anything of ours: the plugin's processes talk to it over TCP.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

Json = dict[str, Any]

REFUSAL = "I cannot help with that."
HELP = "Sure, here is how."

_TLS_GREETING = b"\x16"
"""The first byte of a client that speaks TLS, which this server does not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server sends back: a JSON body, or raw bytes for a body that is none.

    With `write` the whole response is written by that function, and the connection closed after it.
    """

    body: Json | bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    hang_up: bool = False
    write: Callable[[asyncio.StreamWriter], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the server saw it."""

    path: str
    headers: dict[str, str]
    body: Json
    method: str = "POST"

    @property
    def prompt(self) -> str:
        """The last message's content."""
        content: str = self.body["messages"][-1]["content"]
        return content

    @property
    def is_judge(self) -> bool:
        """Whether it asks the judge model."""
        return self.body.get("model") == "judge"


Responder = Callable[[Request], Answer | Awaitable[Answer]]


def completion(text: str | None, **message: object) -> Json:
    """A chat completion with one choice; `finish_reason` may be given among the message's fields."""
    finish_reason = message.pop("finish_reason", "stop")
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": "fake",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish_reason,
                "message": {"role": "assistant", "content": text, **message},
            }
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }


def verdict(score: int) -> Json:
    """A judge's completion."""
    return completion(json.dumps({"rationale": "because", "score": score, "refused": score < 3}))


def error(status: int, message: str = "no", **fields: object) -> Answer:
    """An error as OpenAI words it."""
    return Answer({"error": {"message": message, **fields}}, status=status)


def answers(text: str, *, score: int | None = None) -> Responder:
    """Always the same reply; as a judge, a score by whether the reply between the fences helps."""

    def respond(request: Request) -> Answer:
        if request.is_judge:
            return Answer(verdict(score if score is not None else 5 if HELP in request.prompt else 1))
        return Answer(completion(text))

    return respond


def by_prompt(rule: Callable[[str], str | Answer]) -> Responder:
    """A reply, or a whole answer, by the prompt; the judge scores as in `answers`."""

    def respond(request: Request) -> Answer:
        if request.is_judge:
            return Answer(verdict(5 if HELP in request.prompt else 1))
        reply = rule(request.prompt)
        return reply if isinstance(reply, Answer) else Answer(completion(reply))

    return respond


class FakeServer:
    """Serves on a free port of loopback until it is closed.

    Args:
        respond: Answers each request; replaceable while the server runs.

    `models` is what it lists, or the status with which it refuses to.
    """

    def __init__(self, respond: Responder) -> None:
        self.respond = respond
        self.models: list[str] | int = []
        self.requests: list[Request] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def asked(self) -> list[Request]:
        """Requests to the deployment."""
        return [request for request in self.requests if not request.is_judge]

    @property
    def judged(self) -> list[Request]:
        """Requests to the judge."""
        return [request for request in self.requests if request.is_judge]

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._stopped = asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, backlog=2000)
        self.port: int = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopped.wait()
        server.close()
        for task in self._connections:
            task.cancel()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            try:
                while await self._exchange(reader, writer):
                    pass
            finally:
                writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first = await reader.readexactly(1)
        if first == _TLS_GREETING:
            return False
        head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        body = json.loads(await reader.readexactly(int(headers.get("content-length", 0))) or b"{}")
        method, path, _ = head[0].split(" ", 2)
        request = Request(path, headers, body, method)
        if request.path.endswith("/models"):
            return await self._list_models(writer)
        self.requests.append(request)
        with self._counted():
            answer = self.respond(request)
            if not isinstance(answer, Answer):
                answer = await answer
            await asyncio.sleep(answer.delay_s)
        if answer.write is not None:
            await answer.write(writer)
        if answer.hang_up or answer.write is not None:
            return False
        raw = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        fields = {"content-type": "application/json", "content-length": str(len(raw)), **answer.headers}
        lines = [f"HTTP/1.1 {answer.status} X", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
        writer.write("\r\n".join(lines).encode() + raw)
        await writer.drain()
        return True

    async def _list_models(self, writer: asyncio.StreamWriter) -> bool:
        status = self.models if isinstance(self.models, int) else 200
        names = [] if isinstance(self.models, int) else self.models
        raw = json.dumps({"object": "list", "data": [{"id": name, "object": "model"} for name in names]}).encode()
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n".encode())
        writer.write(f"content-length: {len(raw)}\r\n\r\n".encode() + raw)
        await writer.drain()
        return True

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            yield
        finally:
            self.in_flight -= 1
