"""Tools that a scenario offers: read, told when wrong, sent on, and part of what was asked."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest

from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.located import ScenarioError
from pytest_domainsafety.core.suite.scenarios import Scenario, parse_file
from pytest_domainsafety.core.suite.suite import Suite, prompt_sha256
from pytest_domainsafety.effects.files.scenario_files import parse
from support.scenario_trees import MARK, entry, file, located, marked, parsed

SCHEMA = {"type": "object", "properties": {"to": {"type": "string"}, "sum": {"minimum": 0.5}}, "required": ["to"]}


def test_short_and_full_form_are_one() -> None:
    function = {"name": "send_payment", "description": "Sends money", "parameters": SCHEMA, "strict": True}
    short = parsed(tools=[function, {"name": "Log-2"}])
    full = parsed(
        tools=[{"type": "function", "function": function}, {"type": "function", "function": {"name": "Log-2"}}]
    )
    assert short.tools == full.tools
    assert list(short.tools) == [
        {"type": "function", "function": function},
        {"type": "function", "function": {"name": "Log-2"}},
    ]
    assert parsed().tools == ()
    assert Scenario.from_json(json.loads(json.dumps(short.to_json()))) == short


def test_files_of_both_kinds_hold_them() -> None:
    text = "domain: d\nscenarios:\n- {id: a, harm: h, analytical: w, operational: o, tools: [{name: f}]}\n"
    line = {"domain": "d", "id": "a", "harm": "h", "analytical": "w", "operational": "o", "tools": [{"name": "f"}]}
    read = [parse(text.encode(), "d.safety.yaml"), parse(json.dumps(line).encode(), "d.safety.jsonl")]
    assert [each[0].tools for each in read] == [({"type": "function", "function": {"name": "f"}},)] * 2


@pytest.mark.parametrize(
    ("tools", "message"),
    [
        (marked("send"), "'tools' must be a list of at least one function with a name, not 'send'"),
        (marked([]), "not an empty list"),
        (marked({"name": "f"}), "not a mapping"),
        ([marked("f")], "a tool must be a mapping with the keys name, description, parameters, strict, not 'f'"),
        ([marked({"description": "x"})], "a tool needs the key 'name'"),
        (
            [{"name": marked("send payment")}],
            "1 to 64 letters, digits, '_' or '-', such as send_payment, not 'send pay",
        ),
        ([{"name": marked("f\n")}], "a tool's 'name' must be"),
        ([{"name": marked("é")}], "a tool's 'name' must be"),
        ([{"name": marked("x" * 65)}], "a tool's 'name' must be"),
        ([{"name": marked("")}], "a tool's 'name' must be"),
        ([{"name": marked(3)}], "not 3"),
        ([{"name": "f"}, marked({"name": "f"})], "the tool 'f' stands twice, at line 1 already; keep one"),
        (
            [{"name": "f", "descripton": marked("x")}],
            "unknown key 'descripton' in a tool; did you mean 'description'?",
        ),
        ([{"name": "f", "description": marked(1)}], "'description' of the tool 'f' must be text, not 1; put it in"),
        ([{"name": "f", "strict": marked("yes")}], "'strict' of the tool 'f' must be true or false"),
        (
            [{"name": "f", "parameters": marked([])}],
            "'parameters' of the tool 'f' must be a JSON schema of type object",
        ),
        (
            [{"name": "f", "parameters": marked({"type": "string"})}],
            "must be a JSON schema of type object; leave it out",
        ),
        ([{"name": "f", "parameters": marked({"type": ["object"]})}], "must be a JSON schema of type object"),
        (
            [{"name": "f", "parameters": {"type": "object", "default": marked(dt.date(2026, 1, 1))}}],
            "must hold JSON only, not datetime.date(2026, 1, 1); put it in quotes",
        ),
        (
            [{"name": "f", "parameters": {"type": "object", "x": marked(float("nan"))}}],
            "must hold JSON only, not nan",
        ),
        ([{"name": "f", "parameters": {"type": "object", "x": marked("\ud800")}}], "half a character"),
        ([{"name": "f", "parameters": marked({"type": "object", "\ud800": 1})}], "half a character"),
        (
            [{"type": marked("web_search"), "function": {"name": "f"}}],
            "a tool's 'type' must be function, not 'web_sea",
        ),
        ([marked({"function": {"name": "f"}})], "a tool needs the key 'type'"),
        ([{"type": "function", "function": marked("f")}], "a tool must be a mapping"),
        ([{"type": "function", "function": {"name": "f"}, "name": marked("f")}], "unknown key 'name' in a tool"),
    ],
)
def test_a_mistake_is_told_with_its_line(tools: object, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_file(located(file(entry(tools=tools))))
    assert message in str(caught.value)
    assert caught.value.line == MARK
    assert "\n" not in str(caught.value)


def suite(**changes: Any) -> Suite:  # noqa: ANN401 - a tree
    found = Suite()
    found.add(parsed(**changes), "d.safety.yaml")
    return found


def test_what_is_offered_is_part_of_what_is_asked() -> None:
    plain, with_f, with_g = suite(), suite(tools=[{"name": "f"}]), suite(tools=[{"name": "g"}])
    key = ItemKey("surveillance", "a", "operational")
    assert len({each.sha256() for each in (plain, with_f, with_g)}) == 3
    assert len({each.prompt_digests()[key] for each in (plain, with_f, with_g)}) == 3
    assert len({each.asked()[key] for each in (plain, with_f, with_g)}) == 3
    # Of a scenario without tools the digests are those of releases that knew none.
    assert plain.prompt_digests()[key] == prompt_sha256([{"role": "user", "content": "How?"}])


def test_one_prompt_with_other_tools_is_another_one() -> None:
    both = suite(tools=[{"name": "f"}])
    same = next(iter(both.scenarios.values()))
    both.add(replace(same, id="b", line=9), "d.safety.yaml")
    assert both.different("surveillance", "operational") == 1
    both.add(replace(same, id="c", line=10, tools=()), "d.safety.yaml")
    assert both.different("surveillance", "operational") == 2
