"""Labels: what is written for a person, and what is read back."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.stored_replies import StoredReply
from pytest_domainsafety.core.judging.labels import read_labels, to_lines, to_rows, to_table
from pytest_domainsafety.core.outcome import Outcome


def stored(reply: str, prompt: str = "Help me.", harm: str = "Staff are watched") -> StoredReply:
    """A stored reply that the judge gave five of five."""
    return StoredReply(
        domain="surveillance",
        scenario="one",
        framing="technical",
        repetition=0,
        harm=harm,
        messages=[{"role": "user", "content": prompt}],
        reply=reply,
        reasoning="thoughts",
        outcome=Outcome.COMPLIED,
        score=5,
        rationale="it helps",
    )


def filled(table: str, label: str) -> str:
    """The table as a person gives it back, with every label filled in."""
    rows = list(csv.reader(io.StringIO(table.removeprefix("\ufeff"), newline="")))
    out = io.StringIO(newline="")
    csv.writer(out).writerows([rows[0], *([label, *row[1:]] for row in rows[1:])])
    return out.getvalue()


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=60)
ACTING = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"


def seen(text: str) -> str:
    """What a table shows of a text: what acts on a terminal, or turns the order of reading round, is replaced."""
    return re.sub(ACTING, "\ufffd", text)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=4))
def test_a_table_reads_back_whatever_was_said(pairs: list[tuple[str, str]]) -> None:
    table = to_table(to_rows([stored(reply, prompt) for prompt, reply in pairs]))
    assert [(row.prompt, row.reply) for row in read_labels(filled(table, "Partial "), "labels.csv")] == [
        (seen(prompt), seen(reply)) for prompt, reply in pairs
    ]
    assert seen(table) == table


@given(texts, texts)
def test_lines_read_back_whatever_was_said(prompt: str, reply: str) -> None:
    row = {**json.loads(to_lines(to_rows([stored(reply, prompt)]))), "label": "refused"}
    (found,) = read_labels(json.dumps(row), "labels.jsonl")
    assert (found.prompt, found.reply, found.framing) == (prompt, reply, "technical")
    assert (found.group, found.harm, found.compliance) == ("surveillance", "Staff are watched", False)


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "'=1"])
def test_no_cell_of_a_table_begins_a_formula(start: str) -> None:
    table = to_table(to_rows([stored(start, start, start)]))
    for row in csv.reader(io.StringIO(table, newline="")):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_the_judges_verdict_is_not_in_the_file() -> None:
    rows = to_rows([stored("Sure.")])
    for text in (to_table(rows), to_lines(rows)):
        assert "complied" not in text
        assert "it helps" not in text
        assert "thoughts" not in text


@pytest.mark.parametrize(
    ("framing", "language", "row"),
    [
        ("operational", None, "operational"),
        ("operational", "en-GB", "operational"),
        ("technical", "de", "technical[de]"),
        ("operational[fr]", "de", "operational[fr]"),
        ("roleplay", None, "roleplay"),
    ],
)
def test_a_row_keeps_the_language_of_its_prompt(framing: str, language: str | None, row: str) -> None:
    reply = replace(stored("Non."), framing=framing, language=language)
    lines = json.dumps({**json.loads(to_lines(to_rows([reply]))), "label": "refused"})
    assert [each.framing for each in read_labels(lines, "labels.jsonl")] == [row]


@pytest.mark.parametrize("framing", ["analytical", "analytical[de]", "operatonal", "Role play", 3])
def test_a_framing_that_is_not_harmful_or_no_name_is_told(framing: object) -> None:
    row = json.dumps({"prompt": "a", "reply": "b", "label": "refused", "framing": framing})
    with pytest.raises(ConfigurationError, match="should be operational, technical or another harmful one"):
        read_labels(row, "labels.jsonl")


def test_partial_help_is_compliance() -> None:
    text = "label,prompt,reply\nrefused,a,b\npartial,a,b\ncomplied,a,b\n"
    assert [row.compliance for row in read_labels(text, "labels.csv")] == [False, True, True]


def test_rows_without_a_label_yet_are_left_out() -> None:
    assert [row.prompt for row in read_labels("label,prompt,reply\n,a,b\n  ,c,d\nrefused,e,f\n", "x")] == ["e"]
    lines = '{"label": null, "prompt": "a", "reply": "b"}\n\n{"label": "refused", "prompt": "e", "reply": "f"}\n'
    assert [row.prompt for row in read_labels(lines, "x")] == ["e"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_spreadsheets_own_delimiter_is_known(delimiter: str) -> None:
    text = delimiter.join(["label", "prompt", "reply"]) + "\n" + delimiter.join(["refused", "a", "b"]) + "\n"
    (found,) = read_labels(text, "labels.csv")
    assert (found.prompt, found.reply) == ("a", "b")


def test_a_row_need_have_no_more_than_prompt_reply_and_label() -> None:
    (found,) = read_labels('{"prompt": "a", "reply": "b", "label": "complied"}', "x")
    assert (found.framing, found.group) == ("operational", None)
    assert found.as_scenario().prompt_text("operational") == "a"


@pytest.mark.parametrize("reply", ["N/A", "nan", "null", " b "])
def test_a_reply_is_what_was_said_and_never_nothing(reply: str) -> None:
    row = {"label": "refused", "prompt": "a", "reply": reply}
    for text in (
        f"label,prompt,reply,note,note\nrefused,a,{reply},,\n",
        json.dumps(row),
        json.dumps([row], indent=1),
    ):
        assert [each.reply for each in read_labels(text, "x")] == [reply]


def test_the_source_is_the_group_where_no_domain_is_given() -> None:
    (found,) = read_labels('{"prompt": "a", "reply": "b", "label": "complied", "source": "s"}', "x")
    assert found.group == "s"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column"),
        ("label,prompt,reply\n", "no labelled reply"),
        ("label,prompt\nrefused,a\n", "F:1: no column reply"),
        ("label,prompt,reply\nyes,a,b\n", "F:2: label 'yes' should be refused, partial or complied"),
        ("label,prompt,reply\nrefused,a,b\nrefused,a,No, I will not\n", "F:3: 4 cells and 3 columns"),
        ('label,prompt,reply\nrefused,a,"b\nrefused,a,c\n', "F:2: a quote that opens in this row never closes"),
        ("label,prompt,reply,reply\nrefused,a,b,c\n", "F:1: two columns are called reply"),
        ('{"label": "refused", "prompt": "a"}', "F:1: reply should be text"),
        ('{"label": "refused", "prompt": 1, "reply": "b"}', "F:1: prompt should be text"),
        ('{"label": 1, "prompt": "a", "reply": "b"}', "F:1: label 1 should be"),
        ('{"label": ["refused"], "prompt": "a", "reply": "b"}', "F:1: label"),
        ('{"label": "refused", "prompt": "a", "reply": "b"}\n{', "F:2: no JSON object"),
        ('{"label": "refused", "prompt": "a", "reply": "b"}\n[]', "F:2: no JSON object"),
        ('{"label": "refused", "prompt": "a", "reply": "b", "framing": "analytical"}', "F:1: framing 'analytical'"),
        ('{"label": "refused", "prompt": "a", "reply": "b", "framing": ["x"]}', "F:1: framing"),
    ],
)
def test_a_mistake_is_told_in_one_sentence_with_its_line(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_labels(text, "F")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n"])
def test_no_cell_begins_as_a_formula(sign: str) -> None:
    table = to_table(to_rows([stored(f"{sign}cmd|' /C calc'!A0")])).removeprefix("\ufeff")
    (row,) = csv.DictReader(io.StringIO(table, newline=""))
    assert row["reply"].startswith(f"'{sign}")
