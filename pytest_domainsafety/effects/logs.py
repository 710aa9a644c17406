"""What client libraries log: headers, addresses and reasons that an endpoint words, without keys and on one line."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Final

from pytest_domainsafety.core.render.escape import printable
from pytest_domainsafety.effects.callables import describe

_LIBRARIES: Final = ("openai", "httpx2", "httpcore2", "httpx", "httpcore", "aiohttp")


@contextlib.contextmanager
def guarded_logs(hidden: Callable[[str], str]) -> Iterator[None]:
    """While it lasts, everything that these libraries log is cleaned on its way to whoever listens.

    Args:
        hidden: Takes keys out of a text.
    """
    loggers = [logging.getLogger(name) for name in _LIBRARIES]
    handler, before = _Cleaning(hidden), [logger.propagate for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, propagate in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.propagate = propagate


class _Cleaning(logging.Handler):
    """Hands records on to the root logger's handlers, cleaned."""

    def __init__(self, hidden: Callable[[str], str]) -> None:
        super().__init__()
        self._hidden = hidden

    def emit(self, record: logging.LogRecord) -> None:
        """Clean a copy of a record, and hand it on."""
        said = printable(self._hidden(record.getMessage()))
        if record.exc_info and record.exc_info[1] is not None:
            said += f" ({describe(record.exc_info[1], self._hidden)})"
        cleaned = logging.makeLogRecord({**vars(record), "msg": said, "args": (), "exc_info": None, "exc_text": None})
        cleaned.stack_info = None
        logging.getLogger().handle(cleaned)
