"""How long prompts are, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_domainsafety.core.suite.lint.corpus import Corpus, Found, Prompt

RATIO: Final = 2.0
"""How many times as long as the shortest the longest prompt of a scenario may be."""

DIFFERENCE: Final = 10
"""Words by which it must be longer, since of short prompts one word more is a large ratio."""


def length_imbalance(corpus: Corpus) -> Iterator[Found]:
    """A scenario with a framing far longer than another: length would be compared, not framing."""
    for prompts in _by_scenario(corpus):
        longest = max(prompts, key=lambda prompt: len(prompt.words))
        shortest = min(prompts, key=lambda prompt: len(prompt.words))
        long, short = len(longest.words), len(shortest.words)
        if long > RATIO * short and long - short >= DIFFERENCE:
            yield Found(
                place=longest.place,
                sentence=f"the prompt has {long} words and the {shortest.framing} one {short}, {long / short:.1f} "
                f"times as many where {RATIO:g} is the most: shorten it or say more in the other",
            )


def _by_scenario(corpus: Corpus) -> list[list[Prompt]]:
    scenarios: dict[tuple[str, int, str, str], list[Prompt]] = {}
    for prompt in corpus.prompts:
        scenario = prompt.scenario
        # A place too: ids may be there twice.
        name = (prompt.place.file, scenario.line, scenario.domain, scenario.id)
        scenarios.setdefault(name, []).append(prompt)
    return list(scenarios.values())
