"""How requests are submitted to a Batch API, by the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from pytest_domainsafety.core.batch.request_lines import MOST_BYTES, MOST_LINES
from pytest_domainsafety.effects.batches.pacing import Pacing


@dataclass(slots=True, kw_only=True)
class Submitting:
    """How requests are submitted.

    Args:
        retry: Where a request goes that failed: into another batch, or to the endpoint by itself.
        max_retries: How often the latter.
        concurrency: How many of the latter at a time.
        timeout_s: Of each of these, in seconds.
        pacing: The waits.
        most_lines: Of a part.
        most_bytes: Of a part.
        late: Says in a sentence when nothing more may be submitted.
        tell: Told each change in a line.
    """

    retry: Literal["batch", "live"] = "batch"
    max_retries: int = 5
    concurrency: int = 32
    timeout_s: float = 120.0
    pacing: Pacing = field(default_factory=Pacing)
    most_lines: int = MOST_LINES
    most_bytes: int = MOST_BYTES
    late: Callable[[], str | None] = lambda: None
    tell: Callable[[str], None] = lambda _: None
