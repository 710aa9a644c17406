"""The split into parts: every scenario in exactly one, alike wherever it is made."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.shards import (
    MOST_SHARDS,
    Shard,
    empty_words,
    keys_of,
    parse_shard,
    scenarios_of,
    size_words,
)
from pytest_domainsafety.core.suite.suite import Suite

Row = tuple[str, str, str, bool]
"""Domain, id, first tag and whether anything is asked of it."""


def suite_of(rows: list[Row]) -> Suite:
    suite = Suite()
    for domain, id_, tag, asked in rows:
        prompts = {name: [{"role": "user", "content": id_}] for name in ("analytical", "operational")}
        scenario = Scenario(domain=domain, id=id_, harm="h", prompts=prompts, tags=(tag,) if tag else ())
        suite.add(scenario if asked else replace(scenario, prompts={}), f"{domain}.safety.yaml")
    return suite


ROWS: Final = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.integers(0, 40).map("s{}".format), st.sampled_from(["", "x", "y"]), st.booleans()
    ),
    max_size=60,
    unique_by=lambda row: row[:2],
)
PARTS: Final = st.integers(1, 9)


def parts_of(suite: Suite, of: int) -> list[set[tuple[str, str]]]:
    return [scenarios_of(suite, Shard(number, of)) for number in range(1, of + 1)]


@given(ROWS, PARTS)
def test_every_item_is_in_exactly_one_part(rows: list[Row], of: int) -> None:
    suite = suite_of(rows)
    keys = Counter(key for number in range(1, of + 1) for key in keys_of(suite, Shard(number, of)))
    assert keys == Counter(suite.item_keys())
    dealt = Counter(each for part in parts_of(suite, of) for each in part)
    assert dealt == Counter((domain, id_) for domain, id_, _, asked in rows if asked)


@given(ROWS, PARTS)
def test_parts_differ_by_one_at_most_in_all_in_each_domain_and_in_each_tag(rows: list[Row], of: int) -> None:
    suite, tags = suite_of(rows), {(domain, id_): tag for domain, id_, tag, _ in rows}
    parts = parts_of(suite, of)

    def spread(counts: list[int]) -> int:
        return max(counts) - min(counts)

    assert spread([len(part) for part in parts]) <= 1
    for domain in suite.domains:
        assert spread([sum(each[0] == domain for each in part) for part in parts]) <= 1
        for tag in ("", "x", "y"):
            assert spread([sum(each[0] == domain and tags[each] == tag for each in part) for part in parts]) <= 1


@given(ROWS, PARTS, st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_matter(rows: list[Row], of: int, random: Random) -> None:
    other = list(rows)
    random.shuffle(other)
    assert parts_of(suite_of(rows), of) == parts_of(suite_of(other), of)


def test_the_split_is_the_one_that_was_promised() -> None:
    """Known by its members: another one would join parts of two versions wrongly."""
    suite = suite_of([(domain, f"s{number}", "yz"[number % 2], True) for domain in "ab" for number in range(5)])
    assert [sorted(f"{domain}{id_}" for domain, id_ in part) for part in parts_of(suite, 3)] == KNOWN


KNOWN: Final = [["as0", "as1", "bs2", "bs3"], ["as4", "bs0", "bs1"], ["as2", "as3", "bs4"]]
"""Dealt out by hand, by what sha256sum prints of each name."""


@pytest.mark.parametrize("text", ["2/4", " 2/4 ", "02/04", f"{MOST_SHARDS}/{MOST_SHARDS}"])
def test_a_part_is_read_as_it_is_written(text: str) -> None:
    number, _, of = text.partition("/")
    assert parse_shard(text) == Shard(int(number), int(of))


@pytest.mark.parametrize(
    "text", ["0/4", "5/4", "a/b", "1/0", "", "/", "1", "1/1001", "-1/4", "1/4/4", "1.0/4", "²/4", "1/10000"]
)
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"it must be K/N, .* from 1 to N and N up to 1000"):
        parse_shard(text)


def test_a_part_may_be_empty() -> None:
    suite = suite_of([("a", "s0", "", True), ("a", "s1", "", True), ("a", "s2", "", False)])
    assert empty_words(suite, Shard(1, 3)) is None
    (empty,) = [number for number in range(1, 4) if empty_words(suite, Shard(number, 3)) is not None]
    said = empty_words(suite, Shard(empty, 3))
    assert said == "shard 3/3 would have nothing to ask: there are more parts than scenarios, make it 2 or fewer"
    assert size_words(suite, Shard(1, 2)) == "shard 1 of 2: 1 of 2 scenarios"
