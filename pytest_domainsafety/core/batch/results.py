"""What a line of a batch's results or errors says, in the shapes that servers and offline runners write.

OpenAI, Azure and LiteLLM put status and body into `response`; some runners put the body itself there. A line that was
not executed has no response, and an error with a code. What is neither is no result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

_OK: Final = 200
_LOWEST_STATUS: Final = 100
_HIGHEST_STATUS: Final = 599

_UNASKED: Final = {
    "batch_expired": "expired in the batch",
    "expired": "expired in the batch",
    "batch_cancelled": "cancelled in the batch",
    "cancelled": "cancelled in the batch",
}
"""Codes of lines that were never executed, so that the model said nothing."""


class InvalidResultError(ValueError):
    """A line that is no result; the message says why, in a few words."""


@dataclass(frozen=True, slots=True)
class Result:
    """One line of results.

    Args:
        custom_id: Of the request. Untrusted.
        status: As of HTTP, None where the request was not answered.
        body: What was answered, JSON. Untrusted.
        unanswered: Why there is no answer, short and uniform; None where there is one.
        unasked: Whether nothing was executed, so that asking again is the first draw.
    """

    custom_id: str
    status: int | None = None
    body: Any = None
    unanswered: str | None = None
    unasked: bool = False


def read_result(row: object) -> Result:
    """Read a line.

    Raises:
        InvalidResultError: If it is no result.
    """
    if not isinstance(row, dict) or not isinstance(row.get("custom_id"), str):
        raise InvalidResultError("it has no custom_id")
    custom_id, response, error = row["custom_id"], row.get("response"), row.get("error") or None
    if response is None:
        if error is None:
            raise InvalidResultError("it has neither a response nor an error")
        return _unanswered(custom_id, error)
    if not isinstance(response, dict):
        raise InvalidResultError("its response is no object")
    wrapped = "body" in response or "status_code" in response
    status = _status(response.get("status_code", _OK)) if wrapped else _OK
    if status is None:
        raise InvalidResultError("its status_code is no status")
    body = response.get("body") if wrapped else response
    if error is not None:
        # vLLM puts there all that it would have answered, with the error inside.
        inner = error.get("error") if isinstance(error, dict) else None
        error = inner if isinstance(inner, dict) else error
        # A success that says that it failed is no success: what reads the body finds the error in it.
        body = {**body, "error": error} if isinstance(body, dict) else {"error": error}
    return Result(custom_id, status, body)


def _unanswered(custom_id: str, error: object) -> Result:
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(code, str) and code in _UNASKED:
        return Result(custom_id, unanswered=_UNASKED[code], unasked=True)
    # Some write the status of an error where others write a word.
    status = _status(code)
    if status is not None and status != _OK:
        return Result(custom_id, status, {"error": error})
    return Result(custom_id, unanswered="failed in the batch")


def _status(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    valid = isinstance(value, int) and not isinstance(value, bool) and _LOWEST_STATUS <= value <= _HIGHEST_STATUS
    return value if valid and isinstance(value, int) else None
