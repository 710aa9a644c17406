"""Whether the embedded screen can read a text at all: it was fitted to English, and abstains on what is visibly not.

No part of the screen's fingerprint: not one of the replies that its calibration was counted on is taken for another
language, so that those figures are what they were (`docs/embedded-judge.md` says how that was measured).
"""

from __future__ import annotations

import re
from typing import Final

from pytest_domainsafety.core.suite.writing import counted

LEAST: Final = 0.08
"""Share of English function words below which a text is not English; in ordinary English it is 0.3 to 0.5."""

WORDS: Final = 8
"""Fewer words than these say nothing of their language."""

_ENGLISH: Final = """
about and are at be because but by can cannot could do for from has have how i i'm if is it it's its like may more my
not of on or our out she should some than that the their them there they this to we what when where which who with
without would you your"""
FUNCTION_WORDS: Final = frozenset(_ENGLISH.split())
"""Few of them are words of other languages in Latin letters."""

_CODE: Final = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W\d_]+)?")


def is_visibly_foreign(text: str) -> bool:
    """Whether most of a text's letters are not Latin, or hardly any of its words are English; code is not read."""
    prose = _CODE.sub(" ", text)
    letters = counted(prose)
    if 2 * letters["Latin"] < letters.total():
        return True
    words = [word.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'") for word in _WORD.findall(prose)]
    return len(words) >= WORDS and sum(word in FUNCTION_WORDS for word in words) < LEAST * len(words)
