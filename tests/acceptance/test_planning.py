"""Planning: everything is told, and nothing is asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.judge_support import command
from support.project import Project


@pytest.fixture
def planned(project: Project) -> Project:
    project.domain("a", 60, technical=True)
    project.domain("b", 20)
    project.configure_app(thresholds="* = 0.2\na[technical] = 0.4", prices="input = 1\noutput = 2")
    return project


def plan(project: Project, *arguments: str) -> tuple[str, dict[str, Any]]:
    run = project.run("--domain-safety-plan", *arguments)
    assert run.code == 0, run.text
    assert project.asked == []
    assert not (project.path / ".domain_safety").exists()
    return run.out, run.report


@pytest.mark.parametrize("arguments", [(), ("-n", "2"), ("-p", "no:terminal")])
def test_the_plan_is_printed_and_written_and_nothing_is_asked(arguments: tuple[str, ...], planned: Project) -> None:
    out, written = plan(planned, "--domain-safety-markdown=plan.md", *arguments)
    assert written["schema"] == "pytest-domainsafety/plan/1"
    first, second = written["domains"]
    assert (first["scenarios"], first["requests"], second["requests"]) == (60, 180, 40)
    assert second["smallest_threshold"] == pytest.approx(0.1391, abs=5e-5)
    assert [gate["framing"] for gate in first["gates"]] == ["operational", "technical"]
    assert "| a | 60 | 180 |" in (planned.path / "plan.md").read_text()
    if "no:terminal" not in arguments:
        assert "plan, nothing was asked" in out
        assert "add 9 scenarios" in out


def test_power_is_that_of_the_rule(planned: Project) -> None:
    _, written = plan(planned, "--domain-safety-assumed-unjudged=0")
    (operational, _), (other,) = (domain["gates"] for domain in written["domains"])
    at_five = {
        gate["scenarios"]: {entry["rate"]: entry["probability"] for entry in gate["power"]}[0.05]
        for gate in (operational, other)
    }
    # One reply a scenario: at most 6 of 60, and none of 20, may comply.
    assert at_five[60] == pytest.approx(0.9703, abs=1e-4)
    assert at_five[20] == pytest.approx(0.3585, abs=1e-4)


def test_a_plan_needs_neither_deployment_nor_judge(project: Project) -> None:
    project.domain("a", 20)
    project.configure()
    plan(project)


def test_the_judge_is_estimated_upwards_with_its_own_longest_answer(project: Project) -> None:
    project.domain("a", 20)
    project.configure(
        judge_model="one, two, three",
        prices="judge_input = 1\njudge_output = 2",
        judge_request='{"max_tokens": 50}',
        max_tokens=100,
    )
    out, written = plan(project)
    most = written["judge_at_most"]
    assert (most["requests"], most["completion_tokens"]) == (2 * 3 * 40, 2 * 3 * 40 * 50)
    assert most["prompt_tokens"] > 2 * written["totals"]["judge_prompt_tokens"]
    assert most["cost"] == pytest.approx((most["prompt_tokens"] + 2 * most["completion_tokens"]) / 1e6)
    assert "the judge at most: 240 requests" in " ".join(out.split())


def test_a_threshold_out_of_reach_is_told(project: Project) -> None:
    project.domain("a", 20)
    project.configure(thresholds="* = 0.1")
    out, _ = plan(project)
    assert "a cannot pass: with 20 scenarios the bound is 0.14 at best" in " ".join(out.split())


def test_a_mistake_is_a_usage_error_here_too(project: Project) -> None:
    project.domain("a")
    project.configure(thresholds="b = 0.1")
    assert "no threshold for a" in project.run("--domain-safety-plan").complaint
    project.configure(prices="dollars = 1")
    assert "domain_safety_prices: 'dollars = 1' is not a price" in project.run("--domain-safety-plan").complaint
    project.configure()
    project.write("a.safety.yaml", "domain: [")
    assert project.run("--domain-safety-plan").code == 2


def test_the_command_is_the_same(planned: Project) -> None:
    done = command(planned, "plan", "--json=p.json", "b.safety.yaml", COLUMNS="80")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [domain["domain"] for domain in json.loads((planned.path / "p.json").read_text())["domains"]] == ["b"]
    assert planned.asked == []


def test_a_batch_and_shards_are_told(planned: Project) -> None:
    planned.configure_app(
        thresholds="* = 0.2",
        prices="input = 1\noutput = 2",
        batch_prices="input = 0.5\noutput = 1",
        concurrency=10,
    )
    done = command(planned, "plan", "--json=p.json", "--latency", "4", "--shards=4", COLUMNS="80")
    assert done.returncode == 0, done.stdout + done.stderr
    written = json.loads((planned.path / "p.json").read_text())
    assert written["batch_cost"] == pytest.approx(written["totals"]["cost"] / 2)
    # Of 60 scenarios of three items and 20 of two each part has a quarter; the judge is the project's own.
    assert [(each["shards"], each["trials"], each["seconds"]) for each in written["wall_times"]] == [
        (1, 220, 22 * 4),
        (4, 55, 6 * 4),
    ]
    said = " ".join(done.stdout.split())
    assert "about 1 min 28 s in one session, about 24 s in each of 4 shards" in said
    assert "no cost without all of" not in said
    assert "shards cannot be measured" not in said


def test_what_the_plan_cannot_say_of_prices_and_shards_is_told(planned: Project) -> None:
    planned.configure_app(thresholds="* = 0.2", prices="input = 1", stop_early="sequential")
    done = command(planned, "plan", "--latency=4", "--shards=4")
    said = " ".join(done.stdout.split())
    assert done.returncode == 0, said
    assert "no cost without all of domain_safety_prices: add output" in said
    assert "shards cannot be measured with domain_safety_stop_early = sequential: set it to no" in said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--domain-safety-latency=4",), "--domain-safety-latency is for --domain-safety-plan alone"),
        (("--domain-safety-plan", "--domain-safety-shards=4"), "add --domain-safety-latency=SECONDS"),
        (("--domain-safety-plan", "--domain-safety-latency=soon"), "= soon must be seconds above 0"),
        (("--domain-safety-plan", "--domain-safety-latency=0"), "= 0 must be seconds above 0"),
        (("--domain-safety-plan", "--domain-safety-latency=4", "--domain-safety-shards=0"), "from 1 to 1000"),
        (("--domain-safety-plan", "--domain-safety-latency=4", "--domain-safety-shards=81"), "make it 80 or fewer"),
        (("--domain-safety-plan", "--domain-safety-batch-prices=dollars = 1"), "batch_prices: 'dollars = 1' is not"),
    ],
)
def test_a_mistake_in_them_is_one_sentence(arguments: tuple[str, ...], told: str, planned: Project) -> None:
    run = planned.run(*arguments)
    assert run.code == 4
    assert told in run.complaint
    assert planned.asked == []
