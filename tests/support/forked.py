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
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import types
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

from support.fork_client import connected, send

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
_FRESH: Final = ("PYTHON", "OPENAI_LOG", "AIOHTTP_", "COVERAGE_")
"""What such variables say is read when Python or a library starts."""


class Hung(Exception):  # noqa: N818 - it is what happened
    """A program took too long, and was ended with all its children."""


def can_fork(environment: Mapping[str, str]) -> bool:
    """Whether a run with these variables, beside the usual ones, would be the same in a forked process."""
    # Coverage is measured in processes that it starts itself.
    measured = any(name.startswith("COVERAGE_PROCESS") for name in os.environ)
    fresh = any(name.startswith(_FRESH) for name in environment if name != "PYTHONPATH")
    return hasattr(os, "fork") and not measured and not fresh


def run_module(
    module: str, arguments: Sequence[str], *, cwd: Path, environment: Mapping[str, str], timeout_s: float
) -> subprocess.CompletedProcess[bytes]:
    """Run `python -m module` in a forked process, or else in a fresh one. xdist's workers are forked as well.

    Args:
        module: The program.
        arguments: Its arguments.
        cwd: Its folder.
        environment: All its variables.
        timeout_s: Seconds after which it hangs.

    Raises:
        Hung: If it takes longer; the message is its output.
    """
    if not can_fork({}):
        command = [sys.executable, "-m", module, *arguments]
        try:
            return subprocess.run(  # noqa: S603 - the arguments are the tests' own
                command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise Hung(str(error)) from None
    task = {"cwd": str(cwd), "environment": dict(environment), "arguments": ["-m", module, *arguments]}
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        open(os.devnull, "rb") as nothing,  # noqa: PTH123 - a device, for its number
        connected(_origin()) as connection,
    ):
        send(connection, task, (nothing.fileno(), out.fileno(), err.fileno()))
        lines = connection.makefile("r", encoding="utf-8")
        group = int(lines.readline())
        hung = not _answers_within(connection, timeout_s)
        if hung:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        code = int(lines.readline())
        out.seek(0)
        err.seek(0)
        said, complained = out.read(), err.read()
    if hung:
        raise Hung(f"{said.decode(errors='replace')}\n{complained.decode(errors='replace')}")
    return subprocess.CompletedProcess([module, *arguments], code, said, complained)


@cache
def _origin() -> str:
    """The socket of the process that others are forked from, which ends with this one."""
    folder = tempfile.mkdtemp(prefix="forked-")
    place = f"{folder}/socket"
    ours, theirs = os.pipe()
    command = [sys.executable, "-m", "support.forked", place, str(theirs)]
    process = subprocess.Popen(command, pass_fds=[theirs], stdin=subprocess.DEVNULL, cwd=Path(__file__).parents[1])  # noqa: S603 - this module
    os.close(theirs)
    with os.fdopen(ours, "rb") as ready:
        ready.read()

    def end() -> None:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)

    atexit.register(end)
    return place


def _answers_within(connection: socket.socket, timeout_s: float) -> bool:
    connection.settimeout(timeout_s)
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except TimeoutError:
        return False
    finally:
        connection.settimeout(None)


def _serve(place: str, ready: int) -> None:
    """Fork a process for each task; in a forked one, return once its program has run."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(place)
        server.listen()
        os.close(ready)
        while True:
            connection, _ = server.accept()
            # The process between tells how the program ended, so that this one goes on with others.
            if not os.fork():
                server.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                return _mind(connection, place)
            connection.close()


def _mind(connection: socket.socket, place: str) -> None:
    head, files, _, _ = socket.recv_fds(connection, 8, 3)
    task = json.loads(_received(connection, int.from_bytes(head, "big")))
    pid = os.fork()
    if not pid:
        connection.close()
        _become(task, files, place)
        return _run(task["arguments"])
    for file in files:
        os.close(file)
    connection.sendall(f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(OSError):
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _received(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += connection.recv(size - len(data))
    return data


def _become(task: dict[str, Any], files: list[int], place: str) -> None:
    """Be a process as if it had just been started with the task's folder, environment, streams and group."""
    os.setpgid(0, task.get("group", 0))
    for number, file in enumerate(files):
        os.dup2(file, number)
    for file in files:
        os.close(file)
    sys.stdin = io.TextIOWrapper(os.fdopen(0, "rb", closefd=False), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(os.fdopen(1, "wb", closefd=False), encoding="utf-8")
    sys.stderr = io.TextIOWrapper(
        os.fdopen(2, "wb", closefd=False), encoding="utf-8", errors="backslashreplace", line_buffering=True
    )
    os.chdir(task["cwd"])
    os.environ.clear()
    os.environ.update(task["environment"])
    # As `python -m` and `python -c` do; this module's own folder was there.
    further = [folder for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder]
    sys.path[:1] = [task["cwd"] if task["arguments"][0] == "-m" else "", *further]
    sys.executable = _launcher(place)


def _launcher(place: str) -> str:
    """A program that xdist can start a worker by; all Python that it needs is in the standard library."""
    file = Path(place).with_name("python")
    if not file.exists():
        made = file.with_name(f"python-{os.getpid()}")
        made.write_text(
            f"#!{sys.executable} -ISE\nimport sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n"
            f"from fork_client import launch\nsys.exit(launch({place!r}, sys.argv[1:]))\n",
            encoding="utf-8",
        )
        made.chmod(0o755)
        made.replace(file)
    return str(file)


def _run(arguments: list[str]) -> None:
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        return
    unbuffered, dash_c, code = arguments
    assert (unbuffered, dash_c) == ("-u", "-c")
    sys.argv = ["-c"]
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    exec(code, main.__dict__)  # noqa: S102 - what xdist starts a worker by


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
    _serve(sys.argv[1], int(sys.argv[2]))
