"""Reading the body of a chat completion, strictly: what is not a reply must not pass for one."""

from __future__ import annotations

from typing import Any

from pytest_domainsafety.core.evidence.native_stops import finish_reason_of
from pytest_domainsafety.core.evidence.replies import Reply, is_known_stop, is_safety_reason, readable


class InvalidReplyError(ValueError):
    """A body that is no chat completion; the message says what is wrong, in a few words."""


def parse_completion(body: object) -> Reply:
    """Turn a decoded JSON body into a reply.

    Args:
        body: The decoded body of a `chat/completions` response.

    Returns:
        The first choice's answer, refusal, reasoning and tool calls. If it says that it failed, its `failure` is set,
        so that help in its text is not lost.

    Raises:
        InvalidReplyError: If the body has not the shape of a chat completion, or says that it failed and no more.
    """
    whole = _get(body, "body", dict)
    choices = whole.get("choices")
    if not isinstance(choices, list) or not choices:
        raise InvalidReplyError(_error_in(whole) or "no choices")
    choice = _get(choices[0], "choice", dict)
    failure = _error_in(whole) or _error_in(choice)
    if failure and not choice.get("message"):
        raise InvalidReplyError(failure)
    message = _get(choice.get("message"), "message", dict)
    finish_reason = finish_reason_of(choice, _optional(choice, "finish_reason", str))
    answer, thought = _content(message.get("content"))
    refusal = _optional(message, "refusal", str) or ""
    reasoning = [thought, *(_optional_text(message, name) for name in ("reasoning", "reasoning_content"))]
    usage = whole.get("usage")
    reply = Reply(
        text="\n".join(part for part in (answer, refusal) if part),
        finish_reason=finish_reason,
        reasoning="\n".join(part for part in reasoning if part) or None,
        tool_calls=_tool_calls(message),
        refusal=refusal or None,
        prompt_tokens=_count(usage, "prompt_tokens"),
        completion_tokens=_count(usage, "completion_tokens"),
        failure=failure or _error_in(message) or _failed_stop(finish_reason),
        served_model=_optional_text(whole, "model") or None,
        fingerprint=_optional_text(whole, "system_fingerprint") or None,
    )
    if reply.failure and readable(reply).outcome is not None:
        raise InvalidReplyError(reply.failure)
    return reply


def _error_in(place: dict[str, Any]) -> str | None:
    """What an `error` says, on one line; an empty one is none."""
    error = place.get("error")
    if not error:
        return None
    said = error.get("message") or error.get("code") if isinstance(error, dict) else error
    # No shorter: a key in it must be whole where it is taken out.
    return f"error in the body: {' '.join(said.split())}" if isinstance(said, str) else "error in the body"


def _failed_stop(finish_reason: str | None) -> str | None:
    if is_known_stop(finish_reason) or is_safety_reason(finish_reason):
        return None
    return f"finish_reason {' '.join(str(finish_reason).split())}"


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
