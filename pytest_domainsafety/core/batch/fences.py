"""The line that parts what a judge is shown, where the same request must be made again once its answer is there."""

from __future__ import annotations

import base64
import hmac
import itertools
import json
from collections.abc import Callable, Sequence
from typing import Final

_BYTES: Final = 16


def derived_fence(secret: bytes) -> Callable[[Sequence[str]], str]:
    """Makes fences by a secret: whoever does not have it cannot guess the one around a text of his.

    Args:
        secret: At least 16 random bytes.

    Returns:
        Takes the texts that are shown, and gives a line of 128 bits that stands in none of them, always the same.
    """

    def fence(shown: Sequence[str]) -> str:
        texts = json.dumps([*shown]).encode()
        for number in itertools.count():
            digest = hmac.digest(secret, b"%d " % number + texts, "sha256")[:_BYTES]
            line = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            if not any(line in text for text in shown):
                return line
        raise AssertionError  # the count has no end

    return fence
