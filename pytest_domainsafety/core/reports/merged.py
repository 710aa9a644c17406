"""A run that was merged from parts: which they were."""

from __future__ import annotations

import contextlib

from pydantic import Field

from pytest_domainsafety.core.record import Record
from pytest_domainsafety.core.reports.resumed import minute
from pytest_domainsafety.core.suite.shards import parse_shard


class MergedPart(Record):
    """A run that others were merged with.

    `run` is what its directory was called, `shard` which part of the suite it was told to be, such as `2/4`, null of
    one that was told nothing. `trials` counts those that the merged run has from it. `stopped` is why it did not ask
    all that it was to ask.
    """

    run: str
    started: str
    shard: str | None = None
    trials: int
    stopped: str | None = None


class Merged(Record):
    """What a report tells of the parts it was merged from; `verdicts` counts what they had come to before."""

    parts: list[MergedPart] = Field(default=[])
    verdicts: int = 0

    def sentence(self) -> str:
        """In words, for people."""
        begun = sorted(minute(part.started) for part in self.parts)
        when = " to ".join(dict.fromkeys((begun[0], begun[-1])))
        return f"merged from {len(begun)} run{'' if len(begun) == 1 else 's'} of {when}"

    def lacking(self) -> list[str]:
        """Shards that no run was of, such as `4/4`; none where the parts are not those of one split."""
        found = []
        for part in self.parts:
            # A report may be edited by hand: what is no shard says nothing of a split.
            with contextlib.suppress(ValueError):
                found += [parse_shard(part.shard)] if part.shard is not None else []
        counts = {shard.of for shard in found}
        if len(counts) != 1:
            return []
        (count,) = counts
        lacking = sorted({*range(1, count + 1)} - {shard.number for shard in found})
        return [f"{number}/{count}" for number in lacking]
