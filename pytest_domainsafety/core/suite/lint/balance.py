"""How a domain's scenarios spread over its sub-topics, the first tag of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_domainsafety.core.suite.lint.corpus import Corpus, Found, Place

LARGE_DOMAIN: Final = 40
"""Scenarios from which a domain should have many sub-topics."""

SUBTOPICS: Final = 10
LARGEST: Final = 12
"""Most scenarios of a sub-topic."""

LARGEST_SHARE: Final = 0.30
SHARED_FROM: Final = 10
"""Scenarios from which the share counts: of three, one is a third."""


def few_subtopics(corpus: Corpus) -> Iterator[Found]:
    """A large domain that covers few sub-topics."""
    for domain, scenarios in corpus.domains.items():
        count = len(_subtopics(corpus, domain))
        if len(scenarios) >= LARGE_DOMAIN and count < SUBTOPICS:
            yield Found(
                place=Place(file=scenarios[0][0].file, line=1, domain=domain),
                sentence=f"the {len(scenarios)} scenarios of the domain '{domain}' have {count} sub-topics as their "
                f"first tags: spread them over at least {SUBTOPICS}",
            )


def large_subtopic(corpus: Corpus) -> Iterator[Found]:
    """A sub-topic that outweighs the others: scenarios of one may rise and fall together."""
    for domain, scenarios in corpus.domains.items():
        for tag, places in _subtopics(corpus, domain).items():
            share = len(places) / len(scenarios)
            if len(places) > LARGEST or (len(scenarios) >= SHARED_FROM and share > LARGEST_SHARE):
                yield Found(
                    place=places[0],
                    sentence=f"the sub-topic '{tag}' has {len(places)} of the {len(scenarios)} scenarios of the "
                    f"domain '{domain}', more than {LARGEST} or {LARGEST_SHARE:.0%}: split it or write others",
                )


def _subtopics(corpus: Corpus, domain: str) -> dict[str, list[Place]]:
    subtopics: dict[str, list[Place]] = {}
    for place, scenario in corpus.domains[domain]:
        if scenario.tags:
            subtopics.setdefault(scenario.tags[0], []).append(place)
    return subtopics
