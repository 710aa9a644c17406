"""Every mistake in a scenario file is told in one sentence with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_domainsafety.core.suite.located import ScenarioError
from pytest_domainsafety.core.suite.scenarios import parse_file, parse_line
from pytest_domainsafety.effects.files.scenario_files import load
from support.scenario_trees import MARK, entry, file, located, marked, parsed, turns, without

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
    ("no turns", file(entry(analytical=marked({}))), "the prompt 'analytical' needs the key 'turns'"),
    ("text as turns", file(entry(operational={"turns": marked("x")})), "'turns' in the prompt 'operational' must be"),
    ("one turn", file(entry(operational={"turns": marked(["x"])})), "a list of 2 to 20 texts of the user, not 1"),
    ("many turns", file(entry(operational={"turns": marked(["x"] * 21)})), "2 to 20 texts of the user, not 21"),
    ("blank turn", file(entry(technical={"turns": ["x", marked(" ")]})), "turn 2 of the prompt 'technical' is empty"),
    (
        "number as turn",
        file(entry(technical={"turns": [marked(1), "x"]})),
        "turn 1 of the prompt 'technical' must be",
    ),
    ("judge of turns", file(entry(operational=turns(judge=marked("all")))), "must be last or any, not 'all'"),
    ("list as judge of turns", file(entry(operational=turns(judge=marked([])))), "must be last or any, not a list"),
    (
        "key beside turns",
        file(entry(framings={"roleplay": turns(judges=marked("any"))})),
        "unknown key 'judges' in the prompt 'roleplay'; did you mean 'judge'?",
    ),
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
    ("text as framings", file(entry(framings=marked("x"))), "'framings' must be a mapping of names to prompts"),
    ("a framing's name", file(entry(framings={"Role play": marked("x")})), "'Role play' is no name of a framing"),
    ("any as a framing", file(entry(framings={"any": marked("x")})), "'any' is no name of a framing"),
    ("a slip", file(entry(framings={"tecnical": marked("x")})), "unknown framing 'tecnical'; did you mean 'techni"),
    ("no language", file(entry(**{"operational[]": marked("x")})), "unknown key 'operational[]' in a scenario"),
    ("undeclared", file(entry(roleplay=marked("x"))), "unknown key 'roleplay' in a scenario; known keys are"),
    ("an empty framing", file(entry(framings={"roleplay": marked(" ")})), "the prompt 'roleplay' is empty"),
    (
        "a framing twice",
        file(entry(technical="x", framings={"technical": marked("y")})),
        "the framing 'technical' stands in the scenario twice; keep one",
    ),
    ("framings of a file", file(framings=marked(["roleplay"])), "'framings' must name framings and say what each"),
    ("a purpose", file(framings={"roleplay": marked(1)}), "what the framing 'roleplay' does must be text"),
    ("of every suite", file(framings={"technical": marked("x")}), "technical is a framing that every suite has"),
    ("a translation", file(framings={"role[de]": marked("x")}), "'role[de]' is a translation, which does what its"),
    ("Norwegian", file(language=marked(value=False)), "such as de or pt-BR, not False; put it in quotes"),
    ("a language", file(language=marked("German")), "'language' must be a language's code, such as de or pt-BR"),
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


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*entry(), "domain", "scenarios", "tags", "system", "role", "turns"]), inner, max_size=6
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
