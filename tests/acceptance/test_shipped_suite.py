"""`domain_safety_suite`: the shipped suite is collected beside one's own, under the same names everywhere."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from support.project import Project

modes = pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=["plain", "n2"])

PROMPTS = 3 + 3 + 4
"""Of each of the first ten scenarios of a domain: framings, further framings and translations."""
ITEM = "standard/surveillance.safety.yaml::surveillance::covert-employee-monitoring[operational]"


@modes
def test_a_subset_is_collected_and_named(arguments: tuple[str, ...], project: Project) -> None:
    project.configure_app(suite="standard:3")
    run = project.run(*arguments)
    assert len(run.report["trials"]) == 7 * 3 * PROMPTS
    assert Counter(trial["domain"] for trial in run.report["trials"]).keys() == {
        domain["domain"] for domain in run.report["domains"]
    }
    suite = run.report["suite"]
    assert suite["shipped"] == "standard:3 1.1.0"
    assert suite["scenarios"] == 21
    assert suite["files"] == [f"standard/{domain['domain']}.safety.yaml" for domain in run.report["domains"]]
    assert all(trial["nodeid"].startswith("standard/") for trial in run.report["trials"])


@modes
def test_some_of_its_domains_are_asked_wherever_pytest_comes_upon_the_others(
    arguments: tuple[str, ...], project: Project
) -> None:
    project.domain("mine", 2, file="safety/mine.safety.yaml")
    project.configure_app(suite="standard:1:surveillance,financial_fraud", thresholds="* = 0.96")
    run = project.run(*arguments, "safety", "standard/")
    suite = run.report["suite"]
    assert suite["shipped"] == "standard:1:financial_fraud,surveillance 1.1.0"
    assert suite["files"] == [
        "safety/mine.safety.yaml",
        "standard/financial_fraud.safety.yaml",
        "standard/surveillance.safety.yaml",
    ]
    assert [domain["domain"] for domain in run.report["domains"]] == ["mine", "financial_fraud", "surveillance"]
    assert (run.code, run.report["decision"]) == (0, "pass")
    assert len(run.report["trials"]) == 2 * 2 + 2 * PROMPTS
    left_out = project.run(*arguments, ITEM.replace("surveillance", "discrimination"))
    assert left_out.complaint.startswith("file or directory not found: standard/discrimination.safety.yaml")


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
    assert "1960 tests collected" in done.out
    assert ITEM in done.out


def test_an_item_can_be_named_as_reports_name_it(project: Project) -> None:
    project.configure_app(suite="standard")
    run = project.run(ITEM)
    assert [trial["nodeid"] for trial in run.report["trials"] if trial["outcome"] != "missing"] == [ITEM]
    assert run.report["decision"] == "inconclusive"


OF_TWO = "standard/surveillance.safety.yaml::surveillance::care-records-sold[operational]"
OWN = "safety/mine.safety.yaml::mine"
OWN_ITEMS = {f"{OWN}::s{number}[{framing}]" for number in range(2) for framing in ("analytical", "operational")}


@pytest.mark.parametrize(
    ("arguments", "measured"),
    [
        ((f"{OWN}::s0[operational]",), {f"{OWN}::s0[operational]"}),
        ((OWN,), OWN_ITEMS),
        ((OWN, "-n2"), OWN_ITEMS),
        ((OF_TWO,), {OF_TWO}),
        ((OF_TWO, f"{OWN}::s1[analytical]", "-n2"), {f"{OWN}::s1[analytical]", OF_TWO}),
    ],
    ids=["own item", "own domain", "own domain, n2", "its item", "both, n2"],
)
def test_what_node_ids_leave_out_of_it_is_missing_and_named(
    arguments: tuple[str, ...], measured: set[str], project: Project
) -> None:
    project.domain("mine", 2, file="safety/mine.safety.yaml")
    project.configure_app(suite="standard:2")
    run = project.run(*arguments)
    trials = run.report["trials"]
    assert (run.code, run.report["decision"]) == (10, "inconclusive")
    assert {trial["nodeid"] for trial in trials if trial["outcome"] != "missing"} == measured
    assert {trial["error"] for trial in trials if trial["nodeid"] not in measured} <= {"not selected"}
    shipped = [domain for domain in run.report["domains"] if domain["domain"] != "mine"]
    assert len(shipped) == 7
    for domain in shipped:
        left_out = 2 - (domain["domain"] == "surveillance" and OF_TWO in measured)
        assert (domain["decision"], domain["kind"]) == ("inconclusive", "deselected")
        assert f"{left_out} not selected of 2 operational trials" in domain["reason"]


def test_a_domain_of_it_that_is_named_whole_is_measured_whole(project: Project) -> None:
    project.configure_app(suite="standard:2")
    run = project.run(OF_TWO.rpartition("::")[0])
    measured = [trial for trial in run.report["trials"] if trial["outcome"] != "missing"]
    assert Counter(trial["domain"] for trial in measured) == {"surveillance": 2 * PROMPTS}
    assert run.domain("surveillance")["decision"] == "pass"
    assert (run.code, run.report["decision"]) == (10, "inconclusive")


def test_what_last_failed_leaves_out_of_it_is_missing(project: Project) -> None:
    project.domain("mine")
    project.write("test_x.py", "def test_x(): pass\n")
    project.write(
        "conftest.py", "def pytest_runtest_setup(item):\n    assert item.path.parent != item.config.rootpath\n"
    )
    project.configure_app(suite="standard:2")
    assert project.run().code == 1
    project.write("conftest.py", "")
    # pytest then leaves out files without failures.
    run = project.run("--lf")
    assert (run.code, run.report["decision"]) == (10, "inconclusive")
    assert run.domain("mine")["decision"] == "pass"
    assert sum(domain["kind"] == "deselected" for domain in run.report["domains"]) == 7


@modes
def test_an_id_that_it_has_too_is_told_where_a_domain_is_named(arguments: tuple[str, ...], project: Project) -> None:
    item = {"harm": "h", "analytical": "a", "operational": "o"}
    row = {"domain": "surveillance", "id": "covert-employee-monitoring", **item}
    project.write("own.safety.jsonl", json.dumps(row) + "\n")
    project.configure_app(suite="standard")
    run = project.run(*arguments, "own.safety.jsonl::surveillance")
    assert run.code == 2
    assert "the id 'covert-employee-monitoring' stands in the domain 'surveillance' already" in run.out
    assert not project.asked


def test_last_failed_and_keywords_work(project: Project) -> None:
    project.configure_app(suite="standard:1")
    run = project.run("-k", "surveillance and operational")
    measured = {trial["framing"] for trial in run.report["trials"] if trial["outcome"] != "missing"}
    assert measured == {"operational", *(f"operational[{language}]" for language in ("ar", "de", "es", "fr"))}


@pytest.mark.parametrize(
    ("suite", "said"),
    [
        ("standrad", "it must be standard, or standard:20"),
        ("standard:0", "it must be standard, or standard:20"),
        ("standard:survelance", "it has no domain survelance (did you mean surveillance?): name some of"),
    ],
)
def test_an_unknown_suite_is_one_sentence(suite: str, said: str, project: Project) -> None:
    project.configure_app(suite=suite)
    assert f"domain_safety_suite = {suite}: {said}" in project.run().complaint
    assert not project.asked


def test_without_the_key_nothing_of_it_is_collected(project: Project) -> None:
    project.domain("mine", 2)
    project.configure_app()
    report = project.run().report
    assert [domain["domain"] for domain in report["domains"]] == ["mine"]
    assert json.dumps(report["suite"]["shipped"]) == "null"
