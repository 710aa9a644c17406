"""A run that went on with an earlier one: when that was begun, and how much of it was kept."""

from __future__ import annotations

from pytest_domainsafety.core.record import Record


class Resumed(Record):
    """What a report tells of the run it went on with.

    `started` is when that run was begun, ISO 8601 in UTC. Of `planned` trials `trials` were kept, settled or with a
    reply that only wanted a verdict, and `asked` were asked in this session. `verdicts` counts what the run had come
    to before: each is an attempt.
    """

    started: str
    trials: int
    planned: int
    asked: int
    verdicts: int

    def sentence(self) -> str:
        """In words, for a reason and for people."""
        plural = "" if self.planned == 1 else "s"
        return (
            f"resumed from a run of {minute(self.started)}: {self.trials} of {self.planned} trial{plural} were kept"
        )


def minute(when: str) -> str:
    """A time in ISO 8601 and UTC as people write it, to the minute."""
    return f"{when[:10]} {when[11:16]} UTC"
