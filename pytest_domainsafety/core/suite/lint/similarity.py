"""How alike texts are: the Jaccard index of their shingles, sequences of three words.

Broder, "On the resemblance and containment of documents" (1997). All pairs over a threshold are found exactly, by
prefix filtering: Bayardo, Ma and Srikant, "Scaling up all pairs similarity search" (2007), with the prefixes of
Xiao et al., "Efficient similarity joins for near-duplicate detection" (2011). Two texts that are alike enough share
one of their few rarest shingles, so that only texts which do are compared.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

SHINGLE: Final = 3
"""Words in a shingle."""

_ROUNDING: Final = 1e-9

Shingle = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """A text's shingles by rank, the rarest first, without those that no other text has; and how many all are."""

    shared: tuple[int, ...]
    members: frozenset[int]
    size: int

    def rarest(self, share: float) -> tuple[int, ...]:
        """One of those it shares with any text of which it has at least that share of its own shingles."""
        alone = self.size - len(self.shared)
        prefix = self.size - math.ceil(share * self.size - _ROUNDING) + 1
        return self.shared[: max(0, prefix - alone)]


def shingles(words: Sequence[str]) -> dict[Shingle, None]:
    """The set of shingles of a text, in their order; a shorter text is one shingle."""
    if len(words) < SHINGLE:
        return {tuple(words): None}
    return dict.fromkeys(zip(*(islice(words, start, None) for start in range(SHINGLE)), strict=False))


def similarity(one: Sequence[str], other: Sequence[str]) -> float:
    """The Jaccard index of two texts' shingles: 0 where they share none, 1 where they are the same.

    Args:
        one: Its words.
        other: Its words.
    """
    first, second = shingles(one).keys(), shingles(other).keys()
    return _jaccard(len(first & second), len(first), len(second))


def similar_pairs(texts: Sequence[Sequence[str]], threshold: float) -> Iterator[tuple[int, int, float]]:
    """For each text another one that is no longer and at least so alike, if there is one.

    So of many copies each is told once; where no pair is found, there is none.

    Args:
        texts: Their words.
        threshold: Above 0, at most 1.

    Yields:
        The numbers of two texts, the lower first, and their similarity.
    """
    ranked = _ranked(texts)
    index: dict[int, list[int]] = {}
    # From the shortest on, so that a text is sought among texts no longer than itself: of those, fewer shingles need
    # be in the index.
    for number in sorted(range(len(ranked)), key=lambda each: ranked[each].size):
        text = ranked[number]
        partner = _partner(text, ranked, index, threshold)
        if partner is not None:
            yield min(number, partner[0]), max(number, partner[0]), partner[1]
        for shingle in text.rarest(2 * threshold / (1 + threshold)):
            index.setdefault(shingle, []).append(number)


def _partner(
    text: _Text, ranked: Sequence[_Text], index: dict[int, list[int]], threshold: float
) -> tuple[int, float] | None:
    seen: set[int] = set()
    for shingle in text.rarest(threshold):
        for other in index.get(shingle, ()):
            if other in seen:
                continue
            seen.add(other)
            found = ranked[other]
            value = _jaccard(len(text.members & found.members), text.size, found.size)
            if value >= threshold:
                return other, value
    return None


def _ranked(texts: Sequence[Sequence[str]]) -> list[_Text]:
    sets = [shingles(words) for words in texts]
    frequency = Counter(shingle for each in sets for shingle in each)
    common = [shingle for shingle, count in frequency.items() if count > 1]
    rank = {shingle: number for number, shingle in enumerate(sorted(common, key=frequency.__getitem__))}
    ranked: list[_Text] = []
    for each in sets:
        shared = sorted(rank[shingle] for shingle in each if shingle in rank)
        ranked.append(_Text(tuple(shared), frozenset(shared), len(each)))
    return ranked


def _jaccard(shared: int, one: int, other: int) -> float:
    return shared / (one + other - shared)
