"""How languages are written: in which script, and how long a text in one is beside one in another."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import cache
from typing import Final

_NAMED: Final = {
    "ARABIC": "Arabic",
    "ARMENIAN": "Armenian",
    "BENGALI": "Bengali",
    "BOPOMOFO": "Han",
    "CJK": "Han",
    "CYRILLIC": "Cyrillic",
    "DEVANAGARI": "Devanagari",
    "ETHIOPIC": "Ethiopic",
    "GEORGIAN": "Georgian",
    "GREEK": "Greek",
    "GUJARATI": "Gujarati",
    "GURMUKHI": "Gurmukhi",
    "HANGUL": "Hangul",
    "HEBREW": "Hebrew",
    "HIRAGANA": "Kana",
    "IDEOGRAPHIC": "Han",
    "KANNADA": "Kannada",
    "KATAKANA": "Kana",
    "KATAKANA-HIRAGANA": "Kana",
    "KHMER": "Khmer",
    "LAO": "Lao",
    "LATIN": "Latin",
    "MALAYALAM": "Malayalam",
    "MYANMAR": "Myanmar",
    "ORIYA": "Oriya",
    "SINHALA": "Sinhala",
    "TAMIL": "Tamil",
    "TELUGU": "Telugu",
    "THAI": "Thai",
}
"""Scripts by the first word of their letters' names in Unicode; a letter of any other is of none of these."""

_BY_CODE: Final = {
    "Arab": "Arabic",
    "Cyrl": "Cyrillic",
    "Deva": "Devanagari",
    "Guru": "Gurmukhi",
    "Hang": "Hangul",
    "Hani": "Han",
    "Hans": "Han",
    "Hant": "Han",
    "Latn": "Latin",
}
"""Codes of ISO 15924 that a language's code may hold, such as `sr-Latn`."""

_LATIN: Final = """
af ca cs cy da de en es et eu fi fil fr ga gl ha hr hu id ig is it la lt lv mt nb nl no pl pt ro sk sl so sq sv sw tl
tr vi xh yo zu"""
_WRITTEN: Final = {
    **dict.fromkeys(_LATIN.split(), ("Latin",)),
    **dict.fromkeys(["be", "bg", "ky", "mk", "ru", "tg", "uk"], ("Cyrillic",)),
    **dict.fromkeys(["ar", "fa", "ps", "ur"], ("Arabic",)),
    **dict.fromkeys(["hi", "mr", "ne"], ("Devanagari",)),
    "am": ("Ethiopic",),
    "bn": ("Bengali",),
    "el": ("Greek",),
    "gu": ("Gujarati",),
    "he": ("Hebrew",),
    "hy": ("Armenian",),
    "ja": ("Kana", "Han"),
    "ka": ("Georgian",),
    "km": ("Khmer",),
    "kn": ("Kannada",),
    "ko": ("Hangul", "Han"),
    "lo": ("Lao",),
    "ml": ("Malayalam",),
    "my": ("Myanmar",),
    "or": ("Oriya",),
    "si": ("Sinhala",),
    "ta": ("Tamil",),
    "te": ("Telugu",),
    "th": ("Thai",),
    "zh": ("Han",),
}
"""The first of them stands in every text of the language. Languages that are written in several are not here."""

UNSPACED: Final = frozenset({"Han", "Kana", "Khmer", "Lao", "Myanmar", "Thai"})
"""Scripts without a space between words, so that there a count of words says nothing."""

_SHORTER: Final = {"Han": 0.35, "Kana": 0.5, "Hangul": 0.55, "Arabic": 0.85, "Hebrew": 0.8}
"""Characters of a text as a share of those that say the same in Latin letters; about 1 where not here."""


def scripts_of(language: str) -> tuple[str, ...] | None:
    """The scripts that a language is written in, the first of them in every text; None where that is not known.

    Args:
        language: A code such as `de` or `sr-Latn`.
    """
    primary, *parts = language.split("-")
    named = [_BY_CODE[part.title()] for part in parts if part.title() in _BY_CODE]
    return (named[0],) if named else _WRITTEN.get(primary.lower())


def counted(text: str) -> Counter[str]:
    """How many letters of a text are of each script; those of other scripts under an empty name."""
    return Counter(_script(character) for character in text if character.isalpha())


def main_script(text: str) -> str:
    """The script of most letters; `Latin` where there is none."""
    found = counted(text).most_common(1)
    return found[0][0] if found else "Latin"


def is_written_in(text: str, language: str) -> bool:
    """Whether a text's letters are mostly those that a language is written in; so is a text without letters.

    Args:
        text: May hold names and terms in other letters.
        language: Its code; of an unknown one any text is.
    """
    scripts, letters = scripts_of(language), counted(text)
    if scripts is None or not letters:
        return True
    fitting = sum(letters[script] for script in scripts)
    return letters[scripts[0]] > 0 and 2 * fitting >= letters.total()


def usual_ratio(script: str, base: str) -> float:
    """How many times as many characters a text in one script usually has as the same in another."""
    return _SHORTER.get(script, 1.0) / _SHORTER.get(base, 1.0)


@cache
def _script(letter: str) -> str:
    return _NAMED.get(unicodedata.name(letter, "").partition(" ")[0], "")
