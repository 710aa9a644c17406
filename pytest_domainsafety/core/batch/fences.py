"""The line that parts what a judge is shown, where the same request must be made again when its answer is there."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

_BYTES: Final = 16


def derived_fence(secret: bytes, shown: Sequence[str]) -> str:
    """A line of 128 bits, in base 64, that stands in none of the texts; without the secret nobody can foretell it.

    Args:
        secret: Drawn for these batches alone, and shown to nobody.
        shown: The texts. The same ones give the same line.
    """
    # The length of each, so that no other parting of the same characters has the same line.
    text = "".join(f"{len(each)}:{each}" for each in shown).encode("utf-8", "surrogatepass")
    for number in range(len(text) + 2):
        digest = hmac.new(secret, f"{number}:".encode() + text, hashlib.sha256).digest()[:_BYTES]
        fence = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if not any(fence in each for each in shown):
            break
    return fence
