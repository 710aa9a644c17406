"""What a run of one part of the suite tells at its end; the verdict is taken once all parts are joined."""

from __future__ import annotations

from pytest_domainsafety.core.record import Record


class Part(Record):
    """A measured part, which has no verdict.

    Args:
        shard: Which one, such as `2/4`.
        started: When it was begun, ISO 8601 in UTC.
        finished: When it came to its end, ISO 8601 in UTC.
        planned: Trials of its scenarios, whether they were selected or not.
        measured: Those of them that have an outcome that counts.
        interrupted: Whether the session was broken off.
        stopped: Why nothing more was asked, None where all was.
        version: Of the package.
        notes: What it learnt of deployment and judges and changed.
        files: SHA-256 in hex of the files beside it that hold what was measured, by their names.
    """

    shard: str
    started: str
    finished: str
    planned: int
    measured: int
    interrupted: bool
    stopped: str | None
    version: str
    notes: list[str]
    files: dict[str, str]

    @property
    def is_whole(self) -> bool:
        """Whether it came to its end with nothing left to ask."""
        return not self.interrupted and self.stopped is None and self.measured == self.planned
