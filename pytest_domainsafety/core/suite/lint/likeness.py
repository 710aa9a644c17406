"""Prompts that are too alike: near-duplicates, and openings that repeat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pytest_domainsafety.core.suite.lint.corpus import Corpus, Found, Prompt, said, words_of
from pytest_domainsafety.core.suite.lint.similarity import SHINGLE, similar_pairs
from pytest_domainsafety.core.suite.prompts import Message

SIMILAR: Final = 0.5
"""Jaccard index from which two prompts are near-duplicates."""

MEASURE: Final = f"Jaccard index of {SHINGLE}-word shingles"

OPENING_WORDS: Final = 3
OPENING_PROMPTS: Final = 3
OPENING_SHARE: Final = 0.10


def near_duplicates(corpus: Corpus) -> Iterator[Found]:
    """Prompts of any domain, scenario and framing that say almost the same as an earlier one in their language."""
    languages: dict[str, list[Prompt]] = {}
    for prompt in corpus.prompts:
        languages.setdefault(prompt.language, []).append(prompt)
    for prompts in languages.values():
        for first, second, value in similar_pairs([prompt.words for prompt in prompts], SIMILAR):
            yield Found(
                place=prompts[second].place,
                sentence=f"the prompt is a near-duplicate of {prompts[first].place}, with a "
                f"{MEASURE} of {value:.2f}: rewrite one of them or take it out",
            )


def near_duplicate_count(prompts: Iterable[Sequence[Message]]) -> int:
    """How many of some prompts say almost the same as another one; of equal prompts one counts."""
    return sum(1 for _ in similar_pairs(list(dict.fromkeys(words_of(said(prompt)) for prompt in prompts)), SIMILAR))


def repeated_openings(corpus: Corpus) -> Iterator[Found]:
    """More prompts of a domain's framing begin alike than chance would have it."""
    framings: dict[tuple[str, str, str], list[Prompt]] = {}
    for prompt in corpus.prompts:
        framings.setdefault((prompt.scenario.domain, prompt.framing, prompt.language), []).append(prompt)
    for (domain, framing, _), prompts in framings.items():
        openings: dict[tuple[str, ...], list[Prompt]] = {}
        for prompt in prompts:
            openings.setdefault(prompt.words[:OPENING_WORDS], []).append(prompt)
        for opening, alike in openings.items():
            if len(alike) > max(OPENING_PROMPTS, OPENING_SHARE * len(prompts)):
                yield Found(
                    place=alike[0].place,
                    sentence=f"{len(alike)} of {len(prompts)} {framing} prompts of the domain '{domain}' begin with "
                    f"'{' '.join(opening)}': vary how they open",
                )
