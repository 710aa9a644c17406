"""Waiting for another thread without shutting out Ctrl-C."""

from __future__ import annotations

import concurrent.futures
from typing import Final, TypeVar

T = TypeVar("T")

_POLL_S: Final = 0.2


def wait(future: concurrent.futures.Future[T]) -> T:
    """Wait in short steps: on Windows a long wait would not be interrupted by Ctrl-C."""
    while not future.done():
        concurrent.futures.wait([future], timeout=_POLL_S)
    return future.result()
