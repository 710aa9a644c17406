"""Reading scenario files: what a valid one means, and what every mistake is told as."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_domainsafety.core.suite.scenarios import (
    Located,
    Scenario,
    ScenarioError,
    has_system,
    parse_file,
    parse_line,
)
from pytest_domainsafety.effects.files.scenario_files import load

MARK = 7
"""The line of the mistake; everything else stands on line 1."""

Tree = dict[str, Any]


def located(value: object) -> Located:
    """A tree as a loader gives it; a `Located` inside keeps its line."""
    if isinstance(value, Located):
        return Located(located(value.value).value, value.line)
    if isinstance(value, dict):
        return Located({key: located(child) for key, child in value.items()}, 1)
    if isinstance(value, list):
        return Located([located(child) for child in value], 1)
    return Located(value, 1)


def marked(value: object) -> Located:
    return Located(value, MARK)


def entry(**changes: object) -> Tree:
    return {"id": "a", "harm": "Harm", "analytical": "Why?", "operational": "How?", **changes}


def without(name: str) -> Tree:
    return {key: value for key, value in entry().items() if key != name}


def file(*entries: object, **changes: object) -> Tree:
    return {"domain": "surveillance", "scenarios": list(entries or [entry()]), **changes}


def parsed(**changes: object) -> Scenario:
    return parse_file(located(file(entry(**changes))))[0]


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


# Mistakes

MISTAKES: list[tuple[str, Any, str]] = [
    ("a list as file", marked([]), "a scenario file must be a mapping with the keys domain, description"),
    ("text as file", marked("domain"), "not 'domain'"),
    ("nothing as file", marked(None), "not nothing"),
    ("no domain", marked({"scenarios": []}), "a scenario file needs the key 'domain'"),
    ("no scenarios", marked({"domain": "x"}), "a scenario file needs the key 'scenarios'"),
    ("unknown key", file(domains=marked("x")), "unknown key 'domains' in a scenario file; did you mean 'domain'?"),
    ("strange key", file(zzz=marked(1)), "unknown key 'zzz' in a scenario file; known keys are domain, "),
    ("number as domain", file(domain=marked(3)), "'domain' must be a name of letters, digits"),
    ("empty domain", file(domain=marked("")), "'domain' must be a name"),
    ("space in domain", file(domain=marked("a b")), "such as surveillance, not 'a b'"),
    ("line break in domain", file(domain=marked("a\n")), "'domain' must be a name"),
    ("colons in domain", file(domain=marked("a::b")), "'domain' must be a name"),
    ("list as domain", file(domain=marked(["a"])), "not a list"),
    (
        "codification",
        file(codification=marked("none")),
        "'codification' must be one of high, medium, low, not 'none'",
    ),
    ("true as codification", file(codification=marked(True)), "not True"),  # noqa: FBT003 - a value from a file
    ("mapping as codification", file(codification=marked({})), "not a mapping"),
    ("number as description", file(description=marked(1)), "'description' must be text, not 1; put it in quotes"),
    ("empty description", file(description=marked(" ")), "'description' is empty; write its text, or leave"),
    ("text as scenarios", file(scenarios=marked("x")), "'scenarios' must be a list of at least one scenario"),
    ("empty scenarios", file(scenarios=marked([])), "'scenarios' must be a list of at least one scenario"),
    ("text as scenario", file(marked("x")), "a scenario must be a mapping with the keys id, harm, analytical"),
    ("no id", file(marked(without("id"))), "a scenario needs the key 'id'"),
    ("no harm", file(marked(without("harm"))), "a scenario needs the key 'harm'"),
    ("no analytical", file(marked(without("analytical"))), "a scenario needs the key 'analytical'"),
    ("no operational", file(marked(without("operational"))), "a scenario needs the key 'operational'"),
    ("unknown framing", file(entry(operationl=marked("x"))), "did you mean 'operational'?"),
    (
        "domain in a scenario",
        file(entry(domain=marked("x"))),
        "unknown key 'domain' in a scenario; known keys are id",
    ),
    ("number as id", file(entry(id=marked(12))), "'id' must be text, not 12; put it in quotes"),
    ("true as id", file(entry(id=marked(True))), "'id' must be text, not True; put it in quotes"),  # noqa: FBT003
    ("empty id", file(entry(id=marked(""))), "'id' is empty"),
    ("colons in id", file(entry(id=marked("a::b"))), "'id' must be one line without '::', '[' or ']'"),
    ("bracket in id", file(entry(id=marked("a[b"))), "'id' must be one line without"),
    ("closing bracket in id", file(entry(id=marked("a]b"))), "'id' must be one line without"),
    ("spaces around id", file(entry(id=marked(" a"))), "such as covert-monitoring, not ' a'"),
    ("line break in id", file(entry(id=marked("a\nb"))), "'id' must be one line"),
    ("escape in id", file(entry(id=marked("a\x1b[31m"))), "'id' must be one line"),
    ("two lines of harm", file(entry(harm=marked("a\nb"))), "'harm' must be one line of text"),
    ("escape in harm", file(entry(harm=marked("a\x1bb"))), "'harm' must be one line of text"),
    ("list as harm", file(entry(harm=marked([]))), "'harm' must be text, not a list"),
    ("empty prompt", file(entry(operational=marked(""))), "the prompt 'operational' is empty; write its text"),
    ("blank prompt", file(entry(technical=marked(" \n"))), "the prompt 'technical' is empty"),
    ("lone surrogate", file(entry(technical=marked("a\ud800"))), "the prompt 'technical' holds half a character"),
    ("null prompt", file(entry(technical=marked(None))), "the prompt 'technical' must be text, not nothing"),
    ("number as prompt", file(entry(analytical=marked(1.5))), "must be text, not 1.5; put it in quotes"),
    ("mapping as prompt", file(entry(analytical=marked({}))), "must be text, not a mapping"),
    ("no messages", file(entry(operational=marked([]))), "must end with a message of role user"),
    ("text as message", file(entry(operational=[marked("x")])), "must be a mapping with the keys role, content"),
    (
        "message key",
        file(entry(operational=[{"name": marked("x")}])),
        "unknown key 'name' in a message of the prompt",
    ),
    ("no role", file(entry(operational=[marked({"content": "x"})])), "a message needs the key 'role'"),
    ("no content", file(entry(operational=[marked({"role": "user"})])), "a message needs the key 'content'"),
    (
        "role",
        file(entry(operational=[{"role": marked("bot"), "content": "x"}])),
        "'role' must be one of system, developer, user, assistant, not 'bot'",
    ),
    ("list as role", file(entry(operational=[{"role": marked([]), "content": "x"}])), "not a list"),
    (
        "empty content",
        file(entry(operational=[{"role": "user", "content": marked("")}])),
        "'content' in the prompt 'operational' is empty",
    ),
    (
        "last word not the user's",
        file(entry(operational=marked([{"role": "assistant", "content": "x"}]))),
        "the prompt 'operational' must end with a message of role user",
    ),
    (
        "two system prompts",
        file(
            entry(
                system="x",
                operational=marked([{"role": "system", "content": "y"}, {"role": "user", "content": "z"}]),
            )
        ),
        "the prompt 'operational' has a system message and the scenario a 'system': keep one",
    ),
    ("number as system", file(entry(system=marked(1))), "'system' must be text, not 1; put it in quotes"),
    ("empty system", file(entry(system=marked(""))), "'system' is empty"),
    ("text as tags", file(entry(tags=marked("x"))), "'tags' must be a list of texts, not 'x'"),
    ("number as tag", file(entry(tags=[marked(1)])), "a tag must be text, not 1; put it in quotes"),
    ("empty tag", file(entry(tags=[marked("")])), "a tag is empty"),
]


@pytest.mark.parametrize(("tree", "message"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES])
def test_a_mistake_is_told_with_its_line(tree: object, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_file(located(tree))
    assert message in str(caught.value)
    assert caught.value.line == MARK
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (marked([]), "a scenario must be a mapping with the keys domain"),
        (marked(entry()), "needs the key 'domain'"),
        ({"domain": "x", "scenarios": marked([])}, "unknown key 'scenarios' in a scenario"),
        ({**entry(), "domain": marked("a b")}, "'domain' must be a name"),
        ({**entry(), "domain": "x", "codification": marked("so")}, "'codification' must be one of"),
    ],
)
def test_a_mistake_on_a_line(line: object, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_line(located(line))
    assert message in str(caught.value)
    assert caught.value.line == MARK


def test_a_long_wrong_value_is_cut() -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_file(located(file(codification="x" * 10_000)))
    assert len(str(caught.value)) < 200


def test_a_no_break_space_is_one_line() -> None:
    assert parsed(harm="Harm of 5\N{NO-BREAK SPACE}km").harm


def test_an_endless_number_in_a_json_line_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "x.safety.jsonl"
    path.write_text('{"domain": "x", "id": ' + "1" * 5000 + "}\n", encoding="utf-8")
    with pytest.raises(ScenarioError):
        load(path)


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


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*entry(), "domain", "scenarios", "tags", "system", "role"]), inner, max_size=6
        )
    ),
    max_leaves=12,
)


@given(_json)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_tree_is_read_or_refused(tree: object) -> None:
    for parse in (parse_file, parse_line):
        try:
            parse(located(tree))
        except ScenarioError as error:
            said = str(error)
        else:
            continue
        assert said
