"""Characters that people do not see and a deployment does."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from pytest_domainsafety.core.suite.lint.corpus import Corpus, Found, Place, Source, prompt_place

HIDDEN: Final = ("Cc", "Cf", "Co", "Zl", "Zp")
"""Unicode categories: control, format (zero-width too), private, and separators of lines."""

_ALLOWED: Final = "\n\t"
_JOINERS: Final = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
"""Some scripts are written with them, and emoji are made of several by them."""

_MARKS: Final = "\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}\N{ARABIC LETTER MARK}"
"""They put a number or a stop on its side of a text that is written from right to left, and turn no letters round as
overrides, embeddings and isolates do."""

_SIGNS: Final = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u0890\u0891\u08e2"
"""Signs of Arabic numbers and verses that Unicode counts among what cannot be seen, and everybody sees."""

_RIGHT_TO_LEFT: Final = ("R", "AL")

_BLANK: Final = re.compile(r"\t|[ \t\r]+$")
_BLANK_IN_JSON: Final = re.compile(r"(?<!\\)(?:\\\\)*(?:\\t| \\n)|\t|[ \t]+$")


def byte_order_mark(corpus: Corpus) -> Iterator[Found]:
    """A mark at the file's beginning that other readers of JSON and YAML stumble over."""
    for source in corpus.sources:
        if source.marked:
            place = Place(file=source.file, line=1)
            yield Found(place=place, sentence="the file begins with a byte-order mark: save it as UTF-8 without one")


def blanks(corpus: Corpus) -> Iterator[Found]:
    """Tabs, and spaces at a line's end, as they stand in the file."""
    for source in corpus.sources:
        pattern = _BLANK_IN_JSON if source.file.endswith(".jsonl") else _BLANK
        for number, line in enumerate(source.lines, start=1):
            if found := pattern.search(line.removesuffix("\r")):
                sentence = (
                    "a tab: write spaces" if "t" in found[0] or "\t" in found[0] else "blanks at the end: remove"
                )
                yield Found(place=_nearest(source, number), sentence=f"the line has {sentence}")


def hidden_characters(corpus: Corpus) -> Iterator[Found]:
    """Zero-width and control characters in what is sent or shown."""
    for place, text in _texts(corpus):
        if text.isascii() and text.isprintable():
            continue
        leftward = any(unicodedata.bidirectional(each) in _RIGHT_TO_LEFT for each in text if each not in _MARKS)
        allowed = _ALLOWED + _SIGNS + (_MARKS if leftward else "")
        for character, before in zip(text, " " + text, strict=False):
            joins = character in _JOINERS and not before.isascii()
            if character not in allowed and unicodedata.category(character) in HIDDEN and not joins:
                name = unicodedata.name(character, "control character")
                yield Found(
                    place=place, sentence=f"U+{ord(character):04X} ({name.lower()}) cannot be seen: remove it"
                )
                break


def not_composed(corpus: Corpus) -> Iterator[Found]:
    """Text that is not in Unicode's normal form C: the same letters in other bytes."""
    for place, text in _texts(corpus):
        if not unicodedata.is_normalized("NFC", text):
            yield Found(place=place, sentence="the text is not in Unicode's normal form C: save it as NFC")


def _texts(corpus: Corpus) -> Iterator[tuple[Place, str]]:
    """Every text that is sent or shown, instructions too, with all escapes of its file resolved."""
    for source in corpus.sources:
        for description in sorted({scenario.description or "" for scenario in source.scenarios}):
            yield Place(file=source.file, line=1), description
    for place, scenario in corpus.scenarios:
        yield place, "\n".join([scenario.id, scenario.harm, *scenario.tags])
        for framing, messages in scenario.prompts.items():
            text = "\n".join(message["content"] for message in messages)
            yield prompt_place(place.file, scenario, framing), text


def _nearest(source: Source, line: int) -> Place:
    """A line's place, with the scenario in whose lines it stands."""
    before = bisect_right(source.scenarios, line, key=lambda scenario: scenario.line)
    return Place(file=source.file, line=line, scenario=source.scenarios[before - 1] if before else None)
