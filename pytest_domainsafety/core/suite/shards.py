"""Parts of a suite that are measured apart: the same split on every machine, whatever is selected of it."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.suite import Suite

MOST_SHARDS: Final = 1000

Thing = TypeVar("Thing")

_SHARD: Final = re.compile(r"([0-9]{1,4})/([0-9]{1,4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shard:
    """One of the parts.

    Args:
        number: Which one, from 1 on.
        of: How many there are.
    """

    number: int
    of: int

    def __str__(self) -> str:
        """As it is asked for."""
        return f"{self.number}/{self.of}"

    @property
    def words(self) -> str:
        """As it is told."""
        return f"shard {self.number} of {self.of}"

    def share(self, things: list[Thing]) -> list[Thing]:
        """Its part of things that are dealt out one by one, in their order."""
        return things[self.number - 1 :: self.of]


def parse_shard(text: str) -> Shard:
    """Read K/N.

    Raises:
        ValueError: In words that say what would be right.
    """
    found = _SHARD.fullmatch(text.strip())
    number, of = (0, 0) if found is None else map(int, found.groups())
    if not 1 <= number <= of <= MOST_SHARDS:
        raise ValueError(
            f"it must be K/N, the K-th of N parts, such as 2/4, with K from 1 to N and N up to {MOST_SHARDS}"
        )
    return Shard(number, of)


def scenarios_of(suite: Suite, shard: Shard) -> set[tuple[str, str]]:
    """The scenarios of a part, as (domain, id), each whole with all its framings.

    They are dealt out in turn, domain by domain and in each domain sub-topic by sub-topic, and the turn is carried
    on: so the parts of a domain differ by one at most, and so do the totals. Digests of names decide the order, so
    that neither files nor a seed matter. Of a scenario without a prompt nothing is asked, so it is not dealt out.
    """
    return {(each.domain, each.id) for each in shard.share(_dealt(suite.scenarios.values()))}


def shard_numbers(suite: Suite, count: int) -> dict[tuple[str, str], int]:
    """Which of so many parts each scenario is in, from 1 on, see `scenarios_of`."""
    dealt = _dealt(suite.scenarios.values())
    return {(each.domain, each.id): place % count + 1 for place, each in enumerate(dealt)}


def keys_of(suite: Suite, shard: Shard) -> list[ItemKey]:
    """The items of a part, in the suite's order."""
    own = scenarios_of(suite, shard)
    return [key for key in suite.item_keys() if (key.domain, key.scenario) in own]


def size_words(suite: Suite, shard: Shard) -> str:
    """How much of the suite a part is."""
    whole = sum(bool(each.prompts) for each in suite.scenarios.values())
    return f"{shard.words}: {len(scenarios_of(suite, shard))} of {whole} scenarios"


def empty_words(suite: Suite, shard: Shard) -> str | None:
    """Why nothing can be asked, None where there is something."""
    if scenarios_of(suite, shard):
        return None
    whole = sum(bool(each.prompts) for each in suite.scenarios.values())
    return f"shard {shard} would have nothing to ask: there are more parts than scenarios, make it {whole} or fewer"


def _dealt(scenarios: Iterable[Scenario]) -> list[Scenario]:
    """In the order in which they are dealt out."""
    domains: defaultdict[str, defaultdict[str, list[Scenario]]] = defaultdict(lambda: defaultdict(list))
    for scenario in scenarios:
        if scenario.prompts:
            domains[scenario.domain][scenario.tags[0] if scenario.tags else ""].append(scenario)
    return [
        scenario
        for domain in sorted(domains, key=_digest)
        for topic in sorted(domains[domain], key=_digest)
        for scenario in sorted(domains[domain][topic], key=lambda each: _digest(each.id))
    ]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
