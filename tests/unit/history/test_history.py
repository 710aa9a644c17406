"""A history: runs in their order, each once, and what changed between them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from itertools import permutations
from typing import Any

import jsonschema
import pytest

from pytest_domainsafety.core.history.assemble import history
from pytest_domainsafety.core.history.report import History, json_schema
from pytest_domainsafety.core.judging.judge_report import Judge
from pytest_domainsafety.core.reports.domain_report import DomainReport, WorstFraming
from pytest_domainsafety.core.reports.report import FramingInfo, Report, SuiteInfo
from support.html_pages import analytical, domain, harmful, report


def at(day: int, *domains: DomainReport, deployment: Mapping[str, object] | None = None, **fields: Any) -> Report:  # noqa: ANN401
    """A run of that day."""
    found = report(domains or [domain("fraud", baseline=None)], started=f"2026-01-0{day}T10:00:00+00:00", **fields)
    other = found.deployment.model_copy(update=dict(deployment or {}))
    return found.model_copy(update={"deployment": other}).sealed()


def gated(name: str = "fraud", **fields: Any) -> DomainReport:  # noqa: ANN401
    """A domain with an operational framing only."""
    return domain(name, baseline=None, framings={"operational": harmful(**fields)})


def words(found: History, number: int = 1) -> list[tuple[str, str]]:
    """What changed for all domains before a run, and of its domains' own bars."""
    bars = [
        change for each in found.domains for point in each.points if point.run == number for change in point.changes
    ]
    return [(change.kind, change.words) for change in [*found.runs[number].changes, *bars]]


def test_runs_stand_in_the_order_in_which_they_were_started_and_once() -> None:
    runs = {"b": at(2), "a": at(1), "c": at(3), "again": at(2)}
    for order in permutations(runs):
        found = history({name: runs[name] for name in order})
        assert [run.started[9] for run in found.runs] == ["1", "2", "3"]
        assert found.runs[1].run in {"b", "again"}
        assert [run.changes for run in found.runs] == [[], [], []]


def test_a_point_is_what_the_report_says() -> None:
    corrected = harmful(0.1, 0.2, threshold=0.3, decision="pass", corrected_upper_bound=0.25)
    found = history({"a": at(1, domain("fraud", "pass", framings={"operational": corrected}), interrupted=True)})
    (point,) = found.domains[0].points
    figures = point.framings["operational"]
    assert (point.decision, figures.rate, figures.bound, figures.threshold) == ("pass", 0.1, 0.25, 0.3)
    assert (found.runs[0].ended, found.runs[0].model, found.runs[0].judge.name) == (False, "m", "judge-model")


def test_what_was_not_measured_has_no_rate_and_keeps_its_bound() -> None:
    found = history({"a": at(1, gated(rate=None, bound=1.0))})
    figures = found.domains[0].points[0].framings["operational"]
    assert (figures.rate, figures.bound) == (None, 1.0)


def test_domains_come_and_go() -> None:
    found = history({"a": at(1, gated("old"), gated("both")), "b": at(2, gated("both"), gated("new"))})
    assert {each.domain: [point.run for point in each.points] for each in found.domains} == {
        "both": [0, 1],
        "new": [1],
        "old": [0],
    }
    assert [each.domain for each in found.domains] == ["both", "new", "old"]


def test_a_framing_is_shown_where_a_gate_stands_on_it_in_any_run() -> None:
    worst = WorstFraming(
        framings=["operational", "technical"],
        threshold=0.4,
        decision="block",
        scenarios=20,
        measured=20,
        complied=9,
        carried_by="technical",
        rate=0.45,
        upper_bound=0.6,
        best_case_upper_bound=0.6,
        bootstrap_ci=None,
    )
    framings = {"technical": harmful(0.5, threshold=None), "operational": harmful(), "roleplay": harmful()}
    gates = {**framings, "technical": harmful(0.5, threshold=0.6), "roleplay": None}
    first, second = domain("fraud", framings=framings), domain("fraud", framings=gates, worst=worst)
    found = history({"a": at(1, first), "b": at(2, second)})
    assert found.domains[0].names == ["operational", "technical", "roleplay", "any"]
    assert [list(point.framings) for point in found.domains[0].points] == [
        ["operational", "technical", "roleplay"],
        ["operational", "technical", "any"],
    ]
    assert found.domains[0].points[1].framings["any"].bound == 0.6


JUDGE = Judge(kind="llm", model="judge-model", fingerprint="f" * 16)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, []),
        ({"deployment": {"model": "n", "base_url": "http://other/v1"}}, []),
        (
            {"suite": SuiteInfo(sha256="b" * 64, files=[], scenarios=30)},
            [("suite", "suite changed (20 -> 30 scenarios)")],
        ),
        ({"suite": SuiteInfo(sha256="b" * 64, files=[], scenarios=20)}, [("suite", "suite changed")]),
        (
            {"judge": JUDGE.model_copy(update={"model": "k"})},
            [("judge", "judge changed (judge-model -> k)")],
        ),
        (
            {"judge": JUDGE.model_copy(update={"fingerprint": "0"})},
            [("judge", "judge changed (rubric, place or parameters)")],
        ),
        ({"alpha": 0.025}, [("bar", "level of the bounds 95% -> 97.5%")]),
        (
            {"deployment": {"temperature": 0.0, "system_prompt_sha256": "0"}},
            [("sampling", "sampling changed (temperature, system prompt)")],
        ),
        (
            {"deployment": {"base_url": None}},
            [("address", "address changed (http://127.0.0.1/v1 -> none)")],
        ),
    ],
)
def test_what_changed_for_all_domains_is_told(fields: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert words(history({"a": at(1), "b": at(2, **fields)})) == expected


def test_other_framings_asked_are_told() -> None:
    def asked(number: int) -> SuiteInfo:
        framings = {"technical": FramingInfo(asked=number, collected=20, most=None)}
        return SuiteInfo(sha256="a" * 64, files=[], scenarios=20, framings=framings)

    assert words(history({"a": at(1, suite=asked(20)), "b": at(2, suite=asked(5))})) == [
        ("suite", "other framings asked")
    ]
    assert words(history({"a": at(1), "b": at(2, suite=asked(5))})) == []  # an earlier version did not tell


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (0.2, 0.3, ["threshold 0.20 -> 0.30"]),
        (0.2, 0.205, ["threshold 0.20 -> 0.205"]),
        (0.2, None, ["threshold 0.20 -> none"]),
        (None, 0.2, ["threshold none -> 0.20"]),
        (0.2, 0.2, []),
    ],
)
def test_a_moved_bar_is_told(before: float | None, after: float | None, expected: list[str]) -> None:
    found = history({"a": at(1, gated(threshold=before)), "b": at(2, gated(threshold=after))})
    assert [said for kind, said in words(found) if kind == "bar"] == expected


def test_so_are_floors_margins_and_other_framings_bars() -> None:
    floor = {"operational": harmful(), "analytical": analytical().model_copy(update={"floor": 0.5})}
    before = domain("fraud", framings=floor)
    after = domain("fraud", framings={"operational": harmful(), "technical": harmful(threshold=0.4)}, baseline=None)
    assert [said for _, said in words(history({"a": at(1, before), "b": at(2, after)}))] == [
        "floor 0.50 -> none",
        "margin 0.20 -> none",
        "threshold[technical] none -> 0.40",
    ]


def test_a_bar_is_held_against_the_run_before_that_has_the_domain() -> None:
    found = history({"a": at(1, gated(threshold=0.2)), "b": at(2, gated("other")), "c": at(3, gated(threshold=0.1))})
    assert words(found, 2) == [("bar", "threshold 0.20 -> 0.10")]


def test_it_is_written_as_its_schema_says() -> None:
    found = history({"a": at(1), "b": at(2, gated(rate=None))})
    jsonschema.validate(json.loads(found.to_json()), json_schema())
    assert json.loads(found.to_json())["schema"] == "pytest-domainsafety/history/1"
    path = resources.files("pytest_domainsafety").joinpath("schemas/history.schema.json")
    assert json.loads(path.read_text(encoding="utf-8")) == json_schema(), "run scripts/write_schema.py"
