"""Libraries are imported whole, whatever signal comes meanwhile."""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.abc
import signal
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from pytest_domainsafety.effects.loading.imports import import_whole, importing_past

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


class _Finder(importlib.abc.MetaPathFinder):
    """Finds nothing, and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        del path, target
        self.asked.append(fullname)


def test_a_finder_that_is_passed_by_stands_where_it_stood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    for name in ("made_within", "made_after"):
        tmp_path.joinpath(f"{name}.py").write_text("made = True\n")
        request.addfinalizer(partial(sys.modules.pop, name, None))
    monkeypatch.syspath_prepend(tmp_path)
    passed, other, put_in = _Finder(), _Finder(), _Finder()
    monkeypatch.setattr(sys, "meta_path", [other, passed, *sys.meta_path])
    rest = sys.meta_path[2:]
    with contextlib.suppress(KeyboardInterrupt), importing_past(passed):
        importlib.import_module("made_within")
        sys.meta_path.append(put_in)
        raise KeyboardInterrupt
    assert sys.meta_path == [other, passed, *rest, put_in]
    importlib.import_module("made_after")
    assert (passed.asked, other.asked) == (["made_after"], ["made_within", "made_after"])


def test_a_finder_that_is_none_of_pythons_is_not_put_in() -> None:
    before = list(sys.meta_path)
    with importing_past(_Finder()):
        pass
    assert sys.meta_path == before
