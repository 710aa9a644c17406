"""The manifest: read whole or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_domainsafety.core.batch.manifest import Manifest, RequestFile, check_identity, read_manifest
from pytest_domainsafety.core.errors import ConfigurationError

MANIFEST = Manifest(
    format=1,
    tag="0a1b2c3d",
    secret="00" * 32,
    written="2026-01-02T03:04:05+00:00",
    drawn="d",
    identity={"suite": "s", "seed": 0, "thresholds": {"*": 0.2}},
    items=2,
    repetitions=1,
    url="/v1/chat/completions",
    files=[RequestFile(name="requests-0001.jsonl", sha256="0" * 64, lines=2)],
)


def test_it_is_read_as_it_was_written() -> None:
    assert read_manifest(MANIFEST.to_json(), "here") == MANIFEST
    assert (MANIFEST.requests, MANIFEST.judge_requests) == (2, 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MANIFEST.to_json()[:90], "here is torn"),
        ("[" * 100_000, "here is torn"),
        ("[1]", "here is of the format None, not 1"),
        (MANIFEST.to_json().replace('"format": 1', '"format": "2\\u001b[0m"'), "here is of the format 2"),
        (MANIFEST.to_json().replace('"tag"', '"tags"'), "here is no whole manifest (tag)"),
    ],
)
def test_what_is_none_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_manifest(text, "here")
    assert said in str(raised.value)
    assert str(raised.value).isprintable()


def test_a_manifest_of_many_names_is_told_in_a_bounded_sentence() -> None:
    many = MANIFEST.model_copy(update={"identity": {f"{number}\x1b" * 100: "x" * 10_000 for number in range(5000)}})
    with pytest.raises(ConfigurationError, match="and 4990 more") as raised:
        check_identity(many, {}, "here")
    assert len(str(raised.value)) < 1000


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, None),
        ({"seed": 1}, "here was written for another seed (seed was 0, is 1)"),
        ({"suite": "t", "seed": 1}, "another suite, seed (suite was s, is t)"),
        ({"new": None}, None),
        ({"new": 1}, "another new (new was None, is 1)"),
    ],
)
def test_another_configuration_is_named(change: dict[str, Any], said: str | None) -> None:
    now = {**json.loads(json.dumps(MANIFEST.identity)), **change}
    if said is None:
        check_identity(MANIFEST, now, "here")
        return
    with pytest.raises(ConfigurationError) as raised:
        check_identity(MANIFEST, now, "here")
    assert said in str(raised.value)
