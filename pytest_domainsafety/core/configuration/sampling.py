"""The sampling that is sent: the settings' own, and what a request's fields make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pytest_domainsafety.core.configuration.settings import Settings

_LONGEST: Final = "max_completion_tokens"

JUDGE_MAX_TOKENS: Final = 1024
"""The longest answer of a judge model: a sentence and a score, and room for thoughts before them."""


def sent_sampling(settings: Settings) -> dict[str, Any]:
    """The sampling parameters by the names they are sent under; None where one is left out."""
    sent = {"temperature": settings.temperature, "max_tokens": settings.max_tokens}
    named = {name: settings.request[name] for name in (*sent, _LONGEST) if name in settings.request}
    sent |= named
    if sent.get(_LONGEST) is not None and sent["max_tokens"] is None:
        del sent["max_tokens"]  # the other one says it
    return sent


def longest_reply(settings: Settings) -> int | None:
    """The most tokens that a reply may have, by whichever parameter says it; None where none is sent."""
    sent = sent_sampling(settings)
    longest = sent.get(_LONGEST)
    return sent.get("max_tokens") if longest is None else longest


def longest_verdict(settings: Settings) -> int | None:
    """The most tokens that a judge model may answer with, None where nothing bounds it."""
    sent = {"max_tokens": JUDGE_MAX_TOKENS, **settings.judge_request}
    longest = sent.get(_LONGEST) or sent["max_tokens"]
    return longest if isinstance(longest, int) else None
