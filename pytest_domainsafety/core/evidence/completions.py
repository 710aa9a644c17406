"""Reading the body of a chat completion, strictly: what is not a reply must not pass for one."""

from __future__ import annotations

from typing import Any

from pytest_domainsafety.core.evidence.replies import Reply


class InvalidReplyError(ValueError):
    """A body that is no chat completion; the message says what is wrong, in a few words."""


def parse_completion(body: object) -> Reply:
    """Turn a decoded JSON body into a reply.

    Args:
        body: The decoded body of a `chat/completions` response.

    Returns:
        The first choice's answer, refusal, reasoning and tool calls.

    Raises:
        InvalidReplyError: If the body has not the shape of a chat completion.
    """
    choices = _get(body, "body", dict).get("choices")
    if not isinstance(choices, list) or not choices:
        raise InvalidReplyError("no choices")
    choice = _get(choices[0], "choice", dict)
    message = _get(choice.get("message"), "message", dict)
    finish_reason = _optional(choice, "finish_reason", str)
    answer, thought = _content(message.get("content"))
    refusal = _optional(message, "refusal", str) or ""
    reasoning = [thought, *(_optional_text(message, name) for name in ("reasoning", "reasoning_content"))]
    usage = body.get("usage") if isinstance(body, dict) else None
    return Reply(
        text="\n".join(part for part in (answer, refusal) if part),
        finish_reason=finish_reason,
        reasoning="\n".join(part for part in reasoning if part) or None,
        tool_calls=_tool_calls(message),
        refusal=refusal or None,
        prompt_tokens=_count(usage, "prompt_tokens"),
        completion_tokens=_count(usage, "completion_tokens"),
    )


def _get(value: object, what: str, kind: type[dict[str, Any]]) -> dict[str, Any]:
    if not isinstance(value, kind):
        raise InvalidReplyError(f"no {what}")
    return value


def _optional(mapping: dict[str, Any], name: str, kind: type[str]) -> str | None:
    value = mapping.get(name)
    if value is not None and not isinstance(value, kind):
        raise InvalidReplyError(f"{name} is {type(value).__name__}")
    return value


def _optional_text(mapping: dict[str, Any], name: str) -> str:
    # Servers differ in what they put here, and it is never judged, so its type is no reason to retry.
    value = mapping.get(name)
    return value if isinstance(value, str) else ""


def _content(content: object) -> tuple[str, str]:
    """Answer and thought of a message's content: text, null, or a list of parts."""
    if content is None:
        return "", ""
    if isinstance(content, str):
        return content, ""
    if not isinstance(content, list):
        raise InvalidReplyError(f"content is {type(content).__name__}")
    answer: list[str] = []
    thought: list[str] = []
    for part in content:
        kind = _get(part, "content part", dict).get("type")
        text = part.get("refusal" if kind == "refusal" else "text")
        if isinstance(text, str):
            (thought if kind in {"thinking", "reasoning"} else answer).append(text)
        elif kind in {"thinking", "reasoning"}:
            thought.append(str(part.get(kind, "")))
        else:
            raise InvalidReplyError(f"content part of type {kind!r} without text")
    return "".join(answer), "".join(thought)


def _tool_calls(message: dict[str, Any]) -> tuple[str, ...]:
    calls = message.get("tool_calls") or []
    if not isinstance(calls, list):
        raise InvalidReplyError(f"tool_calls is {type(calls).__name__}")
    functions = [_get(call, "tool call", dict).get("function") or call.get("custom") for call in calls]
    if message.get("function_call"):
        functions.append(message["function_call"])
    read = [_get(function, "function in a tool call", dict) for function in functions]
    return tuple(f"{call.get('name', '')}({call.get('arguments', call.get('input', ''))})" for call in read)


def _count(usage: object, name: str) -> int:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and value > 0 else 0
