"""Python programs in processes of their own that need not import their libraries: forked from one that has them.

Such a run has its own folder, environment, streams, process group and exit code, as any process has. What it lacks is
the second in which a fresh interpreter imports pytest, the client, numpy and the package. Tests of what is imported,
and when, and runs with variables that Python or a library reads at its own start, take a fresh interpreter.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

_LIBRARIES: Final = (
    "_pytest.assertion.rewrite",
    "_pytest.junitxml",
    "_pytest.pytester",
    "aiohttp",
    "httpcore2",
    "numpy",
    "openai.resources.chat.completions.messages",
    "openai.types.chat.completions.message_list_params",
    "pydantic",
    "scipy.interpolate",
    "scipy.optimize",
    "scipy.special",
    "yaml",
)
_PACKAGE: Final = "pytest_domainsafety"
_FRESH: Final = ("PYTHON", "OPENAI_", "AIOHTTP_", "COVERAGE_")
"""What such variables say is read when Python or a library starts."""


class Hung(Exception):  # noqa: N818 - it is what happened
    """A program took too long, and was ended with all its children."""


def can_fork(environment: Mapping[str, str]) -> bool:
    """Whether a run with these variables, beside the usual ones, would be the same in a forked process."""
    return hasattr(os, "fork") and not any(name.startswith(_FRESH) for name in environment)


def run_module(
    module: str, arguments: Sequence[str], *, cwd: Path, environment: Mapping[str, str], timeout_s: float
) -> subprocess.CompletedProcess[bytes]:
    """Run `python -m module` in a forked process.

    Raises:
        Hung: If it takes longer; the message is its output.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        task = {"module": module, "arguments": [*arguments], "cwd": str(cwd), "environment": dict(environment)}
        hung, code = _origin().run(task, (out.fileno(), err.fileno()), timeout_s)
        out.seek(0)
        err.seek(0)
        said, complained = out.read(), err.read()
    if hung:
        raise Hung(f"{said.decode(errors='replace')}\n{complained.decode(errors='replace')}")
    return subprocess.CompletedProcess([module, *arguments], code, said, complained)


class _Origin:
    """The process that others are forked from, asked one after the other."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this module
                [sys.executable, str(Path(__file__).resolve()), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._lines = self._socket.makefile("r", encoding="utf-8")
        atexit.register(self.close)

    def run(self, task: dict[str, Any], files: tuple[int, int], timeout_s: float) -> tuple[bool, int]:
        """Whether the program hung, and its exit code."""
        data = json.dumps(task).encode()
        socket.send_fds(self._socket, [len(data).to_bytes(8, "big")], files)
        self._socket.sendall(data)
        pid = int(self._lines.readline())
        ended = _ended_within(self._socket, timeout_s)
        if not ended:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        return not ended, int(self._lines.readline())

    def close(self) -> None:
        """End it: it ends when nobody can ask any more."""
        self._lines.close()
        self._socket.close()
        self._process.wait()


def _ended_within(connection: socket.socket, timeout_s: float) -> bool:
    connection.settimeout(timeout_s)
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except TimeoutError:
        return False
    finally:
        connection.settimeout(None)


@cache
def _origin() -> _Origin:
    return _Origin()


def _serve(connection: socket.socket) -> None:
    """Fork a process for each task, until nobody can ask any more; in a forked one, return with its program run."""
    while True:
        head, files, _, _ = socket.recv_fds(connection, 8, 2)
        if not head:
            return
        task = json.loads(_received(connection, int.from_bytes(head, "big")))
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if not pid:
            connection.close()
            _become(task, files)
            runpy.run_module(task["module"], run_name="__main__", alter_sys=True)
            return
        for file in files:
            os.close(file)
        connection.sendall(f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _received(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += connection.recv(size - len(data))
    return data


def _become(task: dict[str, Any], files: list[int]) -> None:
    """Be a process as if it had just been started with the task's folder, environment and streams."""
    os.setsid()
    for number, file in enumerate(files, 1):
        os.dup2(file, number)
        os.close(file)
    sys.stdout = io.TextIOWrapper(os.fdopen(1, "wb", closefd=False), encoding="utf-8")
    sys.stderr = io.TextIOWrapper(
        os.fdopen(2, "wb", closefd=False), encoding="utf-8", errors="backslashreplace", line_buffering=True
    )
    os.chdir(task["cwd"])
    os.environ.clear()
    os.environ.update(task["environment"])
    # As `python -m` does; this module's own folder was there.
    sys.path[0] = task["cwd"]
    sys.argv = [task["module"], *task["arguments"]]


def _import_all() -> None:
    for name in _LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    package = importlib.import_module(_PACKAGE)
    for found in pkgutil.walk_packages(package.__path__, f"{_PACKAGE}."):
        if found.name != f"{_PACKAGE}.cli":  # which is run as a module
            importlib.import_module(found.name)
    # pytest would warn that it cannot rewrite the assertions of plugins that are imported already.
    for entry in entry_points(group="pytest11"):
        plugin = sys.modules.get(entry.value.partition(":")[0].partition(".")[0])
        if plugin is not None:
            plugin.__doc__ = f"{plugin.__doc__} PYTEST_DONT_REWRITE"


if __name__ == "__main__":
    _import_all()
    gc.freeze()  # else a collection in a forked process copies all that it looks at
    _serve(socket.socket(fileno=int(sys.argv[1])))
