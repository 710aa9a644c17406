"""Finish reasons that a gateway translated: the provider's own word, kept beside, decides where the other hides it.

LiteLLM calls `stop` whatever it does not know, a provider's `safety` and `error` among it, so what it puts into
`provider_specific_fields` decides as if it had been the finish reason, unknown words too. OpenRouter knows its
providers' words, and has `error` and `content_filter` of its own: of its `native_finish_reason` an unknown word is
one more way to say that the reply ended, and only a known bad one decides.
"""

from __future__ import annotations

from typing import Any, Final

from pytest_domainsafety.core.evidence.replies import is_known_stop, is_safety_reason

_FIELD: Final = "native_finish_reason"

_LENGTHS: Final = frozenset({"length", "max_tokens", "max_output_tokens", "model_length"})

_NORMAL: Final = _LENGTHS | {"completed", "finish_reason_stop", "finish_reason_max_tokens"}
"""Words for an end as replies have it that are no finish reasons: of OpenAI's Responses API, of Vertex AI."""

_FAILURES: Final = frozenset(
    {
        "abort",
        "aborted",
        "cancelled",
        "error",
        "failed",
        "insufficient_system_resource",
        "malformed_function_call",
        "malformed_response",
        "network_error",
    }
)
"""Words that no provider has for a reply that ended well."""


def finish_reason_of(choice: dict[str, Any], said: str | None) -> str | None:
    """The finish reason that decides: the gateway's, or the provider's where the gateway's is milder.

    Args:
        choice: Of a chat completion.
        said: Its own `finish_reason`.
    """
    fields = choice.get("provider_specific_fields")
    kept = fields.get(_FIELD) if isinstance(fields, dict) else None
    native = kept if isinstance(kept, str) else choice.get(_FIELD)
    if not isinstance(native, str) or not native.strip() or (said or "stop").strip().lower() != "stop":
        return said
    word = native.strip().lower()
    if word in _LENGTHS:
        return "length"
    if word in _NORMAL or is_known_stop(native):
        return said
    decides = isinstance(kept, str) or word in _FAILURES or is_safety_reason(native)
    return native if decides else said
