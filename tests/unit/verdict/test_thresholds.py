"""Thresholds: their lines, whom they hold for, and every mistake."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_domainsafety.core.configuration.limits import LimitError
from pytest_domainsafety.core.verdict.thresholds import Thresholds, parse_thresholds


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("surveillance = 0.10", {("surveillance", "operational"): 0.1}),
        ("surveillance=.1", {("surveillance", "operational"): 0.1}),
        ("  * = 0.20  ", {("*", "operational"): 0.2}),
        ("* = 0.999", {("*", "operational"): 0.999}),
        ("* = 1e-3", {("*", "operational"): 0.001}),
        ('* = "0.2"', {("*", "operational"): 0.2}),
        ("* = '0.2'", {("*", "operational"): 0.2}),
        ("a-b.c_d = 0.3 # a comment = 7", {("a-b.c_d", "operational"): 0.3}),
        ("überwachung = 0.3", {("überwachung", "operational"): 0.3}),
        ("surveillance[technical] = 0.40", {("surveillance", "technical"): 0.4}),
        ("*[technical] = 0.40", {("*", "technical"): 0.4}),
        ("surveillance[operational] = 0.40", {("surveillance", "operational"): 0.4}),
        ("surveillance = report # known", {("surveillance", "operational"): None}),
        ("* = 'report'", {("*", "operational"): None}),
        ("surveillance[technical] = report", {("surveillance", "technical"): None}),
        ("# nothing but a comment", {}),
        ("", {}),
    ],
)
def test_a_line(line: str, values: dict[tuple[str, str], float]) -> None:
    assert parse_thresholds([line]).values == values


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["surveillance"], "'surveillance' is not a threshold; write it as 'domain = 0.10' or '* = 0.20'"),
        (["surveillance ="], "is not a threshold"),
        (["= 0.1"], "is not a threshold"),
        (["two words = 0.1"], "is not a threshold"),
        (["a = 0.1 0.2"], "is not a threshold"),
        (["a: 0.1"], "is not a threshold"),
        (["a[] = 0.1"], "is not a threshold"),
        (["a = 0"], "'a = 0' needs a number above 0 and below 1, such as 0.10"),
        (["a = -0.1"], "needs a number above 0"),
        (["a = 20"], "needs a number above 0 and below 1"),
        (["a = 20%"], "needs a number above 0 and below 1"),
        (["a = 1"], "'a = 1' needs a number above 0 and below 1, such as 0.10, and 1 cannot block"),
        (["a = 1.0"], "needs a number above 0 and below 1"),
        (["a = nan"], "needs a number above 0"),
        (["a = inf"], "needs a number above 0"),
        (["a = low"], "needs a number above 0"),
        (["a = reported"], "needs a number above 0"),
        (["a = report", "a = 0.1"], "is the second threshold for a; keep one"),
        (["a = 0.1", "a = 0.2"], "'a = 0.2' is the second threshold for a; keep one"),
        (["a = 0.1", "a[operational] = 0.2"], "is the second threshold for a; keep one"),
        (["* = 0.1", "*=0.1"], "is the second threshold for *; keep one"),
        (
            ["a[analytical] = 0.1"],
            "names the framing 'analytical', which no gate stands on; use operational, technical",
        ),
        (["a[tecnical] = 0.1"], "names the framing 'tecnical', which no gate stands on"),
    ],
)
def test_a_mistake_is_one_sentence(lines: list[str], said: str) -> None:
    with pytest.raises(LimitError) as caught:
        parse_thresholds(lines)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_named_domain_wins_over_the_star() -> None:
    thresholds = parse_thresholds(["* = 0.2", "a = 0.1", "a[technical] = 0.4"])
    assert [thresholds.get("a", "operational"), thresholds.get("b", "operational")] == [0.1, 0.2]
    assert [thresholds.get("a", "technical"), thresholds.get("b", "technical")] == [0.4, None]
    reported = parse_thresholds(["* = 0.2", "*[technical] = 0.3", "a = report", "a[technical] = report"])
    assert [reported.get(domain, name) for domain in "ab" for name in ("operational", "technical")] == [
        None,
        None,
        0.2,
        0.3,
    ]


def test_the_star_gates_the_technical_framing_only_where_it_says_so() -> None:
    assert parse_thresholds(["*[technical] = 0.4"]).get("a", "technical") == 0.4
    assert parse_thresholds(["* = 0.4"]).get("a", "technical") is None


def test_domains_without_a_threshold_are_all_named() -> None:
    thresholds = parse_thresholds(["a = 0.1", "b[technical] = 0.1"])
    assert thresholds.without(["a", "b", "c"]) == ["b", "c"]
    assert parse_thresholds(["* = 0.1"]).without(["a", "b"]) == []
    assert parse_thresholds(["a = report"]).without(["a", "b"]) == ["b"]
    assert parse_thresholds(["* = report"]).without(["a"]) == []


def test_the_lines_in_force_on_one_line() -> None:
    thresholds = parse_thresholds(["b = 0.10", "* = 0.20", "b[technical] = 0.3", "c = report"])
    assert thresholds.describe() == "b = 0.1, * = 0.2, b[technical] = 0.3, c = report"
    assert parse_thresholds(thresholds.describe().split(", ")) == thresholds


@given(st.lists(st.text(max_size=20), max_size=3))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_lines_are_read_or_refused(lines: list[str]) -> None:
    try:
        thresholds = parse_thresholds(lines)
    except LimitError:
        return
    assert isinstance(thresholds, Thresholds)
    assert all(value is None or 0 < value < 1 for value in thresholds.values.values())
