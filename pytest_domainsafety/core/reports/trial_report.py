"""One trial as reports hold it."""

from __future__ import annotations

from dataclasses import fields
from typing import Final, Literal, Self

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from pytest_domainsafety.core.evidence.trials import Trial


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class CalledTools:
    """The names of the tools that a reply called, and whether its words refuse, null where the judge does not say."""

    names: tuple[str, ...]
    refused_in_words: bool | None


@dataclass(
    frozen=True,
    # There may be very many: a dataclass with slots takes a fifth of what a model takes.
    slots=True,
    kw_only=True,
    config=ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True),
)
class TrialReport:
    """One prompt asked once; `reply` is null unless replies were asked for in reports.

    `prompt_sha256` tells whether another run asked the same. `reasked`: the model may have answered before, in a
    request that failed. `rejected`: the deployment turned the request itself down. `called`: the tools that the reply
    called, null where it called none.
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
    reasked: bool = False
    rejected: bool = False
    called: CalledTools | None = None

    @classmethod
    def of(cls, trial: Trial, nodeid: str, prompt_sha256: str) -> Self:
        """A trial as a report holds it."""
        data = trial.to_json()
        names, refused = data.pop("tool_calls"), data.pop("refused_in_words")
        called = CalledTools(names=tuple(names), refused_in_words=refused) if names else None
        return cls(nodeid=nodeid, prompt_sha256=prompt_sha256, called=called, **data)

    def trial(self) -> Trial:
        """The inverse of `of`."""
        names = [each.name for each in fields(Trial) if each.name not in {"tool_calls", "refused_in_words"}]
        calls = (self.called.names, self.called.refused_in_words) if self.called else ((), None)
        data = {name: getattr(self, name) for name in names}
        return Trial.from_json({**data, "tool_calls": calls[0], "refused_in_words": calls[1]})


TRIAL: Final = TypeAdapter(TrialReport)
"""Turns one into JSON and back."""
