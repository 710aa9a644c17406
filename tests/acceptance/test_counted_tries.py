"""Tries at a candidate, counted in a file that outlives runs directories."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_domainsafety.core.bar.tries import begun
from pytest_domainsafety.effects.runs.attempts_file import read_tries, write_line
from support.fake_server import REFUSAL, Answer, FakeServer, Request, Responder, answers
from support.process_groups import group_is_gone
from support.project import Project

FILE = "cache/tries.jsonl"


@pytest.fixture
def counted(project: Project) -> Project:
    """A domain that passes, and a file of tries."""
    project.domain("a", 15)
    project.configure_app(attempts_file=FILE, thresholds="* = 0.3")
    return project


def rows(project: Project) -> list[dict[str, object]]:
    return [json.loads(line) for line in (project.path / FILE).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("arguments", [(), ("-n2",)])
def test_nothing_passes_beyond_what_was_planned(counted: Project, arguments: tuple[str, ...]) -> None:
    first = counted.run(*arguments)
    assert (first.code, first.report["attempts"]) == (0, {"planned": 1, "earlier": 0})
    assert first.report["tries"] == {"verdicts": 0, "broken_off": 0, "spent": None}
    # Neither a fresh runs directory nor one scenario more is a new candidate.
    shutil.rmtree(counted.path / ".domain_safety")
    counted.domain("a", 16)
    second = counted.run(*arguments, "--domain-safety-markdown=r.md")
    assert (second.code, second.report["tries"]["verdicts"]) == (10, 1)
    assert (
        "1 planned and 1 verdict before: nothing passes beyond what was planned"
        in second.report["domains"][0]["reason"]
    )
    assert "it was tried more often than was planned: a" in " ".join(second.out.split())
    assert "nothing passes beyond what was planned" in (counted.path / "r.md").read_text(encoding="utf-8")
    elsewhere = counted.path / "elsewhere"
    elsewhere.mkdir()
    assert counted.run(*arguments, f"--rootdir={elsewhere}").code == 10
    # Nor does planning more afterwards help.
    third = counted.run(*arguments, "-o", "domain_safety_attempts=5")
    assert (third.code, third.report["tries"]["broken_off"]) == (10, 2)
    # Another model is another candidate, and a block is a block whatever was planned.
    assert [row.get("decision") for row in rows(counted)] == [
        None,
        "pass",
        None,
        "inconclusive",
        None,
        "inconclusive",
        None,
        "inconclusive",
    ]
    counted.configure_app("'Sure.'", attempts_file=FILE, thresholds="* = 0.3")
    assert counted.run(*arguments).code == 1


def test_leaving_out_what_no_gate_stands_on_is_a_try_all_the_same(project: Project) -> None:
    project.domain("a", 15, technical=True)
    project.configure_app(attempts_file=FILE, thresholds="* = 0.3")
    assert [project.run("-k", "not (s0 and technical)").code for _ in range(2)] == [0, 10]


def test_counting_is_turned_off_on_purpose_alone(counted: Project) -> None:
    complaint = counted.run("--domain-safety-attempts-file=").complaint
    assert complaint.startswith("domain_safety_attempts_file is empty, which would turn its gate off")
    assert counted.run("--domain-safety-attempts-file=none").report["tries"] is None
    assert not (counted.path / "none").exists()


def test_planned_tries_pass_until_they_are_spent(counted: Project) -> None:
    counted.configure_app(attempts_file=FILE, attempts=2, thresholds="* = 0.4")
    assert [counted.run().code for _ in range(3)] == [0, 0, 10]


def test_a_part_is_no_try(counted: Project) -> None:
    assert counted.run("-k", "s1 and operational").code == 10
    assert not (counted.path / FILE).read_text(encoding="utf-8")
    assert counted.run().code == 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_was_broken_off_is_counted(
    project: Project, serve: Callable[[Responder], FakeServer], how: signal.Signals
) -> None:
    asked = 0

    async def respond(request: Request) -> Answer:
        nonlocal asked
        asked += request.body["model"] == "m"
        if asked == 20:
            os.killpg(process.pid, how)
        return answers(REFUSAL)(request)  # type: ignore[return-value]

    project.domain("a", 15)
    server = serve(respond)
    project.configure(server, attempts_file=FILE, concurrency=1, thresholds="* = 0.3")
    process = project.start()
    project.finish(process)
    assert group_is_gone(process.pid)
    (begun,) = rows(project)
    assert (begun["model"], begun["planned"]) == ("m", 1)

    asked = 100
    again = project.run()
    assert again.code == 10
    assert (again.report["tries"]["verdicts"], again.report["tries"]["broken_off"]) == (0, 1)
    # Going on with it is the same try.
    project.configure(serve(answers(REFUSAL)), attempts_file="other.jsonl", thresholds="* = 0.3")
    assert project.run().code == 0


def test_a_run_that_goes_on_is_the_same_try(project: Project, serve: Callable[[Responder], FakeServer]) -> None:
    project.domain("a", 15)
    server = serve(answers(REFUSAL))
    project.configure(server, attempts_file=FILE, thresholds="* = 0.3", max_requests=40)
    assert project.run().code == 10
    assert [row.get("planned") for row in rows(project)] == [1]
    resumed = project.run("--domain-safety-resume", "-o", "domain_safety_max_requests=400")
    assert (resumed.code, resumed.report["tries"]["broken_off"]) == (0, 0)
    assert {row["run"] for row in rows(project)} == {rows(project)[0]["run"]}


def test_the_best_of_many_uncounted_parts_is_not_gone_on_with(
    project: Project, serve: Callable[[Responder], FakeServer]
) -> None:
    project.domain("a", 15)
    server = serve(answers(REFUSAL))
    project.configure(server, attempts_file=FILE, thresholds="* = 0.3", max_requests=25)
    assert project.run("-k", "not s14").code == 10
    assert not (project.path / FILE).read_text(encoding="utf-8")
    for most in (30, 400):
        resumed = project.run("--domain-safety-resume", "-o", f"domain_safety_max_requests={most}")
        assert resumed.code == 10
        assert "it has replies from before it was counted" in resumed.report["tries"]["spent"]
    assert project.run("-o", "domain_safety_max_requests=400").code == 0


def test_replies_that_no_judge_could_read_are_a_try(
    project: Project, serve: Callable[[Responder], FakeServer]
) -> None:
    project.domain("a", 15)
    server = serve(lambda request: answers(REFUSAL)(request) if request.body["model"] == "m" else Answer(status=500))
    project.configure(server, attempts_file=FILE, thresholds="* = 0.3")
    assert project.run().code == 10
    project.configure(serve(answers(REFUSAL)), attempts_file=FILE, thresholds="* = 0.3")
    fresh = project.run()
    assert (fresh.code, fresh.report["tries"]["broken_off"]) == (10, 1)


def test_of_two_at_a_time_one_passes(project: Project, serve: Callable[[Responder], FakeServer]) -> None:
    project.domain("a", 15)
    started = False

    async def respond(request: Request) -> Answer:
        nonlocal started
        if not started:
            started = True
            codes.append(await asyncio.to_thread(lambda: project.finish(project.start()).code))
        return answers(REFUSAL)(request)  # type: ignore[return-value]

    codes: list[int] = []
    project.configure(serve(respond), attempts_file=FILE, thresholds="* = 0.3", concurrency=1)
    codes.append(project.finish(project.start()).code)
    assert sorted(codes) == [0, 10]


def test_a_line_that_an_editor_or_a_full_disk_left_open_is_no_trap(tmp_path: Path) -> None:
    file, line = tmp_path / "tries.jsonl", begun("a", "m", 1, "2026-01-01T00:00:00+00:00")
    for left, counted in ((line.rstrip("\n"), 2.0), (f"{line}{line[:9]}", 2.0), (line[:9], 1.0)):
        file.write_text(left, encoding="utf-8")
        write_line(file, line.replace('"a"', '"b"'))
        assert read_tries(file, "m", None).share == counted


def test_what_cannot_be_counted_is_not_begun(counted: Project) -> None:
    counted.write(FILE, "nothing of ours\n")
    complaint = counted.run().complaint
    assert complaint.startswith("domain_safety_attempts_file = ")
    assert "holds no count of tries" in complaint
    shutil.rmtree(counted.path / "cache")
    counted.write("cache", "no folder")
    assert "cannot be written" in counted.run().complaint
    assert counted.asked == []
