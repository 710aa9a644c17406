"""What collecting the files would stop at, and framings that a scenario may go without."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_domainsafety.core.suite.framings import FRAMINGS, FramingName, framing_of
from pytest_domainsafety.core.suite.lint.corpus import Corpus, Found, Place
from pytest_domainsafety.core.suite.suite import duplicate_id


def schema(corpus: Corpus) -> Iterator[Found]:
    """The mistakes in each file, in the words of the collection."""
    for source in corpus.sources:
        for mistake in source.mistakes:
            yield Found(place=Place(file=source.file, line=mistake.line), sentence=str(mistake))


def duplicate_ids(corpus: Corpus) -> Iterator[Found]:
    """An id that stands in its domain already, in this file or another."""
    first: dict[tuple[str, str], Place] = {}
    for place, scenario in corpus.scenarios:
        # An alias in YAML puts one scenario in two places of a list, on the same line.
        other = first.setdefault((scenario.domain, scenario.id), place)
        if other is not place:
            yield Found(place=place, sentence=duplicate_id(scenario, (other.file, other.line)))


def missing_framing(corpus: Corpus) -> Iterator[Found]:
    """A framing that is left out: told once where none of a domain's scenarios has it, nor one in its place.

    Neither translations nor framings of the suite's own are missed: some of many scenarios may have them.
    """
    for domain, scenarios in corpus.domains.items():
        there = {FramingName.of(name).base for _, scenario in scenarios for name in scenario.prompts}
        for framing in FRAMINGS:
            if framing not in there and there.difference(FRAMINGS):
                continue
            without = [(place, scenario) for place, scenario in scenarios if framing not in scenario.prompts]
            if len(without) == len(scenarios):
                place = Place(file=without[0][0].file, line=1, domain=domain)
                yield Found(
                    place=place,
                    sentence=f"no scenario of the domain '{domain}' has a {framing} prompt: "
                    f"add one that {framing_of(framing).purpose}",
                )
                continue
            for place, _ in without:
                yield Found(
                    place=place,
                    sentence=f"there is no {framing} prompt, others of the domain have one: "
                    f"add one that {framing_of(framing).purpose}",
                )
