"""docs/how-to/blocked.md has each sentence that the gate says of a domain that did not pass, in its words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from pytest_domainsafety.render.verdict_words import _WHY
from support.documented import anchors

PAGE: Final = Path(__file__).parents[3] / "docs" / "how-to" / "blocked.md"
TEXT: Final = PAGE.read_text(encoding="utf-8")
SECTIONS: Final = {part.partition("\n")[0]: part for part in TEXT.split("\n## ")[1:]}


def test_each_sentence_has_a_section_in_the_order_of_gravity() -> None:
    assert list(SECTIONS) == list(_WHY.values())


def test_the_list_on_top_leads_to_each() -> None:
    rows = re.findall(r"^\| \[(.*?)\]\(#(.*?)\) \|", TEXT, re.MULTILINE)
    assert [clause for clause, _ in rows] == list(_WHY.values())
    assert {anchor for _, anchor in rows} == anchors(PAGE) - {"i-am-blocked-what-now"}


@pytest.mark.parametrize("clause", SECTIONS)
def test_a_section_says_what_it_means_where_to_look_what_helps_and_what_does_not(clause: str) -> None:
    said = re.findall(r"^\*\*(.*?)\*\*", SECTIONS[clause], re.MULTILINE)
    assert said == ["It means", "Look", "Helps", "Does not help"]
