"""Served models: counted within bounds, held against a pattern, and told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_domainsafety.core.evidence.completions import parse_completion
from pytest_domainsafety.core.evidence.replies import Reply
from pytest_domainsafety.core.evidence.served import (
    OTHERS,
    Served,
    ServedModel,
    misserved,
    served_difference,
    served_warnings,
)
from support.fake_server import completion


def by(model: str | None, fingerprint: str | None = None) -> Reply:
    return Reply("no", served_model=model, fingerprint=fingerprint)


def row(model: str | None, fingerprint: str | None = None, replies: int = 1, asked: str | None = "m") -> ServedModel:
    return ServedModel(asked=asked, model=model, fingerprint=fingerprint, replies=replies)


def counted(*replies: Reply) -> Served:
    served = Served()
    for reply in replies:
        served.add("m", reply)
    return served


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"model": "m", "system_fingerprint": "fp"}, ("m", "fp")),
        ({"model": "", "system_fingerprint": ""}, (None, None)),
        ({"model": None}, (None, None)),
        ({"model": 5, "system_fingerprint": ["fp"]}, (None, None)),
    ],
)
def test_what_a_body_names(fields: dict[str, Any], found: tuple[str | None, str | None]) -> None:
    reply = parse_completion({**completion("no"), **fields})
    assert (reply.served_model, reply.fingerprint) == found


def test_replies_are_counted_the_most_first() -> None:
    served = counted(by("a", "1"), by("b"), by("a", "2"), by("b"))
    assert served.rows() == [row("b", replies=2), row("a", "1"), row("a", "2")]


def test_counts_survive_the_journal() -> None:
    served, later = counted(by("a", "1"), by(None), by("a", "1")), Served()
    later.restore(json.loads(json.dumps(served.to_json())))
    later.add("m", by("a", "1"))
    assert later.rows() == [row("a", "1", 3), row(None)]


def test_many_fingerprints_are_few_rows_and_hide_no_second_model() -> None:
    served = counted(*(by("a", f"{number}") for number in range(1000)), by("b", "new"), by("b", "newer"))
    rows = served.rows()
    assert sum(each.replies for each in rows) == 1002
    assert len(rows) < 25
    assert row("b", OTHERS, 2) in rows
    assert served_warnings("it", rows)


def test_many_models_are_few_rows() -> None:
    rows = counted(*(by(f"{number}", f"{number}") for number in range(1000))).rows()
    assert sum(each.replies for each in rows) == 1000
    assert len(rows) < 25


def test_names_are_kept_printable_and_short_and_apart() -> None:
    long = "x" * 5000
    rows = counted(by("a\x1b[31m\n::error::b"), by(f"{long}a"), by(f"{long}b"), by("\ud800")).rows()
    names = [f"{each.model}" for each in rows]
    assert len(set(names)) == 4
    assert all(name.isprintable() and len(name) <= 80 and " ::" not in name for name in names)


@pytest.mark.parametrize(
    ("model", "pattern", "said"),
    [
        (None, None, None),
        ("m", None, None),
        ("m-1", r"m-\d", None),
        ("m-10", r"m-\d", r"served by 'm-10', not 'm-\d'"),
        ("m-1\n", r"m-\d", r"served by 'm-1', not 'm-\d'"),
        ("a/m-1", r"m-\d", r"served by 'a/m-1', not 'm-\d'"),
        (None, ".*", "served by no named model, not '.*'"),
        ("", ".*", None),
    ],
)
def test_a_pattern_is_for_the_whole_name(model: str | None, pattern: str | None, said: str | None) -> None:
    assert misserved(by(model), pattern) == said


def test_one_line_of_a_mismatch() -> None:
    said = misserved(by("\x1b[2J" + "m" * 5000), "p" * 5000)
    assert said is not None
    assert said.isprintable()
    assert len(said) < 200


def test_two_models_are_told_by_what_was_asked_for() -> None:
    panel = [row("a", asked="j1"), row("b", asked="j2"), row("b", "fp", 2, "j2")]
    assert served_warnings("the judge", panel) == []
    (said,) = served_warnings("the judge", [*panel, row(None, replies=4, asked="j2")])
    assert said.startswith("the judge, asked for j2, answered as 2 models, so the figures are of a mixture: ")
    assert said.endswith(": b (3 replies), no named model (4 replies)")


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ([row("a", "1")], [row("a", "1", 9)], None),
        ([], [row("a")], None),
        ([row("a")], [], None),
        (
            [row("a", "1"), row("b", "2")],
            [row("a", "3")],
            "it's served models are others than the baseline's: a here, a, b there",
        ),
        ([row("a", "1")], [row("a")], "it's system fingerprints are others than the baseline's: none named here, 1"),
    ],
)
def test_a_baseline_of_others(before: list[ServedModel], now: list[ServedModel], said: str | None) -> None:
    found = served_difference("it", before, now)
    assert found == said or (found is not None and said is not None and found.startswith(said))
