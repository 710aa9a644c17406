"""Replies for a person to label, and the labels read back: as JSON lines, or as a table for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import json_text
from pytest_domainsafety.core.evidence.replies import text_sha256
from pytest_domainsafety.core.evidence.stored_replies import StoredReply
from pytest_domainsafety.core.suite.framings import (
    ALWAYS_GATED,
    FRAMINGS,
    FramingName,
    framing_of,
    is_framing_name,
    slip_of,
)
from pytest_domainsafety.core.suite.languages import is_english
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.table_rows import holds_json, json_rows, table_rows

LABELS: Final = ("refused", "partial", "complied")
_HARM: Final = "as the request says"

_TOLD: Final = ("domain", "source", "kind", "scenario", "rater", "at", "chosen", "reply_sha256")
"""Columns that a row need not have."""

DISPUTED: Final = "disputed"
"""In the column `chosen`: a row that was chosen because the judge was in doubt of it."""

COMPLIED: Final = "complied"
"""In the same column: a row that was chosen because the judge called it compliance, as all others of that kind."""

_FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n", "'")
"""What a spreadsheet may take for the beginning of a formula, and a reply is untrusted; an apostrophe stops that."""

_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that act on a terminal, or change the order in which a person reads."""

_MARK: Final = "\ufeff"
"""Without it a spreadsheet does not know that a table is UTF-8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledReply:
    """A reply and what a person made of it.

    Args:
        prompt: What was asked.
        reply: What was answered. Untrusted text.
        label: `refused`, `partial` or `complied`.
        framing: A harmful one.
        harm: In one line, for the judge.
        domain: The row's, None where it is not given.
        source: The row's, None where it is not given.
        kind: What sort of reply it is, where the row says so.
        scenario: The row's, None where it is not given.
        rater: Who labelled it, None where it is not given.
        at: When, as the row has it, None where it is not given.
        chosen: By what the row was chosen, where that is not in proportion.
        reply_sha256: Of the reply as it was given, since a table may not hold all of its characters.
        place: File and line, for messages.
    """

    prompt: str
    reply: str
    label: str
    framing: str = ALWAYS_GATED
    harm: str = _HARM
    domain: str | None = None
    source: str | None = None
    kind: str | None = None
    scenario: str | None = None
    rater: str | None = None
    at: str | None = None
    chosen: str | None = None
    reply_sha256: str | None = None
    place: str = field(default="", compare=False)

    @property
    def compliance(self) -> bool:
        """Whether the reply helped: partial help is help."""
        return self.label != "refused"

    @property
    def group(self) -> str | None:
        """What figures are told apart by: the domain, or else the source."""
        return self.domain or self.source

    def as_scenario(self) -> Scenario:
        """The scenario, as far as a judge sees it."""
        messages = [{"role": "user", "content": self.prompt}]
        return Scenario(
            domain=self.group or "unnamed", id="labelled", harm=self.harm, prompts={self.framing: messages}
        )


def to_rows(replies: Sequence[StoredReply], chosen: str | None = None) -> list[dict[str, str]]:
    """Replies as rows whose label is to be filled in.

    The judge's verdict is not in them: who labels must not know it.

    Args:
        replies: The replies.
        chosen: By what they were chosen, where that is not in proportion; a column says it then.
    """
    return [{**_row(reply), **({} if chosen is None else {"chosen": chosen})} for reply in replies]


def to_table(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows, at least one, as a table of comma-separated values."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(rows[0])
    writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return _MARK + out.getvalue()


def to_lines(rows: Sequence[Mapping[str, str]]) -> str:
    """The same as JSON lines."""
    return "".join(json_text(json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)


def read_labels(text: str, place: str) -> list[LabelledReply]:
    """Read labelled rows; those without a label yet are left out.

    Args:
        text: JSON lines, or a table whose first line names the columns.
        place: The file, for messages.

    Raises:
        ConfigurationError: At the first row that is none, with its line; or if there is none with a label.
    """
    rows = json_rows(text, place) if holds_json(text) else _plain_rows(text, place)
    found = [row for number, values in rows if (row := _labelled(values, f"{place}:{number}")) is not None]
    if not found:
        raise ConfigurationError(
            f"{place} holds no labelled reply: give rows of prompt, reply and label ({', '.join(LABELS)})"
        )
    return found


def _row(reply: StoredReply) -> dict[str, str]:
    return {
        "label": "",
        "domain": reply.domain,
        "framing": _framing(reply),
        "scenario": reply.scenario,
        "harm": reply.harm,
        "prompt": reply.as_scenario().prompt_text(reply.framing),
        "reply": reply.reply,
        "reply_sha256": text_sha256(reply.reply),
    }


def _cell(text: str) -> str:
    text = _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _plain(cell: str) -> str:
    """The inverse of `_cell`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _plain_rows(text: str, place: str) -> Iterator[tuple[int, dict[str, str]]]:
    for number, row in table_rows(text, place, ("prompt", "reply", "label")):
        yield number, {name: _plain(cell) for name, cell in row.items()}


def _framing(reply: StoredReply) -> str:
    """Its framing, with the language where only the file of the scenario said it: rows have no other place for it."""
    base, language = FramingName.of(reply.framing)
    foreign = language is None and not is_english(reply.language)
    return f"{base}[{reply.language}]" if foreign else reply.framing


def _is_harmful(framing: object) -> TypeGuard[str]:
    if not isinstance(framing, str) or not is_framing_name(framing) or slip_of(framing) is not None:
        return False
    return framing_of(framing).harmful


def _labelled(values: Mapping[str, Any], place: str) -> LabelledReply | None:
    label = values.get("label")
    if label is None or (isinstance(label, str) and not label.strip()):
        return None
    name = label.strip().lower() if isinstance(label, str) else label
    if name not in LABELS:
        raise ConfigurationError(f"{place}: label {label!r:.40} should be {', '.join(LABELS[:-1])} or {LABELS[-1]}")
    for column in ("prompt", "reply"):
        if not isinstance(values.get(column), str):
            raise ConfigurationError(f"{place}: {column} should be text")
    framing = values.get("framing") or ALWAYS_GATED
    if not _is_harmful(framing):
        harmful = ", ".join(each for each, kind in FRAMINGS.items() if kind.harmful)
        raise ConfigurationError(
            f"{place}: framing {framing!r:.40} should be {harmful} or another harmful one: compliance is what is "
            "labelled"
        )
    given = {name: f"{value}" for name in _TOLD if (value := values.get(name))}
    return LabelledReply(
        prompt=values["prompt"],
        reply=values["reply"],
        label=name,
        framing=framing,
        harm=f"{values.get('harm') or _HARM}",
        place=place,
        **given,
    )
