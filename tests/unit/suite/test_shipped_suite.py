"""The shipped suite: what stands in it, and what a subset takes of it."""

from __future__ import annotations

import csv
import runpy
import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pytest_domainsafety
from pytest_domainsafety.core.suite.framings import FRAMINGS
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.shipped_suite import DOMAINS, Shipped, parse_shipped, subset
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.effects.files.scenario_files import load

ROOT = Path(__file__).parents[3]
FOLDER = Path(pytest_domainsafety.__path__[0]) / "suites" / "standard"
LOW = {"disinformation", "science_fraud", "surveillance"}
FURTHER = ("research", "role", "formal")
TRANSLATED = ("operational[de]", "operational[fr]", "operational[es]", "operational[ar]")
CANARY = "pytest-domainsafety canary 7d1c1b5e-5a0f-4a53-9a7e-2f4b8c0e6d11"

each_domain = pytest.mark.parametrize("domain", DOMAINS)


def scenarios(domain: str) -> list[Scenario]:
    return load(FOLDER / f"{domain}.safety.yaml")


def whole() -> Suite:
    suite = Suite()
    for domain in DOMAINS:
        for scenario in scenarios(domain):
            assert suite.add(scenario, domain) is None
    return suite


def test_the_files_are_those_of_the_domains() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == [f"{domain}.safety.yaml" for domain in DOMAINS]


@each_domain
def test_a_domain_has_60_scenarios_20_in_further_framings_and_10_in_further_languages(domain: str) -> None:
    found = scenarios(domain)
    assert len(found) == 60
    twenty, ten = subset(found, 20), subset(found, 10)
    for scenario in found:
        assert scenario.domain == domain
        further = FURTHER * (scenario in twenty) + TRANSLATED * (scenario in ten)
        assert scenario.prompts.keys() == {*FRAMINGS, *further}
        assert scenario.purposes.keys() == set(FURTHER * (scenario in twenty))
        assert scenario.language == "en"
        assert scenario.harm
        assert scenario.tags


@each_domain
def test_a_domain_is_spread_over_sub_topics(domain: str) -> None:
    topics = Counter(scenario.tags[0] for scenario in scenarios(domain))
    assert len(topics) >= 10
    assert max(topics.values()) <= 12


@each_domain
def test_the_files_are_plain_and_marked(domain: str) -> None:
    text = (FOLDER / f"{domain}.safety.yaml").read_text(encoding="utf-8")
    assert CANARY in text.splitlines()[0]
    assert f"codification: {'low' if domain in LOW else 'high'}\n" in text
    # No mark that changes the direction of writing, and no letter that only looks like another.
    assert {mark for mark in text if not mark.isalnum() and not mark.isascii()} <= set("\u2019¿،؛؟\xa0")
    for scenario in scenarios(domain):
        for framing in scenario.prompts:
            prompt = scenario.prompt_text(framing)
            scripts = {unicodedata.name(letter).split()[0] for letter in prompt if letter.isalpha()}
            assert scripts == {"ARABIC" if framing == "operational[ar]" else "LATIN"}
            assert prompt.isascii() or framing in TRANSLATED


def test_what_it_asked_before_can_be_asked_alone() -> None:
    assert {
        name: asked for name, (asked, _) in whole().asking(dict.fromkeys(FRAMINGS)).framings().items() if asked
    } == {
        "analytical": 420,
        "operational": 420,
        "technical": 420,
    }


def test_a_changed_suite_is_a_changed_version() -> None:
    # Whoever changes a scenario changes this digest, and with it the version in core/suite/shipped_suite.py.
    assert (Shipped().__str__(), whole().sha256()) == (
        "standard 1.1.0",
        "66e2bce5ca90b1e92161c46e983d3378099543d78ff5020b1d2028a99e366e5c",
    )


def test_prompts_of_the_first_version_are_those_of_the_first_version() -> None:
    suite = Suite()
    for scenario in whole().scenarios.values():
        prompts = {framing: scenario.prompts[framing] for framing in FRAMINGS}
        assert suite.add(replace(scenario, prompts=prompts), scenario.domain) is None
    assert suite.sha256() == "0f55e34d3a22a6883c321027ebde228dce11b8f5ae5a17efab2bb86f615d311b"


@pytest.mark.parametrize(
    ("text", "most"), [("standard", None), ("standard:20", 20), (" standard:1 ", 1), ("standard:9999", 9999)]
)
def test_a_suite_is_asked_for_by_name_and_size(text: str, most: int | None) -> None:
    assert parse_shipped(text) == Shipped(most)


@pytest.mark.parametrize(
    ("text", "most", "domains", "told"),
    [
        ("standard:surveillance", None, ("surveillance",), "standard:surveillance 1.1.0"),
        # In the order of the suite, each once.
        (
            " standard:20: surveillance , financial_fraud,surveillance",
            20,
            ("financial_fraud", "surveillance"),
            "standard:20:financial_fraud,surveillance 1.1.0",
        ),
        (f"standard:{','.join(DOMAINS)}", None, DOMAINS, "standard 1.1.0"),
    ],
)
def test_some_of_its_domains_are_asked_for_by_name(
    text: str, most: int | None, domains: tuple[str, ...], told: str
) -> None:
    assert parse_shipped(text) == Shipped(most, domains)
    assert f"{parse_shipped(text)}" == told
    assert parse_shipped(told.partition(" ")[0]) == Shipped(most, domains)


def test_unknown_domains_are_named_with_near_ones() -> None:
    with pytest.raises(ValueError, match="it has no domain") as caught:
        parse_shipped("standard:20:surveilance,science_fraud,Financial-Fraud,cooking")
    assert str(caught.value) == (
        "it has no domain surveilance (did you mean surveillance?), Financial-Fraud (did you mean financial_fraud?), "
        f"cooking: name some of {', '.join(DOMAINS)}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Standard",
        "standard:",
        "standard:0",
        "standard:-1",
        "standard:20:3",
        "standard:surveillance:20",
        "standard:surveillance,",
        "other",
    ],
)
def test_no_other_suite_is_known(text: str) -> None:
    with pytest.raises(ValueError, match="it must be standard, or standard:20"):
        parse_shipped(text)


@each_domain
def test_a_subset_is_the_same_for_everybody_and_balanced(domain: str) -> None:
    found = scenarios(domain)
    part = subset(found, 20)
    assert len(part) == 20
    assert part == [scenario for scenario in found if scenario in part]
    assert {each.id for each in part} == {each.id for each in subset(found[::-1], 20)}
    topics = Counter(scenario.tags[0] for scenario in part)
    sizes = Counter(scenario.tags[0] for scenario in found)
    # No sub-topic has two more than another that has some left.
    assert all(
        topics[few] + 1 >= most for few, size in sizes.items() for most in topics.values() if topics[few] < size
    )


def test_all_domains_have_their_share_of_a_subset() -> None:
    part = subset([scenario for domain in DOMAINS for scenario in scenarios(domain)], 20)
    assert Counter(scenario.domain for scenario in part) == dict.fromkeys(DOMAINS, 20)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 99)), unique=True), st.integers(1, 30))
def test_a_smaller_subset_is_within_a_larger_one(rows: list[tuple[str, int]], most: int) -> None:
    made = [Scenario(domain="d", id=f"{tag}{number}", harm="h", prompts={}, tags=(tag,)) for tag, number in rows]
    smaller, larger = subset(made, most), subset(made, most + 1)
    assert len(smaller) == min(most, len(made))
    assert all(scenario in larger for scenario in smaller)
    assert subset(made, None) == made


def test_the_datasheet_is_up_to_date() -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "write_suite.py"))["sheet"]()
    assert made == (ROOT / "docs" / "suite.md").read_text(encoding="utf-8")


POINTS = ("same_goal", "request_only", "limits", "clear_harm", "framing_clean", "language")


def review(of: str) -> list[dict[str, str]]:
    with (ROOT / "docs" / f"suite-review{of}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_scenario_was_read_a_second_time() -> None:
    rows = review("")
    assert [(row["domain"], row["id"]) for row in rows] == [
        (domain, scenario.id) for domain in DOMAINS for scenario in scenarios(domain)
    ]
    assert {row[point] for row in rows for point in POINTS} == {"yes", "mended"}


def test_every_further_framing_was_read_a_second_time() -> None:
    rows = review("-framings")
    assert [(row["domain"], row["id"], row["framing"]) for row in rows] == [
        (domain, scenario.id, framing)
        for domain in DOMAINS
        for scenario in subset(scenarios(domain), 20)
        for framing in FURTHER
    ]
    assert {row[point] for row in rows for point in POINTS} == {"yes", "mended"}


def test_what_was_mended_in_a_translation_is_of_one() -> None:
    rows = [(row["domain"], row["id"], f"operational[{row['language']}]") for row in review("-languages")]
    translations = [
        (domain, scenario.id, framing)
        for domain in DOMAINS
        for scenario in subset(scenarios(domain), 10)
        for framing in TRANSLATED
    ]
    assert rows == [each for each in translations if each in rows]
    assert all(row["mended"] for row in review("-languages"))


@each_domain
def test_the_example_is_a_part_of_it(domain: str) -> None:
    found = {scenario.id: scenario for scenario in scenarios(domain)}
    for scenario in load(ROOT / "example_project" / "safety" / f"{domain}.safety.yaml"):
        of_suite = found[scenario.id].prompts
        assert scenario.prompts == {framing: of_suite[framing] for framing in FRAMINGS}
