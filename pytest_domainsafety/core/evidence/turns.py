"""The deployment's answers within a conversation, as they are kept until the last one has come."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One answered turn of a conversation. The answer and the reasoning are untrusted text.

    Args:
        answer: What could be read of the answer, which is what the next request says that the deployment answered.
        reasoning: The model's thoughts, kept apart from it.
        tool_calls: The calls that end the answer, each `name(arguments)`.
        finish_reason: As the deployment gave it.
        attempts: Requests sent for the conversation so far, retries included.
        latency_s: Seconds from sending the last attempt to the whole answer.
        reasked: Whether the model may have answered this turn or one before it already, in a request that failed.
        error: What failed before, of a conversation that is open by it.
        served_model: The model that the answer names, None where it names none. Untrusted.
    """

    answer: str
    reasoning: str | None = None
    tool_calls: tuple[str, ...] = ()
    finish_reason: str | None = None
    attempts: int = 1
    latency_s: float = 0.0
    reasked: bool = False
    error: str | None = None
    served_model: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Builtins only."""
        return {**asdict(self), "tool_calls": list(self.tool_calls)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(**{**data, "tool_calls": tuple(data.get("tool_calls", ()))})
