"""Tables of prompts become scenarios that want their other framings."""

from __future__ import annotations

import csv
import io
import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.suite.imported_prompts import Columns, Imported, import_rows, read_rows
from pytest_domainsafety.effects.files.scenario_text import to_yaml

TEXTS = st.text(min_size=1).filter(lambda text: text.strip() != "")


def imported(rows: list[dict[str, object]], **columns: str) -> list[Imported]:
    return import_rows(rows, Columns(prompt="Goal", **columns), "t.csv")


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
    found = imported(
        [{"Goal": "Do it"}, {"Goal": ""}, {"Goal": "Do it"}, {"Goal": None}, {"Goal": ["Do it", "more"]}]
    )
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
    found = import_rows(rows, Columns(prompt="Goal"), "t")
    assert [each.operational for each in found] == [prompt.strip() for prompt in prompts]
    data = yaml.safe_load(to_yaml("mine", found))
    assert [row["operational"] for row in data["scenarios"]] == [prompt.strip() for prompt in prompts]
    assert all(row["analytical"] is None for row in data["scenarios"])
    assert len({row["id"] for row in data["scenarios"]}) == len(prompts)


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["C"]), min_size=1), min_size=1, max_size=5))
def test_tables_are_read_as_they_were_written(prompts: list[str]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["Goal", "n"], *([prompt, number] for number, prompt in enumerate(prompts))])
    assert [row["Goal"] for row in read_rows(out.getvalue(), "t")] == prompts


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_spreadsheets_own_delimiter_is_known_for_prompts_too(delimiter: str) -> None:
    (row,) = read_rows(f"Goal{delimiter}n\nHelp me{delimiter}1\n", "t")
    assert row == {"Goal": "Help me", "n": "1"}


def test_a_prompt_may_be_longer_than_csv_allows_by_itself() -> None:
    # The limit is the whole process's, and other tests may have lifted it.
    csv.field_size_limit(131072)
    (row,) = read_rows(f"Goal\n{'x' * 200_000}\n", "t")
    assert len(row["Goal"]) == 200_000
