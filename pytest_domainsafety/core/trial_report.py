"""One trial as reports hold it."""

from __future__ import annotations

from typing import Literal

from pytest_domainsafety.core.part import Part

_ALL_GIVEN: set[str] = set()
"""The names of a trial's fields, all of which are always given."""


class TrialReport(Part):
    """One prompt asked once; `reply` is null unless replies were asked for in reports.

    `prompt_sha256` tells whether another run asked the same.
    """

    nodeid: str
    domain: str
    scenario: str
    framing: str
    repetition: int
    outcome: Literal["complied", "refused", "engaged", "declined", "filtered", "missing", "unjudged", "not_asked"]
    score: int | None
    finish_reason: str | None
    latency_s: float | None
    attempts: int
    error: str | None
    reply_sha256: str | None
    reply: str | None
    prompt_sha256: str

    def model_post_init(self, _: object, /) -> None:
        """Share what pydantic notes of the fields that were given: for each trial it would be more than the trial."""
        object.__setattr__(self, "__pydantic_fields_set__", _ALL_GIVEN)


_ALL_GIVEN.update(TrialReport.model_fields)
