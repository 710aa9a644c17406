"""Asking for a forked process. Workers of xdist are started by this too, so it imports next to nothing."""

from __future__ import annotations

import json
import os
import socket
import sys
from typing import Any


def connected(place: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(place)
    return connection


def send(connection: socket.socket, task: dict[str, Any], files: tuple[int, int, int]) -> None:
    data = json.dumps(task).encode()
    socket.send_fds(connection, [len(data).to_bytes(8, "big")], files)
    connection.sendall(data)


def launch(place: str, arguments: list[str]) -> int:
    """Be what xdist takes for Python: have a process forked that has this one's streams, and end as it does."""
    if arguments[:2] != ["-u", "-c"]:
        os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - it is no worker that is started
    task = {
        "cwd": os.getcwd(),  # noqa: PTH109 - a text
        "environment": dict(os.environ),
        "arguments": [*arguments],
        "group": os.getpgrp(),
    }
    with connected(place) as connection:
        send(connection, task, (0, 1, 2))
        lines = connection.makefile("r", encoding="utf-8")
        lines.readline()
        code = int(lines.readline() or 1)
    if code < 0:
        os.kill(os.getpid(), -code)
    return code
