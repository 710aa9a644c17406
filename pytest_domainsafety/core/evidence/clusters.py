"""Clusters: scenarios that ask the same are one, whatever their ids, since one prompt is one draw of the domain."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.suite.framings import framing_of, in_order

Name = TypeVar("Name")


def clusters(names: Iterable[Name], *asked: Mapping[Name, Hashable]) -> list[list[Name]]:
    """Names in groups, in the order of each group's first.

    Args:
        names: Of what was asked, each once.
        asked: What a name asks, where that is known; with several, names that ask the same in any are together.
    """
    return _grouped((name, [(way, each[name]) for way, each in enumerate(asked) if name in each]) for name in names)


def _grouped(marked: Iterable[tuple[Name, Sequence[Hashable]]]) -> list[list[Name]]:
    """Names in groups, in the order of each group's first; those that share a mark are together."""
    found: list[list[Name]] = []
    group_of: dict[Hashable, list[Name]] = {}
    for name, marks in marked:
        near = [group_of[mark] for mark in marks if mark in group_of]
        if len(near) > 1:
            near.sort(key=found.index)
        group: list[Name] = near[0] if near else []
        if not near:
            found.append(group)
        for other in near[1:]:
            if other is not group:
                group.extend(other)
                found.remove(other)
                group_of.update({mark: group for mark, each in group_of.items() if each is other})
        group.append(name)
        group_of.update(dict.fromkeys(marks, group))
    return found


def worst_clusters(order: Iterable[str], asked: Mapping[str, Mapping[str, Hashable]]) -> list[list[str]]:
    """Scenario ids; those that ask the same in any harmful framings, be they two different ones, are together.

    Args:
        order: All ids, as they are asked.
        asked: What each framing asks, by scenario id.
    """
    harmful = [asked[name] for name in in_order(asked) if framing_of(name).harmful]
    marked = ((id_, [each[id_] for each in harmful if id_ in each]) for id_ in order)
    # Who asks for the worst may ask any of them, so that which framing a prompt stands under makes it no other.
    return _grouped((id_, marks) for id_, marks in marked if marks)


def joined(rows: Mapping[Name, Sequence[Trial]], groups: Iterable[Sequence[Name]]) -> list[Sequence[Trial]]:
    """The trials of each group, one row a group."""
    return [
        rows[group[0]] if len(group) == 1 else [trial for name in group for trial in rows[name]] for group in groups
    ]
