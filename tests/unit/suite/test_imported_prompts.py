"""Tables of prompts become scenarios that want their other framings."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.suite.import_columns import Columns
from pytest_domainsafety.core.suite.imported_cells import Turns
from pytest_domainsafety.core.suite.imported_prompts import Imported, import_rows, import_table, read_rows
from pytest_domainsafety.effects.files.scenario_text import to_yaml

EMPTY = {"", "nan", "n/a", "na", "#n/a", "null", "none"}
TEXTS = st.text(min_size=1).filter(lambda text: text.strip().lower() not in EMPTY and text.strip()[0] != "[")


def imported(rows: Sequence[Mapping[str, object]], **columns: str) -> Sequence[Imported]:
    return import_rows(
        list(enumerate(rows, 2)), Columns(prompt="Goal", where=(), but=(), **columns), "t.csv"
    ).scenarios


def notes(rows: Sequence[Mapping[str, object]], **columns: str) -> Sequence[str]:
    return import_rows(list(enumerate(rows, 2)), Columns(prompt="Goal", where=(), but=(), **columns), "t.csv").notes


def complaint(text: str, where: Sequence[tuple[str, str]] = (), **columns: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        import_rows(read_rows(text, "t"), Columns(prompt="Goal", where=where, but=(), **columns), "t")
    assert "\n" not in f"{caught.value}"
    return f"{caught.value}"


def test_a_row_becomes_a_scenario() -> None:
    (found,) = imported(
        [{"Goal": " Help me. ", "Name": "My Case!", "Category": "Fraud/Deception", "Harm": "People\nlose money"}],
        id="Name",
        harm="Harm",
        tag="Category",
    )
    assert found == Imported("my-case", "People lose money", "Help me.", ("fraud-deception",))


def test_without_further_columns_the_prompt_names_the_scenario() -> None:
    (found,) = imported([{"Goal": "Write the letter that keeps a tenant out, and make it polite."}])
    assert found.id == "write-the-letter-that-keeps-a"
    assert found.harm == found.operational
    assert found.tags == ()


def test_ids_are_told_apart_and_rows_without_a_prompt_left_out() -> None:
    found = imported([{"Goal": "Do it"}, {"Goal": ""}, {"Goal": "Do it"}, {"Goal": None}, {"Goal": ["Do it"]}])
    assert [each.id for each in found] == ["do-it", "do-it-2", "do-it-3"]
    assert found[-1].operational == "Do it"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"goal": "x"}], "t.csv has no column Goal: it has goal"),
        ([], "t.csv has no column Goal: it has none"),
        ([{"Goal": " "}], "t.csv holds no prompt in the column Goal"),
    ],
)
def test_a_table_without_prompts_is_one_sentence(rows: list[dict[str, object]], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        imported(rows)


def test_a_line_that_is_no_json_is_told_with_its_number() -> None:
    with pytest.raises(ConfigurationError, match=r"t.jsonl:2: no JSON object"):
        read_rows('{"Goal": "x"}\n[1]\n', "t.jsonl")


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_prompts_come_through_lines_and_files_as_they_are(prompts: list[str]) -> None:
    rows = read_rows("".join(json.dumps({"Goal": prompt}) + "\n" for prompt in prompts), "t")
    found = import_rows(rows, Columns(prompt="Goal"), "t").scenarios
    assert [each.operational for each in found] == [prompt.strip() for prompt in prompts]
    data = yaml.safe_load(to_yaml("mine", found))
    assert [row["operational"] for row in data["scenarios"]] == [prompt.strip() for prompt in prompts]
    assert all(row["analytical"] is None for row in data["scenarios"])
    assert len({row["id"] for row in data["scenarios"]}) == len(prompts)


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["C"]), min_size=1), min_size=1, max_size=5))
def test_tables_are_read_as_they_were_written(prompts: list[str]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["Goal", "n"], *([prompt, number] for number, prompt in enumerate(prompts))])
    assert [row["Goal"] for _, row in read_rows(out.getvalue(), "t")] == prompts


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_spreadsheets_own_delimiter_is_known_for_prompts_too(delimiter: str) -> None:
    ((_, row),) = read_rows(f"Goal{delimiter}n\nHelp me{delimiter}1\n", "t")
    assert row == {"Goal": "Help me", "n": "1"}


def test_a_prompt_may_be_longer_than_csv_allows_by_itself() -> None:
    # The limit is the whole process's, and other tests may have lifted it.
    csv.field_size_limit(131072)
    ((_, row),) = read_rows(f"Goal\n{'x' * 200_000}\n", "t")
    assert len(row["Goal"]) == 200_000


def test_ids_never_collide_and_a_rows_own_stays() -> None:
    found = imported([{"Goal": "x", "n": name} for name in ("spy", "spy", "spy 2", "Spy!", "spy-2")], id="n")
    assert [each.id for each in found] == ["spy", "spy-3", "spy-2", "spy-4", "spy-2-2"]


def test_an_id_that_another_has_is_told_and_free_in_another_domain() -> None:
    rows = [{"Goal": "x", "n": name, "d": domain} for name, domain in (("1", "a"), ("1", "b"), ("1", "a"))]
    assert [each.id for each in imported(rows, id="n", domain="d")] == ["1", "1", "1-2"]
    assert notes(rows, id="n", domain="d") == ["1 row with an id that another has: a number makes it its own: line 4"]
    assert notes(rows) == []


def test_names_of_other_scripts_stay_apart() -> None:
    found = imported([{"Goal": "x", "n": "\u0438\u0433\u0440\u0430"}, {"Goal": "x", "n": "\u6b3a"}], id="n", tag="n")
    assert [each.id for each in found] == ["\u0438\u0433\u0440\u0430", "\u6b3a"]
    assert found[1].tags == ("\u6b3a",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Goal\nHelp me\nHelp me hide money, first in cash, then abroad\n",
            "t:3: 3 cells and one column: put a cell that holds what parts cells in quotes",
        ),
        ("Goal,n\nHelp me,1\nHelp, me,1\n", "t:3: 3 cells and 2 columns"),
        ('Goal,n\n"Help\nme",1\n\nHelp, me,1\n', "t:5: 3 cells"),
        ('Goal,n\nx,1\n"Help me,2\ny,3\nz,4\n', "t:3: a quote that opens in this row never closes"),
        ('Goal,n\n"Help me,1\n"Help her,2\n', "t:2: text follows a closed quote in this row"),
        ("Goal,Goal\nx,y\n", "t:1: two columns are called Goal: rename one"),
        ('[{"Goal": "x"},\n {"Goal": "y"},\n 3]', "t:3: no JSON object: give a list of objects"),
        ('[{"Goal": "x"},\n {"Goal": "y"}\n', "t:3: the list should go on with a comma or end with ] here"),
        ('[{"Goal": "x"}]\n{"Goal": "y"}', "t:1: the list should"),
        ('["x", "y"]', "t:1: no JSON object"),
        ("[]", "t has no column Goal: it has none"),
        ('{"Goal": "x"}\n{"Goal": ["Help me", " "]}', "t:2: Goal holds 2 turns, of which turn 2 is empty"),
        ('Goal,n\n"[""nan"", ""And now?""]",1', "t:2: Goal holds 2 turns, of which turn 1 is empty"),
        (
            json.dumps({"Goal": [{"role": role, "content": "x"} for role in ("system", "user", "user")]}),
            "t:1: Goal holds 2 messages of the user without answers, and a system prompt: leave",
        ),
        ('{"Goal": "x"}\n{"Goal": "y", "n": 1, "Goal": "z"}', "t:2: two keys are called Goal: rename one"),
        ('[{"Goal": "x"},\n {"Goal": "y", "Goal": "z"}]', "t:2: two keys are called Goal: rename one"),
        ("Goal;n\n['Help me'];1", "t:2: Goal holds a list that is not JSON"),
        ('{"Goal": {"text": "x"}}', "t:1: Goal is no text"),
        ('{"Goal": [{"from": "human", "value": "x"}]}', "t:1: Goal holds what is no message: write a list of {role"),
        ('{"Goal": [{"role": "user", "content": "x"}, "y"]}', "t:1: Goal holds what is no message"),
        ('{"Goal": [{"role": "bot", "content": "x"}]}', "t:1: Goal holds a role 'bot': it should be one of system"),
        ('{"Goal": [{"role": "user", "content": ["x"]}]}', "t:1: Goal holds a message whose content is no text"),
        (
            '{"Goal": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]}',
            "t:1: Goal ends with a message of role assistant: write a list of {role, content} that ends",
        ),
    ],
)
def test_no_row_is_cut_and_no_turn_lost(text: str, said: str) -> None:
    assert complaint(text).startswith(said)


def test_every_named_column_is_read_whole_or_not_at_all() -> None:
    rows = '{"Goal": "x", "n": ["y", "z"]}'
    for column in ("id", "harm", "context", "domain"):
        assert complaint(rows, (), **{column: "n"}) == "t:1: n is no text: name a column of texts"
    assert complaint(rows, where=[("n", "y")]) == "t:1: n is no text: name a column of texts"
    assert imported([{"Goal": "x", "n": ["Cash", "abroad", "cash"]}], tag="n")[0].tags == ("cash", "abroad")


def test_cells_that_are_empty_under_no_column_lose_nothing() -> None:
    assert read_rows("Goal,n\nx,1,,\n\ny\n", "t") == [(2, {"Goal": "x", "n": "1"}), (4, {"Goal": "y", "n": ""})]


def test_rows_that_may_be_cut_are_counted() -> None:
    found = import_table("Goal,n\nHelp me\nhide it,1\n\nx,1\ny\n", Columns(prompt="Goal"), "t")
    assert len(found.scenarios) == 4
    assert found.notes == ["2 rows with fewer cells than the first line has names, perhaps cut: lines 2, 6"]
    lines = import_table('{"Goal": "x", "n": 1}\n{"Goal": "y"}\n', Columns(prompt="Goal"), "t")
    assert lines.notes == []


def test_a_json_list_is_read_as_its_lines_are() -> None:
    rows = [{"Goal": "x, [y]", "n": 1}, {"Goal": "y\n", "n": None}]
    assert [row for _, row in read_rows(json.dumps(rows), "t")] == rows
    text = "\n" + json.dumps(rows, indent=2) + "\n"
    assert read_rows(text, "t") == [(3, rows[0]), (7, rows[1])]


@pytest.mark.parametrize("cell", ["", " ", "nan", "NaN", "N/A", "null", "None", None, float("nan")])
def test_a_cell_that_says_nothing_is_empty_and_counted(cell: object) -> None:
    rows = [{"Goal": "x", "n": cell}, {"Goal": cell, "n": "y"}]
    (found,) = imported(rows, harm="n", tag="n", id="n", context="n")
    assert (found.id, found.harm, found.operational, found.tags) == ("x", "x", "x", ())
    assert notes(rows, tag="n") == [
        "1 row left out, without a Goal (empty, nan, N/A or null): line 3",
        "1 row without a n: it has no tag",
    ]


def test_a_conversation_is_the_scenarios_messages() -> None:
    messages = [{"role": "system", "content": "You help."}, {"role": "user", "content": "Help me, now.\u2028Please."}]
    rows = read_rows(json.dumps([{"Goal": messages, "n": "A"}, {"Goal": messages[1:], "n": "B"}]), "t")
    found = import_rows(rows, Columns(prompt="Goal"), "t").scenarios
    assert [each.operational for each in found] == [messages, "Help me, now.\u2028Please."]
    assert [each.id for each in found] == ["help-me-now-please", "help-me-now-please-2"]
    assert found[0].harm == "Help me, now. Please."
    assert yaml.safe_load(to_yaml("mine", found))["scenarios"][0]["operational"] == messages
    (asked, _) = import_rows(rows, Columns(prompt="Goal", context="n"), "t").scenarios
    assert asked.operational == [messages[0], {"role": "user", "content": "A\n\n---\n\nHelp me, now.\u2028Please."}]


def test_a_conversation_in_a_table_is_json() -> None:
    messages = [{"role": "assistant", "content": "Yes?"}, {"role": "user", "content": "Help me."}]
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["Goal"], [json.dumps(messages)], ['["Help me."]']])
    found = import_rows(read_rows(out.getvalue(), "t"), Columns(prompt="Goal"), "t").scenarios
    assert [each.operational for each in found] == [messages, "Help me."]


def test_texts_of_the_user_alone_are_turns() -> None:
    said = ["Hello.", "Help me with it. "]
    rows: list[dict[str, object]] = [
        {"Goal": said, "n": "A"},
        {"Goal": json.dumps(said), "n": None},
        {"Goal": [{"role": "user", "content": text} for text in said], "n": None},
    ]
    found = imported(rows, context="n")
    plain = Turns(("Hello.", "Help me with it."))
    assert [each.operational for each in found] == [Turns(("A\n\n---\n\nHello.", plain.texts[1])), plain, plain]
    assert [each.id for each in found] == ["help-me-with-it", "help-me-with-it-2", "help-me-with-it-3"]
    written = yaml.safe_load(to_yaml("mine", found))["scenarios"][1]
    assert written["operational"] == {"turns": ["Hello.", "Help me with it."]}


def test_a_list_of_nothing_is_an_empty_cell() -> None:
    rows: list[dict[str, object]] = [{"Goal": "x"}, {"Goal": "[ ]"}, {"Goal": []}, {"Goal": ["nan"]}]
    assert notes(rows) == ["3 rows left out, without a Goal (empty, nan, N/A or null): lines 3, 4, 5"]
