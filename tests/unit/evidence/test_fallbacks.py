"""Fallbacks of gateways: read from headers, counted, kept over a resumption, and warned of."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.evidence.fallbacks import by_fallback
from pytest_domainsafety.core.evidence.replies import Reply
from pytest_domainsafety.core.evidence.served import Served, served_warnings


@pytest.mark.parametrize(
    ("headers", "fallback"),
    [
        ({}, False),
        ({"x-litellm-attempted-fallbacks": "0"}, False),
        ({"x-litellm-attempted-fallbacks": "1"}, True),
        ({"x-portkey-last-used-option-index": "2"}, True),
        ({"x-portkey-last-used-option-index": "0"}, False),
        ({"x-portkey-last-used-option-index": "config"}, False),
        ({"x-litellm-attempted-fallbacks": "0", "x-portkey-last-used-option-index": "1"}, True),
    ],
)
def test_headers(headers: dict[str, str], *, fallback: bool) -> None:
    assert by_fallback(headers) is fallback


def test_fallbacks_are_counted_kept_and_warned_of() -> None:
    served = Served()
    for fallback in (True, False, True):
        served.add("m", Reply("hi", served_model="m", fallback=fallback))
    again = Served()
    again.restore(served.to_json())
    for each in (served, again):
        assert [(row.replies, row.fallbacks) for row in each.rows()] == [(3, 2)]
    (said,) = served_warnings("the deployment", again.rows())
    assert said.startswith("the deployment: 2 of 3 replies came by the gateway's fallback")


def test_counts_of_an_earlier_version_hold_no_fallbacks() -> None:
    served = Served()
    served.restore([["m", "m", None, 3]])
    assert [(row.replies, row.fallbacks) for row in served.rows()] == [(3, 0)]
    assert served_warnings("the deployment", served.rows()) == []
