"""What an endpoint's Batch API says of a batch, and how it is told. All of it is untrusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pytest_domainsafety.core.escape import printable

ENDED: Final = frozenset({"completed", "failed", "expired", "cancelled", "canceled"})
"""States that no batch leaves any more."""

_LONGEST_ID: Final = 2000
"""A proxy's ids hold those of others; whatever is longer is none."""

_MOST: Final = 10**12
"""Of what is counted, and of seconds; no batch has more."""

_LONGEST_SAID: Final = 2000
"""So much is looked through for keys before it is cut to what is shown."""

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True)
class BatchState:
    """A batch as it was when the endpoint was asked.

    Args:
        id: Of the batch.
        status: As the endpoint calls it.
        total, completed, failed: Lines; 0 where it does not say.
        input_file: The file that it was created with, None where the endpoint does not say.
        output_file, error_file: Files with what came back, None while there are none.
        expires_at: Seconds since 1970, None where it does not say.
        problem: Why it failed, in the endpoint's words; empty where it says nothing.
        metadata: What the batch was created with.
    """

    id: str
    status: str
    total: int = 0
    completed: int = 0
    failed: int = 0
    input_file: str | None = None
    output_file: str | None = None
    error_file: str | None = None
    expires_at: int | None = None
    problem: str = ""
    metadata: tuple[tuple[str, str], ...] = ()

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in ENDED


def read_state(row: object) -> BatchState | None:
    """Read a batch object; None where it is none."""
    if not isinstance(row, dict) or _text(row.get("id")) is None or _text(row.get("status")) is None:
        return None
    counts, metadata = row.get("request_counts"), row.get("metadata")
    counts = counts if isinstance(counts, dict) else {}
    pairs = metadata.items() if isinstance(metadata, dict) else ()
    return BatchState(
        id=row["id"],
        status=row["status"].lower(),
        total=_count(counts.get("total")),
        completed=_count(counts.get("completed")),
        failed=_count(counts.get("failed")),
        input_file=_text(row.get("input_file_id")),
        output_file=_text(row.get("output_file_id")),
        error_file=_text(row.get("error_file_id")),
        expires_at=_count(row.get("expires_at")) or None,
        problem=_problem(row.get("errors")),
        metadata=tuple((name, value) for name, value in pairs if isinstance(name, str) and isinstance(value, str)),
    )


def batch_line(state: BatchState, elapsed_s: float, now_s: float) -> str:
    """A batch in one line, printable.

    Args:
        state: Of the batch.
        elapsed_s: Since it was submitted.
        now_s: Seconds since 1970.
    """
    counts = f", {state.completed} completed and {state.failed} failed of {state.total}" if state.total else ""
    left = "" if state.expires_at is None or state.ended else f", expires in {_span(state.expires_at - now_s)}"
    return printable(f"batch {state.id:.60} {state.status:.20}{counts}, {_span(elapsed_s)} elapsed{left}")


def _span(seconds: float) -> str:
    whole = max(0, int(seconds))
    if whole < _MINUTE_S:
        return f"{whole} s"
    hours, rest = divmod(whole, _HOUR_S)
    return f"{hours} h {rest // _MINUTE_S:02d} min" if hours else f"{rest // _MINUTE_S} min"


def _problem(errors: Any) -> str:  # noqa: ANN401 - JSON
    rows = errors.get("data") if isinstance(errors, dict) else errors
    first = next((row for row in rows if isinstance(row, dict)), None) if isinstance(rows, list) else None
    if first is None:
        return ""
    line = first.get("line")
    where = f"line {line}: " if isinstance(line, int) else ""
    words = ", ".join(f"{first[name]}" for name in ("code", "message") if isinstance(first.get(name), str))
    return printable(f"{where}{words}")[:_LONGEST_SAID]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST_ID else None


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST else 0
