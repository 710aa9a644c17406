"""Requests as lines: ids that are bound to what is asked, and files that are never too long."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.batch.request_lines import LONGEST_ID, body_text, in_parts, request_id, request_line

_PARTS = ("tag", "deployment", "domain\0scenario\0framing\x000", "{}", 0)


@given(st.text(alphabet="abc0", min_size=1, max_size=31), st.text(), st.text(), st.text(), st.integers(0, 10**6))
def test_an_id_is_short_enough_for_every_server(tag: str, role: str, asked_for: str, body: str, number: int) -> None:
    found = request_id(tag, role, asked_for, body, number)
    assert len(found) <= LONGEST_ID
    assert found.isascii()


@pytest.mark.parametrize(
    "other",
    [
        ("gat", *_PARTS[1:]),
        ("tag", "judge", *_PARTS[2:]),
        ("tag", "deployment", "domain\0scenario\0framing\x001", "{}", 0),
        ("tag", "deployment", _PARTS[2], '{"n":1}', 0),
        ("tag", "deployment", _PARTS[2], "{}", 1),
    ],
)
def test_an_id_changes_with_all_that_it_stands_for(other: tuple[str, str, str, str, int]) -> None:
    assert request_id(*_PARTS) == request_id(*_PARTS)
    assert request_id(*_PARTS) != request_id(*other)


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none()))
def test_a_line_is_json_on_one_line_in_ascii(body: dict[str, object]) -> None:
    line = request_line("tag-1", body_text(body), "/v1/chat/completions")
    assert line.isascii()
    assert line.count("\n") == 1
    assert json.loads(line) == {"custom_id": "tag-1", "method": "POST", "url": "/v1/chat/completions", "body": body}


@given(st.lists(st.text(alphabet="x", max_size=9)), st.integers(1, 5), st.integers(1, 20))
def test_parts_hold_every_line_in_order_and_none_too_many(lines: list[str], most_lines: int, most_bytes: int) -> None:
    parts = [list(part) for part in in_parts(lines, most_lines=most_lines, most_bytes=most_bytes)]
    assert [line for part in parts for line in part] == lines
    for part in parts:
        assert 1 <= len(part) <= most_lines
        assert len(part) == 1 or sum(map(len, part)) <= most_bytes
    # No part could have taken the next one's first line.
    for part, after in itertools.pairwise(parts):
        assert len(part) == most_lines or sum(map(len, part)) + len(after[0]) > most_bytes
