"""What a target is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_domainsafety.core.evidence.replies import Reply
    from pytest_domainsafety.core.suite.prompts import Message
    from pytest_domainsafety.core.suite.tools import Tool


class Target(Protocol):
    """The deployment under audit: messages in, one reply out."""

    @property
    def notes(self) -> list[str]:
        """What the run learnt of the deployment and changed."""
        ...

    async def ask(self, messages: list[Message], tools: Sequence[Tool] = ()) -> Reply:
        """Ask once, without retries.

        Args:
            messages: The chat messages.
            tools: What the scenario offers, in place of what the settings do.

        Raises:
            FailedAskError: If this request failed.
            StoppedError: If every request would fail.
        """
        ...

    async def close(self) -> None:
        """Release connections."""
        ...
