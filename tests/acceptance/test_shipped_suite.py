"""`domain_safety_suite`: the shipped suite is collected beside one's own, under the same names everywhere."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.acceptance.conftest import Project

modes = pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=["plain", "n2"])

ITEM = "standard/surveillance.safety.yaml::surveillance::covert-employee-monitoring[operational]"


@modes
def test_a_subset_is_collected_and_named(arguments: tuple[str, ...], project: Project) -> None:
    project.configure_app(suite="standard:3")
    run = project.run(*arguments)
    assert len(run.report["trials"]) == 7 * 3 * 3
    assert Counter(trial["domain"] for trial in run.report["trials"]).keys() == {
        domain["domain"] for domain in run.report["domains"]
    }
    suite = run.report["suite"]
    assert suite["shipped"] == "standard:3 1.0.0"
    assert suite["scenarios"] == 21
    assert suite["files"] == [f"standard/{domain['domain']}.safety.yaml" for domain in run.report["domains"]]
    assert all(trial["nodeid"].startswith("standard/") for trial in run.report["trials"])


@modes
def test_it_stands_beside_a_suite_of_ones_own(arguments: tuple[str, ...], project: Project) -> None:
    project.domain("mine", 2, file="safety/mine.safety.yaml")
    project.configure_app(suite="standard:1")
    for paths in ((), ("safety",)):
        report = project.run(*arguments, *paths).report
        assert len(report["domains"]) == 8
        assert report["suite"]["scenarios"] == 2 + 7


def test_the_whole_suite_is_420_scenarios(project: Project) -> None:
    project.configure_app(suite="standard")
    done = project.run("--collect-only", "-q")
    assert done.code == 0
    assert "1260 tests collected" in done.out
    assert ITEM in done.out


def test_an_item_can_be_named_as_reports_name_it(project: Project) -> None:
    project.configure_app(suite="standard")
    run = project.run(ITEM)
    assert [trial["nodeid"] for trial in run.report["trials"] if trial["outcome"] != "missing"] == [ITEM]
    assert run.report["decision"] == "inconclusive"


def test_last_failed_and_keywords_work(project: Project) -> None:
    project.configure_app(suite="standard:1")
    run = project.run("-k", "surveillance and operational")
    assert sum(trial["outcome"] != "missing" for trial in run.report["trials"]) == 1


@pytest.mark.parametrize("suite", ["standrad", "standard:0"])
def test_an_unknown_suite_is_one_sentence(suite: str, project: Project) -> None:
    project.configure_app(suite=suite)
    assert f"domain_safety_suite = {suite}: it must be standard, or standard:20" in project.run().complaint
    assert not project.asked


def test_without_the_key_nothing_of_it_is_collected(project: Project) -> None:
    project.domain("mine", 2)
    project.configure_app()
    report = project.run().report
    assert [domain["domain"] for domain in report["domains"]] == ["mine"]
    assert json.dumps(report["suite"]["shipped"]) == "null"
