"""A Batch API on loopback, with files, batches and a list in pages; it goes through states as a test scripts them.

A plain HTTP server, not a mock of anything of ours. It answers ordinary chat requests too.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from support.fake_server import Answer, Request

Json = dict[str, Any]

SOON = {"retry-after-ms": "20"}
"""With each answer about a batch, so that nobody waits for minutes."""

_PAGE = 2


@dataclass(slots=True)
class Batch:
    """A batch at the server.

    Args:
        id: Its id.
        lines: What it is to do.
        made: As it was created.
        states: Those that are still to come, the next first.
        files: Ids of what came back.
    """

    id: str
    lines: list[Json]
    made: Json
    states: list[str]
    files: dict[str, str | None] = field(default_factory=dict)
    errors: Json | None = None
    polls: int = 0

    @property
    def is_judge(self) -> bool:
        """Whether its lines are the judge's."""
        return bool(self.lines) and self.lines[0]["body"].get("model") == "judge"


class BatchServer:
    """Serves until it is closed.

    Args:
        respond: Answers each chat request, a line of a batch or one by itself.

    `script` gives the states of a batch, the last of which it keeps. `meddle` may change what comes back: it is given
    each line's result, and gives those to be written (a row with `response` None goes into the second file). `fail`
    may answer a call, by method and path, in the server's place; `seen` is told of each before and after it is done.
    """

    def __init__(self, respond: Callable[[Request], Any]) -> None:
        self.respond = respond
        self.script: Callable[[Batch], list[str]] = lambda _: ["validating", "in_progress", "finalizing", "completed"]
        self.meddle: Callable[[list[Json]], list[Json | bytes]] = list
        self.fail: Callable[[str, str], Answer | None] = lambda _method, _path: None
        self.seen: Callable[[str, str, bool], None] = lambda _method, _path, _done: None
        self.problem: Json | None = None
        self.batches: list[Batch] = []
        self.files: dict[str, bytes] = {}
        self.live: list[Request] = []
        self.headers: list[dict[str, str]] = []
        self._lock = threading.Lock()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                owner.handle(self)

            do_POST = do_GET  # noqa: N815 - the name is the library's

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def submitted(self) -> list[str]:
        """The ids of all lines of all batches, in their order."""
        return [line["custom_id"] for batch in self.batches for line in batch.lines]

    def of(self, *, judge: bool) -> list[Batch]:
        """The batches of the judge, or of the deployment."""
        return [batch for batch in self.batches if batch.is_judge is judge]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def handle(self, http: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        raw = http.rfile.read(int(http.headers.get("content-length") or 0))
        path, _, query = http.path.partition("?")
        self.headers.append({name.lower(): value for name, value in http.headers.items()})
        with self._lock:
            short = path.removeprefix("/v1")
            self.seen(http.command, short, False)  # noqa: FBT003 - the hook's own order
            answer = self.fail(http.command, short) or self._answer(http, path, query, raw)
            self.seen(http.command, short, True)  # noqa: FBT003 - the same
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        if answer.hang_up:
            http.close_connection = True
            return
        http.send_response(answer.status)
        for name, value in {"content-type": "application/json", **answer.headers}.items():
            http.send_header(name, value)
        if "content-length" not in answer.headers:
            http.send_header("content-length", str(len(body)))
        http.end_headers()
        http.wfile.write(body)

    def _answer(self, http: BaseHTTPRequestHandler, path: str, query: str, raw: bytes) -> Answer:
        path = path.removeprefix("/v1")
        if path == "/chat/completions":
            request = Request(path, dict(http.headers.items()), json.loads(raw))
            self.live.append(request)
            answer: Answer = self.respond(request)
            return answer
        if path == "/files":
            return self._keep(raw, http.headers["content-type"])
        if path.startswith("/files/"):
            content = self.files.get(path.split("/")[2])
            return Answer({"error": {"message": "no such file"}}, 404) if content is None else Answer(content)
        if path == "/batches" and http.command == "POST":
            return self.create(json.loads(raw))
        if path == "/batches":
            return self._list(query)
        return self._state(path.rpartition("/")[2])

    def _keep(self, raw: bytes, kind: str) -> Answer:
        boundary = kind.partition("boundary=")[2].strip('"').encode()
        for part in raw.split(b"--" + boundary):
            head, _, content = part.partition(b"\r\n\r\n")
            if b'name="file"' in head:
                name = f"file-{len(self.files)}"
                self.files[name] = content.removesuffix(b"\r\n")
                told = {"id": name, "object": "file", "purpose": "batch", "filename": "x.jsonl", "created_at": 0}
                return Answer({**told, "bytes": len(self.files[name])}, headers=SOON)
        return Answer({"error": {"message": "no file"}}, 400)

    def create(self, made: Json) -> Answer:
        """Make a batch."""
        lines = [json.loads(line) for line in self.files[made["input_file_id"]].splitlines()]
        batch = Batch(f"batch_{len(self.batches)}", lines, made, [])
        batch.states = self.script(batch)
        self.batches.append(batch)
        return Answer(self._told(batch), headers=SOON)

    def _list(self, query: str) -> Answer:
        newest = list(reversed(self.batches))
        after = re.search(r"after=(\w+)", query)
        names = [batch.id for batch in newest]
        start = names.index(after[1]) + 1 if after else 0
        page = newest[start : start + _PAGE]
        more = start + _PAGE < len(newest)
        return Answer({"object": "list", "data": [self._told(batch) for batch in page], "has_more": more})

    def _state(self, name: str) -> Answer:
        batch = next((each for each in self.batches if each.id == name), None)
        if batch is None:
            return Answer({"error": {"message": "no such batch"}}, 404)
        batch.polls += 1
        if len(batch.states) > 1:
            batch.states.pop(0)
        if batch.states[0] in {"completed", "expired", "cancelled"} and not batch.files:
            self._do(batch)
        return Answer(self._told(batch), headers=SOON)

    def _do(self, batch: Batch) -> None:
        rows: list[Json] = []
        for line in batch.lines:
            answer = self.respond(Request("/chat/completions", {}, line["body"]))
            response = {"status_code": answer.status, "request_id": "r", "body": answer.body}
            rows.append({"id": "x", "custom_id": line["custom_id"], "response": response, "error": None})
        kept = self.meddle(rows)
        good: list[Json | bytes] = [row for row in kept if isinstance(row, bytes) or _is_good(row)]
        bad: list[Json | bytes] = [row for row in kept if not (isinstance(row, bytes) or _is_good(row))]
        for which, chosen in {"output": good, "errors": bad}.items():
            name = f"file-{len(self.files)}"
            text = b"\n".join(row if isinstance(row, bytes) else json.dumps(row).encode() for row in chosen)
            if chosen:
                self.files[name] = text
            batch.files[which] = name if chosen else None

    def _told(self, batch: Batch) -> Json:
        return {
            **batch.made,
            "id": batch.id,
            "object": "batch",
            "status": batch.states[0],
            "created_at": 0,
            "expires_at": 4_000_000_000,
            "errors": self.problem if batch.states[0] == "failed" else None,
            "output_file_id": batch.files.get("output"),
            "error_file_id": batch.files.get("errors"),
            "request_counts": {"total": len(batch.lines), "completed": 0, "failed": 0},
        }


def _is_good(row: Json) -> bool:
    return row["response"] is not None and row["response"]["status_code"] == 200


def unexecuted(row: Json, code: str = "batch_expired") -> Json:
    """The row of a line that was never executed."""
    return {**row, "response": None, "error": {"code": code, "message": "not executed"}}
