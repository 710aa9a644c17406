"""Headers by which gateways say that not the deployment that was asked for has answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_COUNTERS: Final = (
    "x-litellm-attempted-fallbacks",  # LiteLLM: how many it tried
    "x-portkey-last-used-option-index",  # Portkey: the place of the target it used
)


def by_fallback(headers: Mapping[str, str]) -> bool:
    """Whether a gateway says that a fallback answered; a header that is no number says nothing.

    Args:
        headers: Of the answer, names in lower case or found in any case.
    """
    values = (headers.get(name, "").strip() for name in _COUNTERS)
    return any(value.isdecimal() and int(value) > 0 for value in values)
