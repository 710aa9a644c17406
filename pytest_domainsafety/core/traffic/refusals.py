"""Whether an endpoint that refuses prompts for good will ever answer one: a prompt's fate is not the run's."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final

FIRST_ALIKE: Final = 5
"""So many different prompts that meet the same status, before anything was answered, are no accident of theirs."""

IN_A_ROW: Final = 20
"""So many different prompts that are denied one after another: not theirs either, even where others were answered."""

DENIED: Final = frozenset({401, 403, 404})
"""Statuses that mean the key or the model before anything was answered, and after it, one prompt."""


@dataclass(slots=True)
class Refusals:
    """Counts, for one endpoint as one asker knows it, with its key and model, prompts that are not asked again."""

    answered: bool = False
    _status: int = 0
    _first: set[Hashable] = field(default_factory=set)
    _row: set[Hashable] = field(default_factory=set)

    def answer(self) -> None:
        """A prompt was answered, even if by a filter of contents: the key is good."""
        self.answered = True
        self._first.clear()
        self._row.clear()

    def refuse(self, prompt: Hashable, status: int) -> bool:
        """A prompt was refused for good.

        Args:
            prompt: Tells prompts apart: one that is asked often counts once.
            status: Of HTTP.

        Returns:
            Whether it is hopeless to ask on.
        """
        if not self.answered:
            if status != self._status:
                self._status = status
                self._first.clear()
            self._first.add(prompt)
            return len(self._first) >= FIRST_ALIKE
        if status in DENIED:
            self._row.add(prompt)
        return len(self._row) >= IN_A_ROW
