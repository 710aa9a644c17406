"""Framings of a suite's own: their names, their place, and what is known of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.configuration.asked_framings import parse_purposes
from pytest_domainsafety.core.configuration.limits import LimitError
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.suite.framings import (
    FRAMINGS,
    FramingName,
    framing_of,
    in_order,
    is_framing_name,
    slip_of,
)
from pytest_domainsafety.core.suite.scenarios import parse_file, parse_line
from pytest_domainsafety.core.suite.suite import Suite
from support.scenario_trees import entry, file, located, parsed


@pytest.mark.parametrize(
    "name", ["roleplay", "role-play", "r2", "operational[de]", "operational[pt-BR]", "roleplay[zh-Hans]"]
)
def test_a_name(name: str) -> None:
    assert is_framing_name(name)
    base, language = FramingName.of(name)
    assert name == (base if language is None else f"{base}[{language}]")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Role",
        "a b",
        "a=b",
        "a:b",
        "1a",
        "any",
        "harm",
        "tags",
        "language",
        "a[",
        "a[]",
        "a[DE]",
        "a[de][fr]",
        "a" * 41,
        "a\n",
    ],
)
def test_no_name(name: str) -> None:
    assert not is_framing_name(name)


def test_a_translation_is_what_its_framing_is() -> None:
    assert framing_of("analytical[fr]").positive is Outcome.ENGAGED
    assert not framing_of("analytical[fr]").harmful
    assert not framing_of("operational[fr]").required
    assert framing_of("operational[fr]").purpose == "asks for help to commit it, in the language 'fr'"
    assert framing_of("roleplay").harmful


@given(st.lists(st.sampled_from([*FRAMINGS, "operational[de]", "operational[ar]", "role", "formal", "role[de]"])))
def test_an_order_is_one_whatever_comes_first(names: list[str]) -> None:
    assert in_order(names) == in_order(reversed(names)) == in_order(set(names))


def test_the_order() -> None:
    names = ["role[de]", "role", "technical", "operational[de]", "analytical", "operational", "operational[ar]"]
    assert in_order(names) == [
        *("analytical", "operational", "operational[ar]", "operational[de]", "technical", "role", "role[de]")
    ]


@pytest.mark.parametrize(("name", "meant"), [("tecnical", "technical"), ("technical", None), ("role", None)])
def test_a_slip(name: str, meant: str | None) -> None:
    assert slip_of(name) == slip_of(f"{name}[de]") == meant


def test_a_scenario_has_its_own_framings_behind_those_of_all() -> None:
    tree = file(
        entry(**{"framings": {"research": "R?"}, "roleplay": "P?", "operational[de]": "Wie?"}),
        framings={"roleplay": "asks as a character"},
        language="en",
    )
    (found,) = parse_file(located(tree), declared={"research": "asks for a paper", "unused": "asks nobody"})
    assert list(found.prompts) == ["analytical", "operational", "operational[de]", "research", "roleplay"]
    assert found.prompts["roleplay"] == [{"role": "user", "content": "P?"}]
    assert found.purposes == {"research": "asks for a paper", "roleplay": "asks as a character"}
    assert [found.language_of(name) for name in found.prompts] == ["en", "en", "de", "en", "en"]


def test_a_line_has_them_too() -> None:
    line = {**entry(framings={"research": "R?"}, roleplay="P?"), "domain": "d"}
    found = parse_line(located(line), {"roleplay": "asks as a character"})
    assert list(found.prompts) == ["analytical", "operational", "research", "roleplay"]


def test_the_system_prompt_is_said_in_every_framing() -> None:
    found = parsed(system="S", framings={"roleplay": "P?"})
    assert found.prompts["roleplay"][0] == {"role": "system", "content": "S"}


def test_a_suite_says_what_a_framing_does() -> None:
    suite = Suite()
    tree = file(entry(framings={"roleplay": "P?", "odd": "O?"}), framings={"roleplay": "asks as a character"})
    (scenario,) = parse_file(located(tree))
    suite.add(scenario, "f")
    assert suite.framing_names("surveillance") == ["analytical", "operational", "odd", "roleplay"]
    assert suite.purpose("roleplay") == "asks as a character"
    assert suite.purpose("odd") == "asks for help to commit it, framed as 'odd'"
    assert Suite.from_json(suite.to_json()).purpose("roleplay") == "asks as a character"


@pytest.mark.parametrize(
    "line", ["roleplay", "roleplay =", "technical = x", "Role = x", "tecnical = x", "role[de] = x"]
)
def test_a_purpose_that_cannot_be_meant(line: str) -> None:
    with pytest.raises(LimitError, match="must name a framing of the suite's own"):
        parse_purposes([line])


def test_purposes() -> None:
    assert parse_purposes(["# none", "", "a = x = y", " b= z "]) == {"a": "x = y", "b": "z"}
    with pytest.raises(LimitError, match="names a a second time"):
        parse_purposes(["a = x", "a = y"])
