"""What a run's use of tokens is worth, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_domainsafety.core.reports.report import Usage


def estimated_usage(usage: Usage) -> list[str]:
    """A sentence where tokens were not counted by the endpoint, else none."""
    count = usage.estimated_requests
    if not count:
        return []
    replies = "1 reply" if count == 1 else f"{count} replies"
    bound = "4 characters a token, max_tokens a reply"
    return [f"tokens are an upper estimate for {replies} that came without usage ({bound})"]
