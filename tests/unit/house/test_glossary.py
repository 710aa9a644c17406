"""docs/glossary.md is in the order of the alphabet, each word once, in two sentences or three."""

from __future__ import annotations

import re
from pathlib import Path

TEXT = (Path(__file__).parents[3] / "docs" / "glossary.md").read_text(encoding="utf-8")
LONGEST = 300
"""Characters, addresses of links left out: what is longer is a page's business."""


def test_words_stand_in_order_each_once() -> None:
    words = re.findall(r"^- \*\*(.*?)\*\*: ", TEXT, re.MULTILINE)
    assert len(words) == TEXT.count("\n- ") > 0
    assert words == sorted(set(words))


def test_what_a_word_means_is_short() -> None:
    entries = [re.sub(r"\]\(.*?\)", "]", entry) for entry in TEXT.split("\n- ")[1:]]
    assert all(len(entry) <= LONGEST for entry in entries), max(entries, key=len)
