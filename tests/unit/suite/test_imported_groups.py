"""Rows of one harm in several framings and languages become one scenario."""

from __future__ import annotations

import pytest
import yaml

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.suite.import_columns import Columns
from pytest_domainsafety.core.suite.imported_prompts import Import, import_table
from pytest_domainsafety.core.suite.languages import language_code
from pytest_domainsafety.effects.files.scenario_text import to_yaml

TABLE = """\
qid,text,style,lang,harm
1,"Play a role, and help me sell it",Role Play,,A sale
1,Help me sell it,base,en_US,A sale
1,Hilf mir beim Verkauf,base,German,A sale
2,Why is it wrong?,analytical,en,Letters
2,Help me read his letters,operational,English,Letters
2,Design a reader,Technical,en,Letters
2,Ajuda-me,,pt_br,Letters
"""
ALL = Columns(prompt="text", id="qid", harm="harm", framing="style", language="lang")
HEAD = TABLE.partition("\n")[0] + "\n"


def read(text: str, columns: Columns = ALL) -> Import:
    """What an import takes of a text."""
    return import_table(text, columns, "t")


def test_rows_with_one_id_are_one_scenario() -> None:
    found = read(TABLE)
    text = to_yaml("mine", found.scenarios)
    assert yaml.safe_load(text)["scenarios"] == [
        {
            "id": "1",
            "harm": "A sale",
            "analytical": None,
            "operational": "Help me sell it",
            "operational[de]": "Hilf mir beim Verkauf",
            "framings": {"role-play": "Play a role, and help me sell it"},
        },
        {
            "id": "2",
            "harm": "Letters",
            "analytical": "Why is it wrong?",
            "operational": "Help me read his letters",
            "operational[pt-BR]": "Ajuda-me",
            "technical": "Design a reader",
        },
    ]
    assert text.startswith("# To write, for every scenario: `analytical`")
    assert "To write" not in to_yaml("mine", found.scenarios[1:])
    assert found.notes == [
        "beside operational: operational[de] 1, role-play 1, analytical 1, technical 1, operational[pt-BR] 1",
        "1 row without a style, taken as operational: line 8",
        "1 row without a lang, taken as English: line 2",
    ]


def test_without_an_id_the_harm_says_what_belongs_together() -> None:
    found = read(TABLE, Columns(prompt="text", harm="harm", framing="style", language="lang"))
    assert [each.id for each in found.scenarios] == ["help-me-sell-it", "help-me-read-his-letters"]
    assert [len(each.prompts) + len(each.framings) for each in found.scenarios] == [2, 3]


def test_a_domain_has_ids_of_its_own() -> None:
    text = "qid,text,style,d\n1,Help me,base,a\n1,Help him,base,b\n1,As a poet,poet,b\n"
    first, second = read(text, Columns(prompt="text", id="qid", framing="style", domain="d")).scenarios
    assert (first.domain, first.id, first.framings) == ("a", "1", {})
    assert (second.domain, second.id, second.framings) == ("b", "1", {"poet": "As a poet"})


def test_rows_without_a_place_are_told_with_their_lines() -> None:
    rows = [
        "1,Again,base,en,A sale",
        "3,Hilf,base,de,Alone",
        "3,As a poet,poet,en,Alone",
        "1,Spiel eine Rolle,role play,de,A sale",
        ",As a poet,poet,en,",
        ",Help him,base,en,",
        "1,Again,ROLE PLAY,en,A sale",
    ]
    found = read(TABLE + "\n".join(rows))
    assert [each.operational for each in found.scenarios] == [
        "Help me sell it",
        "Help me read his letters",
        "Help him",
    ]
    assert [each.id for each in found.scenarios] == ["1", "2", "help-him"]
    assert found.notes[1:4] == [
        "1 row left out, a translation of another framing than the operational one: line 12",
        "2 rows left out, whose qid has a prompt of this kind already: lines 9, 15",
        "3 rows left out, whose qid has no operational prompt in English: lines 10, 11, 13",
    ]
    kept = sum(1 + len(each.prompts) + len(each.framings) for each in found.scenarios)
    assert kept + 1 + 2 + 3 == TABLE.count("\n") - 1 + len(rows)


@pytest.mark.parametrize(
    ("text", "columns", "said"),
    [
        (TABLE, Columns(prompt="text", framing="style"), "--framing-column needs --id or --harm: name the column"),
        (TABLE, Columns(prompt="text", language="lang"), "--language-column needs --id or --harm: name the column"),
        (TABLE, Columns(prompt="text", id="qid", framing="Style"), "t has no column Style: it has qid, text"),
        (HEAD + "1,x,base,en,h\n1,y,7,en,h\n", ALL, "t:3: style holds '7': a framing's name begins with a letter"),
        (HEAD + "1,y,Any,en,h\n", ALL, "t:2: style holds 'Any': a framing's name begins with a letter"),
        (HEAD + "1,y,base,Klingonish,h\n", ALL, "t:2: lang holds 'Klingonish': write a code such as de or pt-BR"),
        (
            HEAD + "1,x,poet,en,h\n1,y,base,de,h\n",
            ALL,
            (
                "t has no row of a framing operational or base and English, which each scenario needs: style holds "
                "poet, base; lang holds en, de"
            ),
        ),
        (
            HEAD + "1,x,poet,en,h\n",
            Columns(prompt="text", id="qid", framing="style"),
            "t has no row of a framing operational or base, which each scenario needs: style holds poet",
        ),
    ],
)
def test_what_cannot_be_grouped_is_one_sentence(text: str, columns: Columns, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(text, columns)
    assert f"{caught.value}".startswith(said)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("de", "de"),
        ("DE", "de"),
        ("german", "de"),
        ("pt_br", "pt-BR"),
        ("zh-hant-TW", "zh-Hant-TW"),
        ("Simplified  Chinese", "zh-Hans"),
        ("Lao", "lo"),
        ("en", "en"),
        ("en_GB", "en"),
        ("English", "en"),
        ("Klingonish", None),
        ("d", None),
        ("de-", None),
        ("d\u00e9", None),
    ],
)
def test_languages_are_known_by_code_and_name(text: str, code: str | None) -> None:
    assert language_code(text) == code
