"""What client libraries log: headers, addresses and reasons that an endpoint words, without keys and on one line."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any, Final

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.effects.loading.callables import describe

_LIBRARIES: Final = frozenset({"openai", "httpx2", "httpcore2", "httpx", "httpcore", "aiohttp"})


@contextlib.contextmanager
def guarded_logs(hidden: Callable[[str], str]) -> Iterator[None]:
    """While it lasts, everything that these libraries log is clean for whoever listens.

    Records are cleaned where they are made: pytest listens at every logger, so no handler comes before its own.

    Args:
        hidden: Takes keys out of a text.
    """
    before = logging.getLogRecordFactory()

    def made(*args: Any, **kwargs: Any) -> logging.LogRecord:  # noqa: ANN401 - as the factory before it takes them
        record = before(*args, **kwargs)
        if record.name.partition(".")[0] in _LIBRARIES:
            _clean(record, hidden)
        return record

    logging.setLogRecordFactory(made)
    try:
        yield
    finally:
        logging.setLogRecordFactory(before)


def _clean(record: logging.LogRecord, hidden: Callable[[str], str]) -> None:
    said = printable(hidden(record.getMessage()))
    if record.exc_info and record.exc_info[1] is not None:
        said += f" ({describe(record.exc_info[1], hidden)})"
    # A traceback would be printed as it is.
    record.msg, record.args, record.exc_info = said, (), None
