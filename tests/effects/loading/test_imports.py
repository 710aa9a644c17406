"""Libraries are imported whole, whatever signal comes meanwhile."""

from __future__ import annotations

import gc
import signal
import sys
import threading
from pathlib import Path

import pytest

from pytest_domainsafety.effects.loading.imports import import_whole

MODULE = """
import os, signal
os.kill(os.getpid(), signal.SIG{signal})
DONE = True
"""


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """The name of a module during whose import this process is told to end."""
    name = f"told_{request.param.lower()}"
    (tmp_path / f"{name}.py").write_text(MODULE.format(signal=request.param))
    monkeypatch.syspath_prepend(tmp_path)
    return name


@pytest.mark.parametrize("made", ["INT", "TERM"], indirect=True)
def test_an_interruption_waits_until_the_import_is_done(made: str) -> None:
    # A process that was started in the background ignores SIGINT.
    before = {told: signal.signal(told, signal.default_int_handler) for told in (signal.SIGINT, signal.SIGTERM)}
    try:
        with pytest.raises(KeyboardInterrupt):
            import_whole([made])
        assert sys.modules[made].DONE
        assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        for told, handler in before.items():
            signal.signal(told, handler)


def test_what_is_not_there_is_left_out_and_the_collector_goes_on() -> None:
    import_whole(["no_such_module_of_any_version", "json"])
    assert gc.isenabled()


def test_another_thread_may_import_too() -> None:
    caught: list[BaseException] = []

    def run() -> None:
        try:
            import_whole(["json"])
        except BaseException as error:  # noqa: BLE001 - told below
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert caught == []
