"""Which column of a table of prompts holds what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column holds what.

    Args:
        prompt: The harmful request.
        id: The scenario's id; None makes one of the prompt's first words.
        harm: The harm in one line; None takes the prompt's beginning.
        tag: The sub-topic.
        context: A text that stands before the request; None asks the request alone.
        domain: The scenario's domain; None where all have one.
        framing: The name of the row's framing; None where all are operational.
        language: The language of the row's prompt; None where all have the suite's.
        where: Column and value of the rows to take: of several values of one column any, of several columns all.
        but: Column and value of the rows to leave out, whatever else holds.
    """

    prompt: str
    id: str | None = None
    harm: str | None = None
    tag: str | None = None
    context: str | None = None
    domain: str | None = None
    framing: str | None = None
    language: str | None = None
    where: Sequence[tuple[str, str]] = ()
    but: Sequence[tuple[str, str]] = ()

    def used(self) -> list[str]:
        """Their names."""
        named = (
            *(self.prompt, self.id, self.harm, self.tag, self.context, self.domain, self.framing, self.language),
            *(column for column, _ in (*self.where, *self.but)),
        )
        return [column for column in named if column is not None]
