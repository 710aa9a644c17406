"""Answers that are on record: what a request got when it was asked in a batch."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from pytest_domainsafety.core.batch.request_lines import body_text, request_id, request_line
from pytest_domainsafety.core.evidence.failures import (
    FailedAskError,
    StoppedError,
    UnrecordedError,
    may_hang_on_the_reply,
)
from pytest_domainsafety.effects.endpoints.answers import ASKED_FOR, as_response

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    import httpx2

    from pytest_domainsafety.effects.batches.result_lines import Results

DEPLOYMENT: Final = "deployment"
JUDGE: Final = "judge"
"""Whom a request is for; a panel's members are told apart by the model in the body."""

NOT_THERE: Final = "not in the batch's results"

_ADDRESS: Final = "https://batch.invalid/v1/chat/completions"
"""A response is one to a request; this one went nowhere from here."""

_MOST_LINES: Final = 1_000_000


class RecordedAnswers:
    """Answers requests by the results of a batch.

    Args:
        results: All results.
        tag: Of the batch.
        role: Whom the requests are for.
        ids: Of the requests that were written for it.
        note: What to report of how it was asked.
    """

    retries = _MOST_LINES
    """Asking again gives the next result of the same request; where there is none, the last one stands."""

    def __init__(self, results: Results, tag: str, role: str, ids: AbstractSet[bytes], note: str) -> None:
        self.note = note
        self.answered = results.answered(ids)
        self._results = results
        self._tag = tag
        self._role = role
        self._given = Counter[bytes]()

    async def answer(self, body: dict[str, Any]) -> httpx2.Response:
        """The next result of a request.

        Raises:
            UnrecordedError: If there is none, or none any more.
            FailedAskError: If there is one without an answer, or a success comes after it.
            StoppedError: If the file was changed meanwhile.
        """
        name = request_id(self._tag, self._role, ASKED_FOR.get(), body_text(body), 0)
        key = bytes.fromhex(name.removeprefix(f"{self._tag}-"))
        lines, number = self._results.of(key), self._given[key]
        if number >= len(lines):
            raise UnrecordedError(NOT_THERE)
        self._given[key] += 1
        try:
            result = self._results.read(lines[number])
        except (OSError, ValueError):
            file = self._results.files[lines[number].file]
            raise StoppedError(f"{file} was changed while it was read: read the batch again") from None
        if result.custom_id != name:
            file = self._results.files[lines[number].file]
            raise StoppedError(f"{file} was changed while it was read: read the batch again")
        if result.unasked:
            raise UnrecordedError(f"{result.unanswered}")
        if result.status is None:
            raise FailedAskError(f"{result.unanswered}", retry=True, resamples=True)
        if number + 1 < len(lines) and result.status >= _ERROR:
            # The success after it stands, whatever would be made of this one alone.
            status = result.status
            raise FailedAskError(f"HTTP {status}", retry=True, resamples=may_hang_on_the_reply(status))
        return as_response(_ADDRESS, result.status, result.body)


_ERROR: Final = 300


class NotedRequests:
    """Answers nothing, and keeps the requests as lines of a batch, each once.

    Args:
        tag: Of the batch.
        role: Whom the requests are for.
    """

    retries = 0

    def __init__(self, tag: str, role: str) -> None:
        self._tag = tag
        self._role = role
        self._seen = set[str]()
        self._lines: list[str] = []

    async def answer(self, body: dict[str, Any]) -> httpx2.Response:
        """Note a request.

        Raises:
            UnrecordedError: Always.
        """
        text = body_text(body)
        name = request_id(self._tag, self._role, ASKED_FOR.get(), text, 0)
        if name not in self._seen:
            self._seen.add(name)
            self._lines.append(request_line(name, text))
        raise UnrecordedError(NOT_THERE)

    def take(self) -> list[str]:
        """The lines since they were taken last."""
        taken, self._lines = self._lines, []
        return taken
