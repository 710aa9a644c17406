"""What a target is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pytest_domainsafety.core.evidence.replies import Reply
    from pytest_domainsafety.core.suite.prompts import Message


class Target(Protocol):
    """The deployment under audit: messages in, one reply out."""

    @property
    def notes(self) -> list[str]:
        """What the run learnt of the deployment and changed."""
        ...

    async def ask(self, messages: list[Message]) -> Reply:
        """Ask once, without retries.

        Raises:
            FailedAskError: If this request failed.
            StoppedError: If every request would fail.
        """
        ...

    async def close(self) -> None:
        """Release connections."""
        ...
