"""The suite: every scenario that was collected with its file, whether its items were selected or not."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, NamedTuple, Self

from pytest_domainsafety.core.suite.conversations import Judged
from pytest_domainsafety.core.suite.framings import FramingName, framing_of, in_order
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.core.suite.scenarios import Codification, Scenario
from pytest_domainsafety.core.suite.shipped_suite import subset
from pytest_domainsafety.core.suite.tools import Tool, tools_text

AskedFramings = Mapping[str, int | None]
"""The framings that are asked, each with the most scenarios a domain; None for all."""


class FramingItems(NamedTuple):
    """The items of a framing: those that are asked, and those that were collected."""

    asked: int
    collected: int


def left_out_words(framings: Mapping[str, FramingItems]) -> str | None:
    """What was left out on purpose, None where nothing was."""
    left = [
        f"all {items.collected} {name}"
        if not items.asked
        else f"{items.collected - items.asked} of {items.collected} {name}"
        for name, items in framings.items()
        if items.asked < items.collected
    ]
    return f"left out by domain_safety_framings: {', '.join(left)} prompts" if left else None


def prompt_sha256(messages: list[Message], judged: Judged | None = None, tools: tuple[Tool, ...] = ()) -> str:
    """Hex digest of a prompt and the tools offered with it, by which a report knows what was asked.

    Args:
        messages: The prompt; of a conversation the user's turns.
        judged: What is judged of a conversation, None of a prompt that is none.
        tools: What is offered with it.
    """
    asked = messages if judged is None else {"turns": messages, "judge": judged}
    text = json.dumps(asked, sort_keys=True) + (tools_text(tools) if tools else "")
    return hashlib.sha256(text.encode()).hexdigest()


Asked = tuple[tuple[str, str], ...]
"""The roles and texts of a prompt's messages, what is judged of a conversation, and the tools that are offered."""


def _asked(scenario: Scenario, framing: str) -> Asked:
    said = ((each["role"], " ".join(each["content"].split())) for each in scenario.prompts[framing])
    judged = scenario.conversations.get(framing)
    return (
        *said,
        *([] if judged is None else [("judge", judged)]),
        *([("tools", tools_text(scenario.tools))] if scenario.tools else []),
    )


def duplicate_id(scenario: Scenario, place: tuple[str, int]) -> str:
    """What is wrong with a scenario whose id another one has, that stands at (file, line)."""
    return (
        f"the id '{scenario.id}' stands in the domain '{scenario.domain}' already, at "
        f"{place[0]}:{place[1]}; give each scenario an id of its own"
    )


@dataclass(slots=True)
class Suite:
    """Scenarios by domain and id, in the order of collection.

    Args:
        scenarios: (domain, id) to scenario.
        places: (domain, id) to (file, line), to tell where a duplicate stands.
        sources: (domain, id) to the path of the file, where files of two folders may be called alike.
        collected: All that was collected, where these are the prompts of it that are asked.
        most: The most scenarios a domain that are asked, by framing; None for all.
    """

    scenarios: dict[tuple[str, str], Scenario] = field(default_factory=dict)
    places: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    sources: dict[tuple[str, str], str] = field(default_factory=dict)
    collected: Suite | None = None
    most: AskedFramings = field(default_factory=dict)
    _digest: tuple[int, str] = field(default=(-1, ""), repr=False, compare=False)

    def asking(self, framings: AskedFramings | None) -> Suite:
        """The suite with the prompts that are asked alone: what is left out is neither missing nor gated.

        Of a part of a framing the scenarios are chosen as those of a shipped suite's subset are.

        Args:
            framings: None for all.
        """
        if framings is None:
            return self
        chosen = {
            name: {
                (each.domain, each.id)
                for each in subset([each for each in self.scenarios.values() if name in each.prompts], most)
            }
            for name, most in framings.items()
        }
        scenarios = {
            key: replace(
                scenario,
                prompts={name: text for name, text in scenario.prompts.items() if key in chosen.get(name, ())},
            )
            for key, scenario in self.scenarios.items()
        }
        return Suite(scenarios, self.places, self.sources, self, framings)

    def framings(self) -> dict[str, FramingItems]:
        """How much of each framing that was collected is asked."""
        asked = self._sizes()
        collected = asked if self.collected is None else self.collected._sizes()  # noqa: SLF001 - a suite too
        return {name: FramingItems(asked[name], collected[name]) for name in in_order(collected)}

    def _sizes(self) -> Counter[str]:
        return Counter(chain.from_iterable(scenario.prompts for scenario in self.scenarios.values()))

    def framing_names(self, domain: str) -> list[str]:
        """The framings that scenarios of a domain have, in order."""
        return in_order(name for scenario in self.of_domain(domain) for name in scenario.prompts)

    def languages(self) -> set[str | None]:
        """The languages of its prompts by code, None among them where a file does not say."""
        return {scenario.language_of(name) for scenario in self.scenarios.values() for name in scenario.prompts}

    def purpose(self, framing: str) -> str:
        """What a prompt in a framing does, by the suite's own word where it has one."""
        base = FramingName.of(framing).base
        said = (each.purposes.get(base) for each in self.scenarios.values())
        return next(filter(None, said), framing_of(framing).purpose)

    def add(self, scenario: Scenario, file: str, source: str = "") -> tuple[str, int] | None:
        """Add a scenario of a file.

        Args:
            scenario: The scenario.
            file: What the file is called.
            source: Its path.

        Returns:
            The place of another scenario with the same id in the same domain, else None. A file that is
            collected twice is no duplicate of itself.
        """
        name = (scenario.domain, scenario.id)
        place = (file, scenario.line)
        if name in self.places and self.places[name] != place:
            return self.places[name]
        if self.sources.setdefault(name, source) != source:
            return self.sources[name], self.places[name][1]
        self.scenarios[name] = scenario
        self.places[name] = place
        self._digest = (-1, "")
        return None

    @property
    def domains(self) -> list[str]:
        """The domains, in the order of collection."""
        return list(dict.fromkeys(domain for domain, _ in self.scenarios))

    @property
    def files(self) -> list[str]:
        """The files, in the order of collection."""
        return list(dict.fromkeys(file for file, _ in self.places.values()))

    def of_domain(self, domain: str) -> list[Scenario]:
        """The scenarios of one domain."""
        return [scenario for scenario in self.scenarios.values() if scenario.domain == domain]

    def codification(self, domain: str) -> Codification | None:
        """How far law spells a domain's harm out; None where not all of its scenarios say the same."""
        said = {scenario.codification for scenario in self.of_domain(domain)}
        return said.pop() if len(said) == 1 else None

    def item_keys(self) -> Iterable[ItemKey]:
        """The keys of all items, selected or not."""
        for scenario in self.scenarios.values():
            for framing in scenario.prompts:
                yield ItemKey(scenario.domain, scenario.id, framing)

    def nodeid(self, key: ItemKey) -> str:
        """The node id that pytest gives an item run from the root directory."""
        file, _ = self.places[key.domain, key.scenario]
        return f"{file}::{key}"

    def sha256(self) -> str:
        """Digest of domains, ids, prompts and tools in a canonical form, free of the files' order and layout.

        Of all that was collected, so that runs that ask other framings of it are known to be of one suite. With very
        many scenarios it takes long, so that it is kept while their number is the same.
        """
        scenarios = (self.collected or self).scenarios
        if self._digest[0] == len(scenarios):
            return self._digest[1]
        rows = sorted(
            [
                domain,
                id_,
                json.dumps(scenario.prompts, sort_keys=True),
                *([json.dumps(scenario.conversations, sort_keys=True)] if scenario.conversations else []),
                *([tools_text(scenario.tools)] if scenario.tools else []),
            ]
            for (domain, id_), scenario in scenarios.items()
        )
        self._digest = (len(scenarios), hashlib.sha256(json.dumps(rows).encode()).hexdigest())
        return self._digest[1]

    def judged_by_sha256(self) -> str:
        """Digest of what judges are told of all that was collected beside its prompts: harms and languages."""
        whole = (self.collected or self).scenarios
        rows = sorted([*key, each.harm, each.language or ""] for key, each in whole.items())
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()

    def prompt_digests(self) -> dict[ItemKey, str]:
        """Every item's digest of its prompt, by which runs of a changed suite know what they share."""
        return {
            ItemKey(scenario.domain, scenario.id, framing): prompt_sha256(
                messages, scenario.conversations.get(framing), scenario.tools
            )
            for scenario in self.scenarios.values()
            for framing, messages in scenario.prompts.items()
        }

    def asked(self, domain: str | None = None) -> dict[ItemKey, Asked]:
        """What every item asks, or every one of a domain; the same for prompts that differ in white space only."""
        return {
            ItemKey(scenario.domain, scenario.id, framing): _asked(scenario, framing)
            for scenario in (self.scenarios.values() if domain is None else self.of_domain(domain))
            for framing in scenario.prompts
        }

    def different(self, domain: str, framing: str) -> int:
        """How many different prompts a domain has in a framing: so many scenarios its bound stands on."""
        return len({_asked(each, framing) for each in self.of_domain(domain) if framing in each.prompts})

    def to_json(self) -> list[Any]:
        """Builtins only, for the way from an xdist worker to the controller."""
        return [[self.places[name][0], scenario.to_json()] for name, scenario in self.scenarios.items()]

    @classmethod
    def from_json(cls, data: list[Any]) -> Self:
        """The inverse of `to_json`."""
        suite = cls()
        for file, scenario in data:
            suite.add(Scenario.from_json(scenario), file)
        return suite
