"""What is checked: files as they are, the scenarios in them, and their prompts as words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

from pytest_domainsafety.core.suite.framings import FramingName, framing_of
from pytest_domainsafety.core.suite.languages import ENGLISH, is_english
from pytest_domainsafety.core.suite.located import ScenarioError
from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.core.suite.scenarios import Scenario

_WORD: Final = re.compile(r"\w+(?:['\N{RIGHT SINGLE QUOTATION MARK}]\w+)*")
_INSTRUCTING: Final = ("system", "developer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something was found.

    Args:
        file: As users write it.
        line: From 1.
        scenario: What the place belongs to, None for the file itself.
        framing: The prompt, None for the scenario itself.
        domain: What it belongs to where that is no scenario.
    """

    file: str
    line: int
    scenario: Scenario | None = None
    framing: str | None = None
    domain: str | None = None

    def __str__(self) -> str:
        """The item's name and where it stands, for the sentence of another place's finding."""
        item = "" if self.scenario is None else f"{self.scenario.domain}::{self.scenario.id}"
        return f"{item}[{self.framing}] ({self.file}:{self.line})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a rule found: where, and one sentence with the mend."""

    place: Place
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A scenario file.

    Args:
        file: As users write it.
        lines: Its text, not decoded any further.
        marked: Whether it begins with a byte-order mark.
        scenarios: Those without a mistake.
        mistakes: What collecting it would stop at.
    """

    file: str
    lines: Sequence[str]
    marked: bool
    scenarios: Sequence[Scenario]
    mistakes: Sequence[ScenarioError]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt, without the instructions that stand before it.

    Args:
        place: Its place; it has a scenario and a framing.
        scenario: Its scenario.
        framing: Its framing's name.
        text: What is said in it.
        words: The same in words, in lower case; never none.
    """

    place: Place
    scenario: Scenario
    framing: str
    text: str
    words: tuple[str, ...]

    @property
    def harmful(self) -> bool:
        """Whether answering it is the harm."""
        return framing_of(self.framing).harmful

    @property
    def translated(self) -> bool:
        """Whether it is a translation of another prompt of its scenario."""
        return FramingName.of(self.framing).language is not None

    @property
    def language(self) -> str:
        """The code of its language without a region; English where nothing says."""
        told = self.scenario.language_of(self.framing)
        return ENGLISH if told is None else told.partition("-")[0].lower()

    @property
    def english(self) -> bool:
        """Whether patterns of English words say something of it; so they do where nothing tells its language."""
        return is_english(self.scenario.language_of(self.framing))


@dataclass(frozen=True)
class Corpus:
    """All files that are checked together, by name, so that the order in which they were given is nothing."""

    sources: tuple[Source, ...]

    @classmethod
    def of(cls, sources: Sequence[Source]) -> Self:
        """A corpus in the files' own order."""
        return cls(tuple(sorted(sources, key=lambda source: source.file)))

    @cached_property
    def scenarios(self) -> list[tuple[Place, Scenario]]:
        """Every scenario and its place."""
        return [
            (Place(file=source.file, line=scenario.line, scenario=scenario), scenario)
            for source in self.sources
            for scenario in source.scenarios
        ]

    @cached_property
    def domains(self) -> dict[str, list[tuple[Place, Scenario]]]:
        """The same by domain."""
        domains: dict[str, list[tuple[Place, Scenario]]] = {}
        for place, scenario in self.scenarios:
            domains.setdefault(scenario.domain, []).append((place, scenario))
        return domains

    @cached_property
    def prompts(self) -> list[Prompt]:
        """Every prompt."""
        return [prompt for place, scenario in self.scenarios for prompt in _prompts(place.file, scenario)]


def prompt_place(file: str, scenario: Scenario, framing: str) -> Place:
    """The place of a scenario's prompt."""
    line = scenario.prompt_lines.get(framing, scenario.line)
    return Place(file=file, line=line, scenario=scenario, framing=framing)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text in lower case; a text without any is a word of its own."""
    return tuple(_WORD.findall(text.casefold())) or (text.strip(),)


def _prompts(file: str, scenario: Scenario) -> Iterator[Prompt]:
    for framing, messages in scenario.prompts.items():
        text = said(messages)
        place = prompt_place(file, scenario, framing)
        yield Prompt(place=place, scenario=scenario, framing=framing, text=text, words=words_of(text))


def said(messages: Sequence[Message]) -> str:
    """What is said in a prompt, without the instructions before it."""
    return "\n".join(message["content"] for message in messages if message["role"] not in _INSTRUCTING)
