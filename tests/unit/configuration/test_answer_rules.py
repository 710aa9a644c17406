"""Lines that say what an answer is: read, or refused with the mend."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.configuration.answer_rules import (
    FilterRule,
    read_error_replies,
    read_filters,
    read_headers,
)
from pytest_domainsafety.core.configuration.settings import read_settings
from pytest_domainsafety.core.errors import ConfigurationError


def test_filters_are_read() -> None:
    lines = ("400 blocked by our rule  # ours", "", "# a comment", "503   a, b [#]1 ")
    assert read_filters(lines) == (FilterRule(400, "blocked by our rule"), FilterRule(503, "a, b [#]1"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("400", "400 alone would count each such answer as filtered"),
        ("400 # blocked", "400 alone"),
        ("400 .*", "matches whatever is answered"),
        ("400 .", "is found in failures that are no filter's"),
        ("502 Bad Gateway", "is found in failures"),
        ("500 (?i)internal .* error", "is found in failures"),
        ("403 \\w", "is found in failures"),
        ("400 (a", "is no regular expression"),
        ("200 I can't respond", "200 is no status by which a filter stops a prompt"),
        ("401 key", "401 is no status"),
        ("429 slow", "429 is no status"),
        ("600 x", "600 is no status"),
        ("blocked", "should be a status and a pattern"),
    ],
)
def test_a_filter_that_would_take_too_much_is_refused(line: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^domain_safety_filtered = ") as caught:
        read_settings({"filtered": ["403 fine", line]})
    assert said in str(caught.value)


def test_error_replies_are_read() -> None:
    assert read_error_replies(("Oops, .{1,9}", "# none")) == ("Oops, .{1,9}",)


def test_headers_are_read() -> None:
    lines = ("x-config = {'a': 1, 'b': 2}=  # ours", "X-Token=env:TOKEN")
    assert read_headers(lines) == {"x-config": "{'a': 1, 'b': 2}=", "X-Token": "env:TOKEN"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("x-secret", "should be a header's name and its value"),
        ("x-secret =", "should be a header's name and its value"),
        ("x secret = sesame", "should be a header's name"),
        ("Host = sesame", "Host is for the client to write"),
        ("X-OLD = sesame", "X-OLD stands twice"),
        ("x-secret = sésame", "the value of x-secret holds a character"),
        ("x-secret = env:", "the value of x-secret names no environment variable"),
    ],
)
def test_a_header_that_cannot_be_is_refused_and_no_value_told(line: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_settings({"headers": ["x-old = open", line]})
    assert str(caught.value).startswith("domain_safety_headers: ")
    assert said in str(caught.value)
    assert "same" not in str(caught.value)
