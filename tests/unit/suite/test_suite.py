"""The suite: duplicates and its digest."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import pytest_domainsafety
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.located import Located
from pytest_domainsafety.core.suite.scenarios import Scenario, parse_file, parse_line
from pytest_domainsafety.core.suite.suite import Suite, left_out_words
from pytest_domainsafety.effects.files.scenario_files import load


def scenario(domain: str = "d", id_: str = "a", *, line: int = 1, operational: str = "How?") -> Scenario:
    return Scenario(
        domain=domain,
        id=id_,
        harm="Harm",
        prompts={
            "analytical": [{"role": "user", "content": "Why?"}],
            "operational": [{"role": "user", "content": operational}],
        },
        line=line,
    )


def suite(*scenarios: Scenario, file: str = "d.safety.yaml") -> Suite:
    made = Suite()
    for each in scenarios:
        assert made.add(each, file) is None
    return made


def test_a_duplicate_is_told_with_the_other_place() -> None:
    made = suite(scenario(line=3))
    assert made.add(scenario(line=9), "d.safety.yaml") == ("d.safety.yaml", 3)
    assert made.add(scenario(line=3), "other.safety.yaml") == ("d.safety.yaml", 3)
    assert made.places["d", "a"] == ("d.safety.yaml", 3)


def test_a_file_that_is_collected_twice_is_no_duplicate() -> None:
    made = suite(scenario(line=3))
    assert made.add(scenario(line=3), "d.safety.yaml") is None
    assert len(made.scenarios) == 1


def test_ids_are_unique_within_a_domain_only() -> None:
    made = suite(scenario("d"), scenario("e", line=9))
    assert made.domains == ["d", "e"]


def test_order_of_domains_files_and_items() -> None:
    made = suite(scenario("z", "2"), scenario("a", "1", line=2))
    assert made.add(scenario("z", "1", line=5), "more.safety.jsonl") is None
    assert made.domains == ["z", "a"]
    assert made.files == ["d.safety.yaml", "more.safety.jsonl"]
    assert [each.id for each in made.of_domain("z")] == ["2", "1"]
    assert list(made.item_keys())[:3] == [
        ItemKey("z", "2", "analytical"),
        ItemKey("z", "2", "operational"),
        ItemKey("a", "1", "analytical"),
    ]


def test_a_domain_has_a_codification_where_all_its_scenarios_say_the_same() -> None:
    high, low = (replace(scenario("d", level), codification=level) for level in ("high", "low"))
    assert suite(high).codification("d") == "high"
    assert suite(high, low).codification("d") is None
    assert suite(high, scenario("d", "silent")).codification("d") is None


# The digest


def test_the_digest_is_free_of_order_file_and_line() -> None:
    first = suite(scenario("d"), scenario("e", line=2))
    second = suite(scenario("e", line=70), scenario("d", line=80), file="elsewhere.safety.jsonl")
    assert first.sha256() == second.sha256()
    assert len(first.sha256()) == 64


def test_the_digest_is_free_of_what_is_not_asked() -> None:
    # Contract: it covers domains, ids and prompts.
    plain = scenario()
    told = replace(plain, harm="Other", tags=("t",), codification="high", description="More")
    assert suite(plain).sha256() == suite(told).sha256()


def test_the_digest_is_free_of_a_prompts_layout() -> None:
    def tree(operational: object) -> Located:
        return Located(
            {
                "domain": Located("d", 1),
                "id": Located("a", 1),
                "harm": Located("Harm", 1),
                "analytical": Located("Why?", 1),
                "operational": Located(operational, 1),
            },
            1,
        )

    message = Located({"content": Located("How?", 1), "role": Located("user", 1)}, 1)
    assert suite(parse_line(tree("How?"))).sha256() == suite(parse_line(tree([message]))).sha256()


def test_the_digest_is_free_of_the_order_of_keys_in_a_file() -> None:
    entry = {name: Located("x", 1) for name in ("id", "harm", "analytical", "operational")}
    ahead = Located({"domain": Located("d", 1), "scenarios": Located([Located(entry, 1)], 1)}, 1)
    back = Located(dict(reversed(entry.items())), 1)
    behind = Located({"scenarios": Located([back], 1), "domain": Located("d", 1)}, 1)
    assert suite(*parse_file(ahead)).sha256() == suite(*parse_file(behind)).sha256()


@pytest.mark.parametrize(
    "changed",
    [
        scenario("e"),
        scenario(id_="b"),
        scenario(operational="How??"),
        scenario(operational="How? "),
        replace(scenario(), prompts={**scenario().prompts, "technical": [{"role": "user", "content": "T"}]}),
        replace(scenario(), prompts={"operational": scenario().prompts["operational"]}),
        replace(
            scenario(),
            prompts={
                **scenario().prompts,
                "operational": [{"role": "system", "content": "S"}, {"role": "user", "content": "How?"}],
            },
        ),
    ],
)
def test_the_digest_changes_with_what_is_asked(changed: Scenario) -> None:
    assert suite(changed).sha256() != suite(scenario()).sha256()


def test_the_digest_changes_with_one_more_scenario() -> None:
    assert suite(scenario()).sha256() != suite(scenario(), scenario(id_="b", line=2)).sha256()


def test_no_two_suites_are_confused_by_how_names_join() -> None:
    assert suite(scenario("ab", "c")).sha256() != suite(scenario("a", "bc")).sha256()


def test_a_suite_survives_the_way_to_the_controller() -> None:
    made = suite(scenario("z", "2", line=4), scenario("a", "1", line=9))
    again = Suite.from_json(json.loads(json.dumps(made.to_json())))
    assert again == made
    assert again.sha256() == made.sha256()
    assert list(again.item_keys()) == list(made.item_keys())


TEN = {"analytical": 10, "operational": None}


def _standard(*, backwards: bool = False) -> Suite:
    folder = Path(pytest_domainsafety.__path__[0]) / "suites" / "standard"
    scenarios = [scenario for file in sorted(folder.glob("*.yaml")) for scenario in load(file)]
    made = Suite()
    for scenario in reversed(scenarios) if backwards else scenarios:
        assert made.add(scenario, "file") is None
    return made


def test_the_ten_that_are_asked_are_always_the_same_and_spread_over_the_sub_topics() -> None:
    suite = _standard()
    asked = suite.asking(TEN)
    ten = {key for key in asked.item_keys() if key.framing == "analytical"}
    assert ten == {key for key in _standard(backwards=True).asking(TEN).item_keys() if key.framing == "analytical"}
    for domain in suite.domains:
        topics = [suite.scenarios[domain, key.scenario].tags[0] for key in ten if key.domain == domain]
        assert len(topics) == len(set(topics)) == 10
    # Fewer are among more, and what is left out changes nothing of what is asked.
    assert ten > {key for key in suite.asking(TEN | {"analytical": 5}).item_keys() if key.framing == "analytical"}
    left_out = {"technical": (0, 420), **dict.fromkeys(("formal", "research", "role"), (0, 140))}
    left_out |= {f"operational[{language}]": (0, 70) for language in ("ar", "de", "es", "fr")}
    assert asked.framings() == {"analytical": (70, 420), "operational": (420, 420), **left_out}


def test_the_digest_is_of_all_that_was_collected() -> None:
    suite = _standard()
    asked = suite.asking(TEN)
    assert asked.sha256() == suite.sha256()
    assert suite.asking(None) is suite
    first = suite.of_domain("surveillance")[0]
    suite.scenarios[first.domain, first.id] = replace(first, prompts={**first.prompts, "technical": []})
    assert suite.asking(TEN).sha256() != _standard().sha256()


def test_what_was_left_out_is_told() -> None:
    words = left_out_words(_standard().asking(TEN).framings())
    assert words == (
        "left out by domain_safety_framings: 350 of 420 analytical, all 70 operational[ar], all 70 operational[de], "
        "all 70 operational[es], all 70 operational[fr], all 420 technical, all 140 formal, all 140 research, "
        "all 140 role prompts"
    )
    assert left_out_words(_standard().framings()) is None


def test_the_digest_is_that_of_what_is_there_now() -> None:
    made = suite(scenario())
    before = made.sha256()
    assert made.sha256() == before
    made.add(scenario(id_="b", line=2), "d.safety.yaml")
    assert made.sha256() == suite(scenario(), scenario(id_="b", line=2)).sha256() != before
