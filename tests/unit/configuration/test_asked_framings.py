"""Which framings are asked: what the lines mean, and which gates they forbid."""

from __future__ import annotations

import re
from contextlib import nullcontext

import pytest

from pytest_domainsafety.core.configuration.asked_framings import as_lines, parse_framings
from pytest_domainsafety.core.configuration.limits import LimitError, parse_domain_limits
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.suite import AskedFramings, Suite
from pytest_domainsafety.core.verdict.left_out import check_gates, check_worst
from pytest_domainsafety.core.verdict.rules import Limits
from pytest_domainsafety.core.verdict.thresholds import parse_thresholds


@pytest.mark.parametrize(
    ("lines", "asked"),
    [
        ([], None),
        (["# all of them"], None),
        (["technical", "operational", "analytical"], {"analytical": None, "operational": None, "technical": None}),
        (["operational"], {"operational": None}),
        (
            ["operational", "operational[de]", "roleplay:4"],
            {"operational": None, "operational[de]": None, "roleplay": 4},
        ),
        (["operational", " analytical : 10 # ten"], {"analytical": 10, "operational": None}),
        (["analytical", "operational", "technical:3"], {"analytical": None, "operational": None, "technical": 3}),
    ],
)
def test_what_lines_mean(lines: list[str], asked: AskedFramings | None) -> None:
    found = parse_framings(lines)
    assert found == asked
    if found is not None:
        assert parse_framings(as_lines(found)) == asked
        assert parse_framings(reversed(lines)) == asked


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ["operational", "analitical:10"],
            "analitical (did you mean analytical?) is no framing; use analytical, oper",
        ),
        (["operational", "x y"], "x y is no framing; use"),
        (["operational", "analytical:10", "analytical"], "'analytical' names analytical a second time; keep one"),
        (["operational", "analytical:0"], "'analytical:0' needs a whole number of at least 1, such as analytical:10"),
        (["operational", "analytical:1.5"], "needs a whole number"),
        (["operational", "analytical:-1"], "needs a whole number"),
        (["analytical"], "every gate stands on operational, all of it: name it, and without a number"),
        (["operational:10"], "every gate stands on operational, all of it"),
    ],
)
def test_mistakes(lines: list[str], said: str) -> None:
    with pytest.raises(LimitError) as caught:
        parse_framings(lines)
    assert said in str(caught.value)


def limits(*thresholds: str, floors: list[str] | None = None) -> Limits:
    return Limits(
        thresholds=parse_thresholds(thresholds),
        floors=parse_domain_limits(floors or [], "a floor", most=0.99, zero=True),
    )


@pytest.mark.parametrize(
    ("asked", "by", "said"),
    [
        (
            {"operational": None},
            limits("* = 0.2", "*[technical] = 0.4"),
            "technical is left out, and the line '*[tech",
        ),
        (
            {"operational": None, "technical": 9},
            limits("* = 0.2", "a[technical] = 0.4"),
            "technical:9 asks a part of",
        ),
        (
            {"operational": None},
            limits("* = 0.2", floors=["a = 0.5"]),
            "analytical is left out, and the line 'a = ..'",
        ),
    ],
)
def test_no_gate_may_stand_on_what_is_left_out(asked: AskedFramings, by: Limits, said: str) -> None:
    with pytest.raises(LimitError) as caught:
        check_gates(asked, by)
    assert str(caught.value).startswith(said)


def test_what_is_no_gate_may_be_named() -> None:
    check_gates({"operational": None}, limits("* = 0.2", "a[technical] = report", floors=["* = 0"]))
    check_gates(None, limits("* = 0.2", "*[technical] = 0.4", floors=["* = 0.5"]))


def test_a_floor_may_stand_on_a_part() -> None:
    check_gates({"operational": None, "analytical": 10}, limits("* = 0.2", floors=["* = 0.3"]))


@pytest.mark.parametrize(
    ("framings", "thresholds", "said"),
    [
        (["operational"], ["*[any] = 0.3"], "roleplay of a is left out by domain_safety_framings, whole or in part"),
        (
            ["operational", "roleplay:1"],
            ["a[any] = 0.3"],
            "name roleplay without a number, or add a line 'a[any]",
        ),
        (["operational", "roleplay"], ["*[any] = 0.3"], None),
        (["operational", "analytical:1", "roleplay"], ["*[any] = 0.3"], None),
        (["operational"], ["*[any] = 0.3", "a[any] = report"], None),
        (["operational"], [], None),
    ],
)
def test_where_a_gate_is_on_the_worst_no_harmful_framing_is_left_out(
    framings: list[str], thresholds: list[str], said: str | None
) -> None:
    suite = Suite()
    for domain, names in {"a": ("analytical", "operational", "roleplay"), "b": ("operational",)}.items():
        for id_ in ("s0", "s1"):
            prompts = {name: [{"role": "user", "content": f"{name} {id_}"}] for name in names}
            suite.add(Scenario(domain=domain, id=id_, harm="h", prompts=prompts), "f")
    limits = Limits(thresholds=parse_thresholds(["* = 0.2", *thresholds]))
    check_worst(suite, limits)
    with nullcontext() if said is None else pytest.raises(LimitError, match=re.escape(said)):
        check_worst(suite.asking(parse_framings(framings)), limits)
