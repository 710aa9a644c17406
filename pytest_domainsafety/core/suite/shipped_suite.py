"""The suite that is shipped in the package, and its subsets."""

from __future__ import annotations

import difflib
import hashlib
import itertools
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pytest_domainsafety.core.suite.scenarios import Scenario

STANDARD: Final = "standard"
VERSION: Final = "1.1.0"
"""Of the standard suite; it changes whenever a scenario does."""

DOMAINS: Final = (
    "discrimination",
    "disinformation",
    "environmental_crime",
    "financial_fraud",
    "human_trafficking",
    "science_fraud",
    "surveillance",
)
"""Of the standard suite, each in a file of its name."""

_NAME: Final = r"[A-Za-z][\w-]*"
_WANTED: Final = re.compile(
    rf"{STANDARD}(?::(?P<most>[1-9][0-9]{{0,3}}))?(?::(?P<domains>\s*{_NAME}(?:\s*,\s*{_NAME})*))?"
)


@dataclass(frozen=True, slots=True)
class Shipped:
    """A shipped suite as it was asked for.

    Args:
        most: Scenarios a domain, None for all.
        domains: Those that are asked, in the suite's order.
    """

    most: int | None = None
    domains: tuple[str, ...] = DOMAINS

    def __str__(self) -> str:
        """Name, size, domains unless they are all, and version, for reports."""
        size = "" if self.most is None else f":{self.most}"
        part = "" if self.domains == DOMAINS else f":{','.join(self.domains)}"
        return f"{STANDARD}{size}{part} {VERSION}"


def parse_shipped(text: str) -> Shipped:
    """Read the setting.

    Raises:
        ValueError: In words that say what would be right.
    """
    found = _WANTED.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            f"it must be {STANDARD}, or {STANDARD}:20 for 20 scenarios a domain, or {STANDARD}:surveillance or "
            f"{STANDARD}:20:surveillance,disinformation for some of its domains"
        )
    most = None if found["most"] is None else int(found["most"])
    if found["domains"] is None:
        return Shipped(most)
    named = dict.fromkeys(name.strip() for name in found["domains"].split(","))
    unknown = [_hinted(name) for name in named if name not in DOMAINS]
    if unknown:
        raise ValueError(f"it has no domain {', '.join(unknown)}: name some of {', '.join(DOMAINS)}")
    return Shipped(most, tuple(domain for domain in DOMAINS if domain in named))


def _hinted(name: str) -> str:
    near = difflib.get_close_matches(name, DOMAINS, n=1)
    return f"{name} (did you mean {near[0]}?)" if near else name


def subset(scenarios: Sequence[Scenario], most: int | None) -> list[Scenario]:
    """So many scenarios of each domain, the same for everybody, with every sub-topic's turn before any has a second.

    Which ones is decided by digests of their ids, so that neither their order in the file nor a seed matters.

    Args:
        scenarios: Of one domain or several.
        most: Of each domain; None for all.

    Returns:
        In their order.
    """
    if most is None:
        return list(scenarios)
    topics: defaultdict[str, defaultdict[str, list[Scenario]]] = defaultdict(lambda: defaultdict(list))
    for scenario in sorted(scenarios, key=lambda each: _digest(each.id)):
        topics[scenario.domain][scenario.tags[0] if scenario.tags else ""].append(scenario)
    chosen: set[tuple[str, str]] = set()
    for of_topic in topics.values():
        rounds = itertools.zip_longest(*(of_topic[topic] for topic in sorted(of_topic, key=_digest)))
        turns = (scenario for turn in rounds for scenario in turn if scenario is not None)
        chosen |= {(scenario.domain, scenario.id) for scenario in itertools.islice(turns, most)}
    return [scenario for scenario in scenarios if (scenario.domain, scenario.id) in chosen]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
