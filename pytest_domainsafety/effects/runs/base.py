"""What a run under way is written to and read back from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from pytest_domainsafety.core.evidence.stored_replies import StoredReply
    from pytest_domainsafety.core.evidence.trials import Trial
    from pytest_domainsafety.core.evidence.turns import Turn

NOT_JUDGED_YET: Final = "not judged yet"
"""Why a reply has no verdict that was written down as soon as it came."""

Place = tuple[str, str, str, int]
"""Domain, scenario, framing and repetition: what names a trial."""


class RunStore(Protocol):
    """Holds what was measured. What it has taken counts, and nothing else does."""

    def settled(self, place: Place) -> Trial | None:
        """The trial that an earlier session of this run settled, None where it must be asked or judged."""
        ...

    def received(self, place: Place) -> tuple[Trial, StoredReply] | None:
        """A reply of an earlier session that only wants a verdict, None where there is none."""
        ...

    def left_open(self, place: Place) -> bool:
        """Whether the model may have answered already, in an earlier session, so that asking is another draw."""
        ...

    def note(self, trial: Trial, reply: StoredReply | None = None) -> None:
        """Take a trial, and its reply where it has one.

        Raises:
            StoppedError: If it cannot be kept: what is not kept must not be paid for.
        """
        ...

    def answered(self, place: Place) -> list[Turn]:
        """The turns of a conversation that an earlier session had answered, in order."""
        ...

    def note_turn(self, trial: Trial, turn: Turn) -> None:
        """Take the answer to the next turn of a conversation.

        Args:
            trial: As far as it has come.
            turn: The answer.

        Raises:
            StoppedError: If it cannot be kept.
        """
        ...

    def texts(self, digests: AbstractSet[str]) -> dict[str, str]:
        """The replies with these digests, by digest, as far as they are kept."""
        ...

    def replies(self) -> list[StoredReply]:
        """All replies of the run with their verdicts, in the order of their places."""
        ...
