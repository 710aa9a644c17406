"""Importing libraries in the main thread: whole, and without the garbage collector or pytest looking on."""

from __future__ import annotations

import contextlib
import gc
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import FrameType

_INTERRUPTS = (signal.SIGINT, signal.SIGTERM)


def import_whole(names: Iterable[str]) -> None:
    """Import modules, those that are there; an interruption waits until all are.

    A module that an exception left half made cannot be imported again, numpy among them, and the verdict of an
    interrupted run needs it still.
    """
    with _settled_memory(), _uninterrupted():
        for name in names:
            with contextlib.suppress(ImportError):
                import_module(name)


@contextlib.contextmanager
def importing_past(finder: object) -> Iterator[None]:
    """Nothing that is imported in the block is looked for by one of `sys.meta_path`.

    pytest's own, which rewrites asserts, looks into all modules of a plugin's package, and keeps byte code of its own
    of them: after each installation it would parse them all anew. Neither they nor the libraries hold any assert that
    a test fails by. Only imports belong into the block, and no code of the user's, whose asserts are.
    """
    place = next((place for place, each in enumerate(sys.meta_path) if each is finder), None)
    if place is None:
        yield
        return
    kept = sys.meta_path.pop(place)
    try:
        with _settled_memory():
            yield
    finally:
        # What was imported may have put in finders of its own: they stay.
        sys.meta_path.insert(place, kept)


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Signals that interrupt are heard, and raised again at the end; only the main thread hears any."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []

    def hear(number: int, frame: FrameType | None) -> None:
        del frame
        heard.append(number)

    before = {number: signal.signal(number, hear) for number in _INTERRUPTS}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:  # else it was not Python that set it
                signal.signal(number, handler)
        for told in heard:
            signal.raise_signal(told)


@contextlib.contextmanager
def _settled_memory() -> Iterator[None]:
    """What is made in the block, and before it, stays: no collection looks at it while it is made, or ever after.

    The client's library makes some hundred thousand objects when it is imported. To go through them again and again,
    during the run and at its end, took as long as a tenth of a run of 500 prompts. What they refer to is still freed
    as usual; only a cycle that was garbage already stays.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()
