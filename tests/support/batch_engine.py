"""A batch engine as a test plays it: it asks a server each line of request files, and writes what came as results."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Change = Callable[[int, Json], Json | str | None]


def run_batch(
    server: str, files: list[Path], change: Callable[[int, Json], Json | str | None] = lambda _, row: row
) -> str:
    """The lines of a file of results, errors among them, the last request first.

    Args:
        server: Its address, up to `/v1`.
        files: Of requests.
        change: Makes of each result, by its place among the requests, another one, a text in its place, or none.
    """
    lines: list[str] = []
    requests = [json.loads(line) for file in files for line in file.read_text(encoding="ascii").splitlines()]
    for number, request in enumerate(requests):
        status, body = _post(server.removesuffix("/v1") + request["url"], request["body"])
        row: Json | str | None = result(request["custom_id"], body, status)
        if change is not None:
            row = change(number, result(request["custom_id"], body, status))
        if row is not None:
            lines.append(row if isinstance(row, str) else json.dumps(row))
    return "\n".join(reversed(lines)) + "\n"


def result(custom_id: str, body: object, status: int = 200) -> Json:
    """A result as OpenAI writes it."""
    response = {"status_code": status, "request_id": "r", "body": body}
    return {"id": "batch_req_1", "custom_id": custom_id, "response": response, "error": None}


def _post(url: str, body: Json) -> tuple[int, Any]:
    request = urllib.request.Request(  # noqa: S310 - the fake server's address
        url, json.dumps(body).encode(), {"content-type": "application/json", "connection": "close"}
    )
    try:
        with urllib.request.urlopen(request) as response:  # noqa: S310 - the same
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())
