"""Rows that ask for one harm in several framings and languages, as one scenario."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED, FRAMINGS
from pytest_domainsafety.core.suite.import_columns import Columns
from pytest_domainsafety.core.suite.import_notes import counted, lines_of
from pytest_domainsafety.core.suite.imported_cells import Prompt, text_of
from pytest_domainsafety.core.suite.languages import ENGLISH, language_code

_UNVARIED: Final = frozenset({"", "base", ALWAYS_GATED})
"""What a column of framings says of a request that is put plainly; `base` is SORRY-Bench's word."""

_FRAMING: Final = re.compile(r"[a-z][a-z0-9_-]*")
_NOT_IN_FRAMINGS: Final = re.compile(r"[^a-z0-9_-]+")
_WORST_OF_ALL: Final = "any"


@dataclass(frozen=True, slots=True)
class Asked:
    """A row with a prompt.

    Args:
        line: Where the row begins, from 1.
        row: Its cells by column.
        prompt: What is asked, its context before it.
        domain: None where the table does not say.
    """

    line: int
    row: Mapping[str, Any]
    prompt: Prompt
    domain: str | None

    def text(self, column: str | None, place: str) -> str:
        """A cell's text; empty if no column is named.

        Raises:
            ConfigurationError: If it is no text.
        """
        return text_of(self.row.get(column), f"{place}:{self.line}: {column}") if column is not None else ""


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one scenario.

    Args:
        base: The row whose prompt is the operational one; its other cells are the scenario's.
        prompts: Key of a scenario file to the prompts of other rows: `analytical`, `technical`, `operational[de]`.
        framings: Name of a further harmful framing to its prompt.
    """

    base: Asked
    prompts: Mapping[str, Prompt] = field(default_factory=dict)
    framings: Mapping[str, Prompt] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grouped:
    """The scenarios in the order of their first rows, and what was left out, a line each."""

    groups: Sequence[Group]
    notes: Sequence[str]


_Kind = tuple[str, str]
"""Framing and language code."""

_OPERATIONAL: Final[_Kind] = (ALWAYS_GATED, ENGLISH)


def grouped(asked: Sequence[Asked], columns: Columns, place: str) -> Grouped:
    """Rows by scenario; where no column names a framing or a language, each row is one.

    Raises:
        ConfigurationError: If no column says which rows belong together, a cell names no framing or language, or no
            row has an operational prompt.
    """
    if columns.framing is None and columns.language is None:
        return Grouped([Group(each) for each in asked], [])
    key = columns.id or columns.harm
    if key is None:
        option = "--framing-column" if columns.framing else "--language-column"
        raise ConfigurationError(
            f"{option} needs --id or --harm: name the column whose cell is the same in all rows of a scenario"
        )
    kinds = [_kind(each, columns, place) for each in asked]
    rows: dict[tuple[str | None, str, int], dict[_Kind, Asked]] = {}
    again, odd = [], []
    for each, kind in zip(asked, kinds, strict=True):
        name = each.text(key, place)
        scenario = rows.setdefault((each.domain, name, 0 if name else each.line), {})
        if kind[0] != ALWAYS_GATED and kind[1] != ENGLISH:
            odd.append(each.line)
        elif scenario.setdefault(kind, each) is not each:
            again.append(each.line)
    alone = [each.line for scenario in rows.values() if _OPERATIONAL not in scenario for each in scenario.values()]
    found = [_group(scenario) for scenario in rows.values() if _OPERATIONAL in scenario]
    if not found:
        raise ConfigurationError(_none_operational(asked, columns, place))
    english = " in English" if columns.language else ""
    return Grouped(
        found,
        [
            *_counts(found),
            *_told(odd, "a translation of another framing than the operational one"),
            *_told(again, f"whose {key} has a prompt of this kind already"),
            *_told(sorted(alone), f"whose {key} has no operational prompt{english}"),
            *_taken(asked, columns.framing, ALWAYS_GATED, place),
            *_taken(asked, columns.language, "English", place),
        ],
    )


def _kind(each: Asked, columns: Columns, place: str) -> _Kind:
    framing, language = each.text(columns.framing, place), each.text(columns.language, place)
    name = _NOT_IN_FRAMINGS.sub("-", framing.lower()).strip("-")
    if framing.lower() in _UNVARIED:
        name = ALWAYS_GATED
    elif not _FRAMING.fullmatch(name) or name == _WORST_OF_ALL:
        raise ConfigurationError(
            f"{place}:{each.line}: {columns.framing} holds {framing!r:.40}: a framing's name begins with a letter of "
            f"a to z, and is not {_WORST_OF_ALL}"
        )
    code = language_code(language) if language else ENGLISH
    if code is None:
        raise ConfigurationError(
            f"{place}:{each.line}: {columns.language} holds {language!r:.40}: write a code such as de or pt-BR, or "
            "the language's English name"
        )
    return name, code


def _group(scenario: Mapping[_Kind, Asked]) -> Group:
    prompts, framings = dict[str, Prompt](), dict[str, Prompt]()
    for (framing, language), each in scenario.items():
        if language != ENGLISH:
            prompts[f"{framing}[{language}]"] = each.prompt
        elif framing not in FRAMINGS:
            framings[framing] = each.prompt
        elif framing != ALWAYS_GATED:
            prompts[framing] = each.prompt
    return Group(scenario[_OPERATIONAL], prompts, framings)


def _counts(found: Sequence[Group]) -> list[str]:
    counts = Counter(name for group in found for name in (*group.prompts, *group.framings))
    return [f"beside operational: {', '.join(f'{name} {count}' for name, count in counts.items())}"] if counts else []


def _told(lines: Sequence[int], why: str) -> list[str]:
    return [f"{counted(len(lines))} left out, {why}: {lines_of(lines)}"] if lines else []


def _taken(asked: Sequence[Asked], column: str | None, value: str, place: str) -> list[str]:
    empty = [each.line for each in asked if column is not None and not each.text(column, place)]
    return [f"{counted(len(empty))} without a {column}, taken as {value}: {lines_of(empty)}"] if empty else []


def _none_operational(asked: Sequence[Asked], columns: Columns, place: str) -> str:
    wanted, held = [], []
    for column, value in ((columns.framing, "a framing operational or base"), (columns.language, "English")):
        if column is not None:
            counts = Counter(each.text(column, place) for each in asked)
            wanted.append(value)
            held.append(f"{column} holds {', '.join(each or 'nothing' for each, _ in counts.most_common(8))}")
    return f"{place} has no row of {' and '.join(wanted)}, which each scenario needs: {'; '.join(held)}"
