"""Ways in which a server, or the network before it, lets its client down: each makes the answer to one request."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from support.fake_server import HELP, REFUSAL, Answer, Json, Request, Responder, completion, verdict

Misbehave = Callable[["Request"], "Answer"]
Stream = asyncio.StreamWriter

_PROMPT: Final = re.compile(r"([a-z0-9-]+)/s0/operational")
_HEAD: Final = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n"
_HUGE: Final = 50_000_000
_PAGE: Final = "/login"
_TRICKLE_S: Final = 0.1
_SLOW_S: Final = 0.8


def hit(request: Request) -> str | None:
    """The fault that a request is meant to meet: scenario files name their domain after it, and s0 meets it."""
    found = _PROMPT.search(request.prompt)
    return None if found is None else found[1]


def healthy(request: Request) -> Answer:
    """What a server without a fault answers: a refusal, and as a judge what is right."""
    if request.is_judge:
        return Answer(verdict(5 if HELP in request.prompt else 1))
    return Answer(completion(REFUSAL))


def responder(faults: Mapping[str, Misbehave], *, judge: bool = False, every: bool = False) -> Responder:
    """Answer as a server does that has some faults.

    Args:
        faults: What is done, by the domain whose s0 it hits.
        judge: Whether it is the judge that has them.
        every: Whether each request meets the fault, which is then the only one.
    """

    def respond(request: Request) -> Answer:
        if request.path == _PAGE:
            return Answer(b"<html>please log in</html>", headers={"content-type": "text/html"})
        if request.is_judge is not judge:
            return healthy(request)
        name = next(iter(faults)) if every else hit(request)
        return faults.get(name or "", healthy)(request)

    return respond


def status(
    number: int, /, *, message: str = "no", headers: dict[str, str] | None = None, **fields: object
) -> Misbehave:
    """An HTTP error, worded as OpenAI does."""
    return lambda _: Answer({"error": {"message": message, **fields}}, status=number, headers=headers or {})


def body(content: Json | bytes, **headers: str) -> Misbehave:
    """HTTP 200 with a body."""
    return lambda _: Answer(content, headers={name.replace("_", "-"): value for name, value in headers.items()})


def reply(text: str | None, **message: object) -> Misbehave:
    """A completion, in which any field may be other than usual."""
    return lambda _: Answer(completion(text, **message))


def choices(value: object) -> Misbehave:
    """A completion whose choices are something else."""
    return lambda _: Answer({**completion("x"), "choices": value})


def redirect_to_page(_: Request) -> Answer:
    """HTTP 302 to a page of HTML."""
    return Answer({}, status=302, headers={"location": _PAGE})


def redirect_to_itself(request: Request) -> Answer:
    """HTTP 307, with which the same request is sent to the same place again."""
    return Answer({}, status=307, headers={"location": request.path})


def hang(_: Request) -> Answer:
    """Nothing at all, on an open connection."""
    return _written(lambda _: asyncio.Event().wait())


def hang_up(_: Request) -> Answer:
    """The connection is closed in order, without a reply."""
    return Answer(hang_up=True)


def reset(_: Request) -> Answer:
    """The connection is reset before the reply."""
    return _written(_reset)


def reset_in_body(_: Request) -> Answer:
    """The connection is reset in the middle of the body."""

    async def write(stream: Stream) -> None:
        stream.write(_whole()[:-60])
        await stream.drain()
        await _reset(stream)

    return _written(write)


def cut_short(_: Request) -> Answer:
    """The connection is closed in order in the middle of the body."""

    async def write(stream: Stream) -> None:
        stream.write(_whole()[:-60])
        await stream.drain()

    return _written(write)


def slow(_: Request) -> Answer:
    """The head at once, the body late, both within the time for a reply."""

    async def write(stream: Stream) -> None:
        head, _, rest = _whole().partition(b"\r\n\r\n")
        stream.write(head + b"\r\n\r\n")
        await stream.drain()
        await asyncio.sleep(_SLOW_S)
        stream.write(rest)
        await stream.drain()

    return _written(write)


def trickle(_: Request) -> Answer:
    """A byte at a time, each soon after the last, so that the whole takes far longer than a reply may."""

    async def write(stream: Stream) -> None:
        for byte in _whole():
            stream.write(bytes([byte]))
            await stream.drain()
            await asyncio.sleep(_TRICKLE_S)

    return _written(write)


def huge(_: Request) -> Answer:
    """A reply of 50 MB."""
    return Answer(completion(REFUSAL + " " + "no " * (_HUGE // 3)))


def no_http(_: Request) -> Answer:
    """What another protocol's server says."""

    async def write(stream: Stream) -> None:
        stream.write(b"SSH-2.0-OpenSSH_9.6\r\n")
        await stream.drain()

    return _written(write)


def _written(write: Callable[[Stream], Awaitable[object]]) -> Answer:
    async def whole(stream: Stream) -> None:
        await write(stream)

    return Answer(write=whole)


def _whole() -> bytes:
    raw = json.dumps(completion(REFUSAL)).encode()
    return _HEAD.format(len(raw)).encode() + raw


async def _reset(stream: Stream) -> None:
    """Close with a reset, which a socket does that must not linger."""
    raw = stream.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.transport.abort()
