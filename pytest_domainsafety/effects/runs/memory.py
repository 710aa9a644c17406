"""A run of which nothing is written down."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from pytest_domainsafety.core.evidence.replies import text_sha256
from pytest_domainsafety.core.evidence.stored_replies import StoredReply
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.evidence.turns import Turn
from pytest_domainsafety.effects.runs.base import NOT_JUDGED_YET, Place


@dataclass(slots=True)
class MemoryRun:
    """Keeps the judged replies, for a second judge, and nothing else; it begins anew each time."""

    _replies: dict[Place, StoredReply] = field(default_factory=dict)

    def settled(self, place: Place) -> Trial | None:
        """Nothing was settled earlier."""
        del place
        return None

    def received(self, place: Place) -> tuple[Trial, StoredReply] | None:
        """No reply is waiting."""
        del place
        return None

    def left_open(self, place: Place) -> bool:
        """Nothing was asked earlier."""
        del place
        return False

    def note(self, trial: Trial, reply: StoredReply | None = None) -> None:
        """Keep the reply once it is judged."""
        if reply is not None and trial.error != NOT_JUDGED_YET:
            self._replies[reply.place] = reply

    def answered(self, place: Place) -> list[Turn]:
        """Nothing was answered earlier."""
        del place
        return []

    def note_turn(self, trial: Trial, turn: Turn) -> None:
        """Nothing goes on with it."""

    def texts(self, digests: AbstractSet[str]) -> dict[str, str]:
        """The replies with these digests."""
        found = {text_sha256(reply.reply): reply.reply for reply in self._replies.values()}
        return {digest: found[digest] for digest in digests & found.keys()}

    def replies(self) -> list[StoredReply]:
        """The judged replies, in the order of their places."""
        return sorted(self._replies.values(), key=lambda each: each.place)
