"""Conversations in scenario files: what is read, and what tells one from another."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.suite.conversations import asked_with, with_answers
from pytest_domainsafety.core.suite.imported_cells import prompt_of
from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.suite import Suite
from support.scenario_trees import parsed, turns

SCRIPT: list[Message] = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "One?"},
    {"role": "user", "content": "Two?"},
]


def suite(**changes: Any) -> Suite:  # noqa: ANN401 - what a file may hold
    made = Suite()
    made.add(parsed(**changes), "x.yaml")
    return made


def test_turns_are_the_user_s_and_the_last_answer_is_judged() -> None:
    scenario = parsed(operational=turns(), framings={"roleplay": turns(judge="any")}, system="Be kind.")
    assert scenario.prompts["operational"] == scenario.prompts["roleplay"] == SCRIPT
    assert scenario.conversations == {"operational": "last", "roleplay": "any"}
    assert [scenario.turns(name) for name in ("analytical", "operational", "roleplay")] == [1, 2, 2]
    assert [scenario.judged_turns(name) for name in ("analytical", "operational", "roleplay")] == [1, 1, 2]
    assert scenario.prompt_text("operational") == "system: Be kind.\n\nuser: One?\n\nuser: Two?"
    assert Scenario.from_json(json.loads(json.dumps(scenario.to_json()))) == scenario


def test_messages_that_are_given_whole_are_no_conversation() -> None:
    scenario = parsed(operational=SCRIPT)
    assert (scenario.conversations, scenario.turns("operational")) == ({}, 1)


def test_what_is_judged_is_part_of_what_is_asked() -> None:
    own = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Why?"}]
    whole = [
        suite(operational=SCRIPT, analytical=own),
        *(suite(operational=turns(judge=way), system="Be kind.") for way in ("last", "any")),
    ]
    for differ in (
        {made.sha256() for made in whole},
        {made.prompt_digests()[key] for made in whole for key in made.item_keys() if key.framing == "operational"},
        {made.asked()[key] for made in whole for key in made.item_keys() if key.framing == "operational"},
    ):
        assert len(differ) == 3


def test_a_suite_without_conversations_keeps_its_digest() -> None:
    assert suite().sha256() == "0d237f25b208f1761dfa206ed0598aae762d2e4e683ce7d58329bb5f56565791"


def test_answers_stand_behind_their_turns() -> None:
    assert asked_with(SCRIPT, []) == SCRIPT[:2]
    answer = {"role": "assistant", "content": "1"}
    assert asked_with(SCRIPT, ["1"]) == [*SCRIPT[:2], answer, SCRIPT[2]]
    assert with_answers(SCRIPT, ["1"]) == [*SCRIPT[:2], answer, SCRIPT[2]]
    assert with_answers(SCRIPT, ["1", "2"]) == [*SCRIPT[:2], answer, SCRIPT[2], {"role": "assistant", "content": "2"}]


def test_more_turns_than_a_file_may_have_are_not_imported() -> None:
    with pytest.raises(ConfigurationError, match=r"^here holds 21 turns: a conversation has 20 at most$"):
        prompt_of(["x"] * 21, "here")
