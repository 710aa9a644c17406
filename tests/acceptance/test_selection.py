"""Choosing, stopping and interrupting: what is not measured never helps a pass."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Final

import pytest

from support.fake_server import REFUSAL, Answer, FakeServer, Request, Responder, answers, completion
from support.project import Project
from support.told import told

Serve = Callable[["Responder"], "FakeServer"]

FAILING: Final = "def test_x(): assert False\n"
NO_REPLY: Final = "1 / 0"
COMPLIES: Final = "'Sure, here is how.'"


@told("selection", "`-k`", "1 not selected of 2 operational trials … a part cannot pass", 10, case="[-k]")
@told("selection", '`-m "not domain_safety"`', "2 not selected of 2 operational trials", 10, case="[-m]")
@told("selection", "a node id", "1 not selected of 2 operational trials", 10, case="[node id]")
@told("selection", "`--deselect`", "1 not selected of 2 operational trials", 10, case="[--deselect]")
@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (("-k", "s1"), {"a/s1/analytical", "a/s1/operational", "b/s1/analytical", "b/s1/operational"}),
        (("-m", "not domain_safety"), set[str]()),
        (("a.safety.yaml::a::s1[operational]",), {"a/s1/operational"}),
        (("--deselect", "a.safety.yaml::a::s0", "a.safety.yaml"), {"a/s1/analytical", "a/s1/operational"}),
    ],
    ids=["-k", "-m", "node id", "--deselect"],
)
def test_only_what_is_selected_is_asked_and_a_part_is_inconclusive(
    arguments: tuple[str, ...], asked: set[str], project: Project
) -> None:
    for name in "ab":
        project.domain(name)
    project.configure_app()

    run = project.run(*arguments)

    part = run.domain("a")
    left_out = run.operational("a")["missing"]
    assert sorted(project.asked) == sorted(asked)
    assert (run.code, run.report["decision"], run.report["exit_code"]) == (10, "inconclusive", 10)
    assert (part["decision"], part["kind"]) == ("inconclusive", "deselected")
    assert left_out == 2 - sum("a/" in prompt and "operational" in prompt for prompt in asked)
    assert f"{left_out} not selected of 2 operational trials" in part["reason"]


def test_the_marker_selects_the_scenarios_and_leaves_ordinary_tests_out(project: Project) -> None:
    project.domain("a")
    project.write("test_x.py", FAILING)
    project.configure_app()

    run = project.run("-m", "domain_safety", "--strict-markers")

    assert (run.code, run.report["decision"]) == (0, "pass")


def test_a_part_left_out_leaves_a_clear_block_a_block_and_is_named_by_node_ids(project: Project) -> None:
    project.domain("a", 3)
    project.configure_app(COMPLIES, thresholds="* = 0.2")

    run = project.run("-k", "s1 or s2")
    other = project.run("-k", "s0")

    assert (run.code, run.domain("a")["kind"]) == (1, "rate")
    assert other.report["attempts"]["earlier"] == 0
    assert {trial["nodeid"] for trial in run.report["trials"] if trial["scenario"] == "s0"} == {
        "a.safety.yaml::a::s0[analytical]",
        "a.safety.yaml::a::s0[operational]",
    }


@told("selection", "`--lf`", "not selected of 2 operational trials", 10)
def test_last_failed_asks_what_failed_before(project: Project) -> None:
    project.domain("a")
    project.write("conftest.py", "def pytest_runtest_setup(item):\n    assert not item.name.startswith('s1[o')\n")
    project.configure_app()

    first = project.run()
    asked = len(project.asked)
    project.write("conftest.py", "")
    again = project.run("--lf")

    assert (first.code, again.code) == (1, 10)
    assert project.asked[asked:] == ["a/s1/operational"]
    assert again.domain("a")["kind"] == "deselected"


def test_last_failed_with_only_an_ordinary_failure_reruns_it(project: Project) -> None:
    project.domain("a")
    project.write("test_x.py", FAILING)
    project.configure_app()
    project.run(flag=False)

    run = project.run("--lf")

    assert run.code == 1
    assert "FAILED test_x.py::test_x" in run.out


@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_files_that_last_failed_passes_over_are_not_left_out(project: Project, workers: tuple[str, ...]) -> None:
    project.domain("a", 1)
    project.domain("b", 1)
    project.write("conftest.py", "def pytest_runtest_setup(item):\n    assert 'a.safety' not in item.nodeid\n")
    project.configure_app(thresholds="* = 0.99")
    project.run()
    project.write("conftest.py", "")

    run = project.run("--lf", *workers)

    assert run.code == 10, run.text
    assert run.domain("a")["decision"] == "pass"
    assert (run.domain("b")["decision"], run.domain("b")["kind"]) == ("inconclusive", "deselected")


@told("selection", "a mistake in a file that `--lf` passes over", "b.safety.yaml:2", 2)
def test_a_mistake_in_a_file_that_last_failed_passes_over_is_told(project: Project) -> None:
    project.domain("a", 1)
    project.domain("b", 1)
    project.write("conftest.py", "def pytest_runtest_setup(item):\n    assert 'a.safety' not in item.nodeid\n")
    project.configure_app()
    project.run()
    project.write("b.safety.yaml", "domain: b\nscenarios: nonsense\n")

    run = project.run("--lf")

    assert run.code == 2, run.text
    assert "b.safety.yaml:2" in run.out


def test_collect_only_asks_nothing_even_where_all_is_configured(project: Project) -> None:
    project.domain("a")
    project.configure_app()

    run = project.run("--collect-only", "-k", "s1")

    assert (run.code, project.asked, run.written) == (0, [], None)
    assert "2/4 tests collected" in run.out


def test_an_ordinary_failure_comes_after_the_measurement_and_keeps_it_from_passing(project: Project) -> None:
    project.domain("a", 1)
    project.write("test_b.py", FAILING)
    project.domain("c", 40)
    project.configure_app(concurrency=2)

    run = project.run("--maxfail=1", "a.safety.yaml", "test_b.py", "c.safety.yaml")

    # One scenario is too few for a pass, whatever came of it.
    assert (run.code, run.report["decision"], run.domain("a")["kind"]) == (1, "block", "evidence")
    assert len(project.asked) == 82
    assert (run.operational("c")["judged"], run.domain("c")["decision"]) == (40, "inconclusive")


@told(
    "selection",
    "`-x` and another test that failed",
    "the run was interrupted, and an interrupted run never passes",
    1,
)
def test_an_early_failure_is_never_a_pass_though_all_was_measured(project: Project) -> None:
    project.domain("a")
    project.write("test_z.py", FAILING + "\ndef test_zz(): pass\n")
    project.configure_app()

    run = project.run("-x")

    assert (run.code, run.report["decision"]) == (1, "inconclusive")


def test_a_failing_gate_does_not_keep_x_from_deciding_the_others(project: Project) -> None:
    for name in "ab":
        project.domain(name)
    project.configure_app(COMPLIES)

    run = project.run("-x")

    assert (run.code, run.report["decision"]) == (1, "block")
    assert [run.operational(name)["complied"] for name in "ab"] == [2, 2]


def test_without_the_terminal_plugin_the_gate_decides_as_ever(project: Project) -> None:
    project.domain("a")
    project.configure_app(thresholds="* = 0.2")

    run = project.run("-p", "no:terminal")

    assert (run.code, run.report["exit_code"], run.domain("a")["kind"]) == (1, 1, "evidence")


@pytest.mark.parametrize(
    ("reply", "decision", "body", "code"),
    [
        ("'no'", "pass", "assert False", 1),
        (NO_REPLY, "inconclusive", "pass", 10),
    ],
)
def test_an_ordinary_test_fails_the_session_and_changes_nothing_else(
    reply: str, decision: str, body: str, code: int, project: Project
) -> None:
    project.domain("a")
    project.write("test_x.py", f"def test_x(): {body}\n")
    project.configure_app(reply)

    run = project.run()

    assert (run.code, run.report["decision"]) == (code, decision)
    assert run.report["exit_code"] == {"pass": 0, "inconclusive": 10}[decision]


def test_pytests_own_codes_keep_their_meaning(project: Project) -> None:
    project.domain("a")
    project.write("test_z.py", "import pytest\n\ndef test_z(): pytest.exit('enough', returncode=7)\n")
    project.configure_app()

    run = project.run()

    assert (run.code, run.report["decision"]) == (7, "inconclusive")


def test_a_file_that_is_given_twice_is_asked_once(project: Project) -> None:
    project.domain("a")
    project.configure_app()

    run = project.run("--keep-duplicates", "a.safety.yaml", "a.safety.yaml")

    assert len(project.asked) == 4
    assert run.code in {0, 4}


class Holding:
    """Answers some requests, then holds all further ones for ever and says so."""

    def __init__(self, after: int) -> None:
        self.reached = threading.Event()
        self._left = after

    async def __call__(self, request: Request) -> Answer:
        if not request.is_judge:
            self._left -= 1
            if self._left < 0:
                self.reached.set()
                await asyncio.Event().wait()
        return await self._answer(request)

    async def _answer(self, request: Request) -> Answer:
        answer = answers(REFUSAL)(request) if request.is_judge else Answer(completion(REFUSAL))
        assert isinstance(answer, Answer)
        return answer


@told("selection", "Ctrl-C", "missing of 3 operational trials", 2)
@pytest.mark.parametrize(
    ("arguments", "whole_group"),
    [((), False), (("-n2",), False), (("-n2",), True)],
    ids=["plain", "xdist", "xdist, terminal's Ctrl-C"],
)
def test_ctrl_c_ends_quickly_and_reports_without_a_pass(
    arguments: tuple[str, ...],
    whole_group: bool,  # noqa: FBT001 - parametrized
    project: Project,
    serve: Serve,
    gone: Callable[[int], bool],
) -> None:
    holding = Holding(after=3)
    project.domain("a", 3)
    project.configure(serve(holding))
    process = project.start(*arguments)
    assert holding.reached.wait(30)

    began = time.monotonic()
    (os.killpg if whole_group else os.kill)(process.pid, signal.SIGINT)
    run = project.finish(process, timeout=30)
    took = time.monotonic() - began

    assert (run.code, run.report["decision"]) == (2, "inconclusive")
    assert took < 12
    assert run.operational("a")["missing"] >= 1
    assert "missing of 3 operational trials" in run.domain("a")["reason"]
    assert "INTERNALERROR" not in run.text
    assert gone(process.pid)


def test_ctrl_c_while_a_target_hangs_in_its_own_code_ends_quickly(project: Project) -> None:
    project.domain("a")
    project.write(
        "app.py",
        "import pathlib, time\n\ndef target(messages):\n    pathlib.Path('reached').touch()\n    time.sleep(600)\n\n"
        "def judge(**_):\n    return 1\n",
    )
    project.configure(None, target="app:target", judge="app:judge")
    process = project.start()
    _wait_for((project.path / "reached").exists)

    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    run = project.finish(process, timeout=30)

    assert (run.code, run.report["decision"]) == (2, "inconclusive")
    assert time.monotonic() - began < 12


def _wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
