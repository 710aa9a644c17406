"""A deployment behind an OpenAI-compatible endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_domainsafety.core.evidence.replies import Reply
    from pytest_domainsafety.core.suite.prompts import Message
    from pytest_domainsafety.core.suite.tools import Tool
    from pytest_domainsafety.effects.endpoints.chat import ChatEndpoint


def tool_fields(tools: Sequence[Tool]) -> dict[str, Any]:
    """The fields of a body that offer a scenario's tools; none where it has none."""
    return {"tools": list(tools)} if tools else {}


class EndpointTarget:
    """Asks a chat endpoint."""

    def __init__(self, endpoint: ChatEndpoint) -> None:
        self._endpoint = endpoint

    @property
    def notes(self) -> list[str]:
        """What the run learnt of the endpoint and changed."""
        return self._endpoint.notes

    async def ask(self, messages: list[Message], tools: Sequence[Tool] = ()) -> Reply:
        """Send one request; the scenario's tools stand in place of the settings'."""
        return await self._endpoint.ask(messages, **tool_fields(tools))

    async def close(self) -> None:
        """Close the client's connections."""
        await self._endpoint.client.close()
