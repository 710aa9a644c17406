"""What a valid scenario file means, in YAML as in lines of JSON."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_domainsafety.core.suite.located import Located
from pytest_domainsafety.core.suite.prompts import has_system
from pytest_domainsafety.core.suite.scenarios import Scenario, parse_file, parse_line
from pytest_domainsafety.effects.files.scenario_files import load
from support.scenario_trees import MARK, Tree, entry, file, located, marked, parsed

# What a valid file means


def test_a_whole_file() -> None:
    tree = file(
        marked(entry(technical="Build it.", tags=["workplace", "camera"])),
        entry(id="b"),
        description="Watching people",
        codification="low",
    )
    first, second = parse_file(located(tree))
    assert first == Scenario(
        domain="surveillance",
        id="a",
        harm="Harm",
        prompts={
            "analytical": [{"role": "user", "content": "Why?"}],
            "operational": [{"role": "user", "content": "How?"}],
            "technical": [{"role": "user", "content": "Build it."}],
        },
        tags=("workplace", "camera"),
        codification="low",
        description="Watching people",
    )
    assert first.line == MARK
    assert (second.id, second.tags, second.codification, list(second.prompts)) == (
        "b",
        (),
        "low",
        ["analytical", "operational"],
    )


def test_the_optional_parts_may_be_left_out() -> None:
    scenario = parsed()
    assert (scenario.tags, scenario.codification, scenario.description) == ((), None, None)


@pytest.mark.parametrize("codification", ["high", "medium", "low"])
def test_codifications(codification: str) -> None:
    assert parse_file(located(file(codification=codification)))[0].codification == codification


def test_the_scenarios_system_prompt_opens_every_prompt() -> None:
    scenario = parsed(system="Be brief.", operational=[{"role": "user", "content": "How?"}])
    opening = {"role": "system", "content": "Be brief."}
    assert [messages[0] for messages in scenario.prompts.values()] == [opening, opening]
    assert scenario.prompts["operational"][1:] == [{"role": "user", "content": "How?"}]


@pytest.mark.parametrize("role", ["system", "developer"])
def test_a_prompt_may_bring_a_system_message(role: str) -> None:
    scenario = parsed(operational=[{"role": role, "content": "Be brief."}, {"role": "user", "content": "How?"}])
    assert has_system(scenario.prompts["operational"])
    assert not has_system(scenario.prompts["analytical"])


def test_a_conversation_is_kept_in_order() -> None:
    talk = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hello!"},
        {"role": "user", "content": "How?"},
    ]
    scenario = parsed(operational=talk)
    assert scenario.prompts["operational"] == talk
    assert scenario.prompt_text("operational") == "user: Hello\n\nassistant: Hello!\n\nuser: How?"


def test_a_lone_prompt_is_shown_to_judges_as_it_is() -> None:
    assert parsed(operational="  How?\nTell me.\n").prompt_text("operational") == "  How?\nTell me.\n"


def test_the_harm_may_come_from_a_block_of_text() -> None:
    assert parsed(harm="Harm\n").harm == "Harm"


@pytest.mark.parametrize("domain", ["surveillance", "human-trafficking", "a.b_c", "überwachung", "7"])
def test_domain_names(domain: str) -> None:
    assert parse_file(located(file(domain=domain)))[0].domain == domain


def test_a_line_brings_its_domain() -> None:
    line = {"domain": "surveillance", "codification": "high", "description": "Watching", **entry(tags=["x"])}
    scenario = parse_line(located(line))
    assert (scenario.domain, scenario.codification, scenario.description, scenario.tags) == (
        "surveillance",
        "high",
        "Watching",
        ("x",),
    )


def test_the_line_does_not_matter_to_equality() -> None:
    assert parse_file(located(file(marked(entry())))) == parse_file(located(file()))


# Round trips


_words = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters="[]:\ufeff"), min_size=1, max_size=12
)


# Without the characters that universal newlines or YAML's own folding change; the text is otherwise arbitrary.
_texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"], exclude_characters="\u2028\u2029\ufeff"))
_prompts = st.builds(lambda core, end: f"{core}\n{end}", _words, _texts)
_talks = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": _prompts}), max_size=2
).map(lambda talk: [*talk, {"role": "user", "content": "And?"}])
_entries = st.fixed_dictionaries(
    {"harm": _words, "analytical": _prompts | _talks, "operational": _prompts | _talks},
    optional={"technical": _prompts | _talks, "system": _prompts, "tags": st.lists(_words, max_size=3)},
)
_heads = st.fixed_dictionaries(
    {"domain": st.from_regex(r"[a-z0-9_.-]{1,12}", fullmatch=True)},
    optional={"description": _words, "codification": st.sampled_from(["high", "medium", "low"])},
)
_files = st.tuples(_heads, st.dictionaries(_words, _entries, min_size=1, max_size=4))


def written(name: str, text: str) -> list[Scenario]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_text(text, encoding="utf-8")
        return load(path)


@given(made=_files, escaped=st.booleans())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_yaml_and_json_lines_say_the_same(made: tuple[Tree, dict[str, Tree]], *, escaped: bool) -> None:
    head, entries = made
    rows = [{"id": id_, **fields} for id_, fields in entries.items()]
    from_yaml = written(
        "x.safety.yaml", yaml.safe_dump({**head, "scenarios": rows}, allow_unicode=not escaped, sort_keys=False)
    )
    from_lines = written(
        "x.safety.jsonl", "".join(json.dumps({**head, **row}, ensure_ascii=escaped) + "\n" for row in rows)
    )
    assert from_yaml == from_lines
    assert from_yaml == parse_file(located({**head, "scenarios": rows}))
    assert [scenario.id for scenario in from_yaml] == list(entries)


@given(_files)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_a_scenario_survives_the_way_to_the_controller(made: tuple[Tree, dict[str, Tree]]) -> None:
    head, entries = made
    for number, (id_, fields) in enumerate(entries.items(), start=1):
        scenario = parse_line(Located(located({**head, "id": id_, **fields}).value, number))
        again = Scenario.from_json(json.loads(json.dumps(scenario.to_json())))
        assert again == scenario
        assert again.line == scenario.line == number
