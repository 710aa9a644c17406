"""Repetitions that say the same, word for word: a server that leaves out the temperature, or a cache before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.suite.item_key import ItemKey

_SHARE: Final = 0.9
_LEAST_PROMPTS: Final = 5
"""A few prompts may be answered alike by chance."""


def alike_repetitions(evidence: Mapping[ItemKey, Sequence[Trial]], temperature: float | None) -> str | None:
    """A sentence where at least nine of ten prompts got one text for all repetitions, though they were sampled.

    A text that answers several prompts is a canned one, such as a refusal, and proves nothing: those prompts are left
    out. Five others must be there.

    Args:
        evidence: A run's.
        temperature: That was asked for; None where none was, so that nobody knows what to expect.
    """
    replies = {key: [each.reply_sha256 for each in trials if each.reply_sha256] for key, trials in evidence.items()}
    answers = Counter(digest for digests in replies.values() for digest in set(digests))
    repeated = [
        set(found) for found in replies.values() if len(found) > 1 and all(answers[each] == 1 for each in found)
    ]
    alike = sum(len(digests) == 1 for digests in repeated)
    if not temperature or len(repeated) < _LEAST_PROMPTS or alike < _SHARE * len(repeated):
        return None
    return (
        f"{alike} of {len(repeated)} prompts got the same text in all repetitions at temperature {temperature:g}: "
        "the server may leave the temperature out, or a cache may answer, so repetitions add nothing here"
    )
