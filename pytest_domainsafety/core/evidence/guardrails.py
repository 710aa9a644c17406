"""Blocks of guardrails and content filters in HTTP errors: a measurement, told apart from a request that was wrong.

Each shape is one that a gateway was seen to send; others are configured. A bare status proves nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pytest_domainsafety.core.configuration.answer_rules import FilterRule
from pytest_domainsafety.core.evidence.replies import is_filter_code

_BAD_REQUEST: Final = 400
_HOOKS_FAILED: Final = 446
"""Portkey's own: its guardrails stopped the prompt or the reply."""

_AZURE_CODES: Final = frozenset({"content_filter", "responsibleaipolicyviolation"})
_GUARDRAILS_AI: Final = "Validation failed for field with errors:"


def block_of(status: int, text: str, rules: Sequence[FilterRule]) -> str | None:
    """What stopped a prompt, in a few untrusted words; None where an HTTP error is no filter's.

    Args:
        status: Of the answer.
        text: Its body.
        rules: The user's own, tried after the known shapes.
    """
    body = _object(text)
    known = _portkey(body) if status == _HOOKS_FAILED else _bad_request(body) if status == _BAD_REQUEST else None
    if known is not None:
        return known
    for rule in rules:
        if rule.status == status and re.search(rule.pattern, text):
            return f"filtered by '{rule.pattern}'"
    return None


def _bad_request(body: dict[str, Any]) -> str | None:
    error = _part(body, "error") or body
    if is_filter_code(code := _word(error, "code")):
        return code
    # LiteLLM keeps here what it knows of the provider's error, and who stopped it.
    fields = _part(error, "provider_specific_fields")
    if name := _word(fields, "guardrail_name"):
        return f"guardrail {name}"
    azure = _part(fields, "azure_error")
    for place in (azure, _part(azure, "innererror"), _part(fields, "innererror")):
        if (code := _word(place, "code")).lower() in _AZURE_CODES:
            return code
    return "guardrail of Guardrails AI" if _word(body, "detail").startswith(_GUARDRAILS_AI) else None


def _portkey(body: dict[str, Any]) -> str | None:
    if _word(_part(body, "error"), "type") != "hooks_failed":
        return None
    names = ", ".join(dict.fromkeys(_failed_checks(_part(body, "hook_results"))))
    return f"guardrail {names or 'of Portkey'}"


def _failed_checks(results: dict[str, Any]) -> Iterator[str]:
    """The names of checks that said no, or of their guardrail where no check is named."""
    hooks = [hook for when in results.values() if isinstance(when, list) for hook in when if isinstance(hook, dict)]
    for hook in hooks:
        if hook.get("verdict") is not False:
            continue
        checks = hook.get("checks")
        failed = [check for check in checks if isinstance(check, dict)] if isinstance(checks, list) else []
        names = [_word(check, "id") for check in failed if check.get("verdict") is False]
        yield from [name for name in names if name] or [_word(hook, "id") or "of Portkey"]


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _part(place: dict[str, Any], name: str) -> dict[str, Any]:
    part = place.get(name)
    return part if isinstance(part, dict) else {}


def _word(place: dict[str, Any], name: str) -> str:
    word = place.get(name)
    return word if isinstance(word, str) else ""
