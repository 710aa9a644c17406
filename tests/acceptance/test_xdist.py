"""Under xdist: one engine on the controller, whatever the workers do."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import pytest

from support.fake_server import HELP, REFUSAL, Answer, FakeServer, Request, Responder, answers, by_prompt, error
from support.project import Project, Run
from support.told import told

Serve = Callable[["Responder"], "FakeServer"]

CONCURRENCY: Final = 6
SCENARIOS: Final = 6


def _reply(prompt: str) -> str | Answer:
    domain, scenario, framing = prompt.split("/")
    if domain == "b" and framing == "operational" and scenario in {"s0", "s1"}:
        return HELP
    return error(500) if domain == "c" and framing == "operational" and scenario == "s0" else REFUSAL


async def _respond(request: Request) -> Answer:
    # Others get their turn, so that requests that may be in flight together are.
    await asyncio.sleep(0.02)
    answer = by_prompt(_reply)(request)
    assert isinstance(answer, Answer)
    return answer


def _measured(new_project: Callable[[], Project], server: FakeServer, *arguments: str) -> Run:
    project = new_project()
    for name in "abc":
        project.domain(name, SCENARIOS)
    project.write("test_ordinary.py", "def test_one(): pass\n\ndef test_two(): pass\n")
    project.configure(server, concurrency=CONCURRENCY, thresholds="a = 0.5\nb = 0.5\nc = 0.5")
    return project.run(*arguments, fresh=True)


@pytest.fixture(scope="module")
def plain(new_project: Callable[[], Project], serve_module: Callable[[Responder], FakeServer]) -> Run:
    return _measured(new_project, serve_module(_respond))


def _same(run: Run) -> dict[str, Any]:
    """What of a report must not depend on how items were spread."""
    report = run.report
    unlike = {"latency_s"}
    return {
        "decision": (report["decision"], report["exit_code"]),
        "suite": report["suite"],
        "domains": report["domains"],
        "trials": [{name: trial[name] for name in trial if name not in unlike} for trial in report["trials"]],
        "usage": {name: value for name, value in report["usage"].items() if name != "seconds"},
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ("-n4", "--dist=load"),
        ("-n2", "--dist=loadscope"),
        ("-n2", "--dist=loadfile"),
        ("-n2", "--dist=loadgroup"),
        ("-n2", "--dist=worksteal"),
    ],
    ids=" ".join,
)
def test_every_mode_measures_and_decides_as_a_plain_run(
    arguments: tuple[str, ...],
    plain: Run,
    new_project: Callable[[], Project],
    serve: Serve,
) -> None:
    server = serve(_respond)

    run = _measured(new_project, server, *arguments)

    assert (run.code, plain.code) == (1, 1)
    assert _same(run) == _same(plain)
    assert set(Counter(request.prompt for request in server.asked).values()) == {1}
    assert len(server.asked) == 3 * 2 * SCENARIOS
    assert 1 < server.most_in_flight <= CONCURRENCY


CRASH: Final = """\
import os, pathlib, pytest

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    done = pathlib.Path(__file__).with_name("crashed")
    if item.name == "s2[operational]" and "PYTEST_XDIST_WORKER" in os.environ and not done.exists():
        done.touch()
        os._exit(1)
"""


@told("selection", "a worker that crashed", "missing of 10 operational trials", 1)
@pytest.mark.parametrize("arguments", [(), ("--max-worker-restart=0",)], ids=["restarted", "not restarted"])
def test_a_crashed_worker_leaves_trials_missing_and_never_a_pass(
    arguments: tuple[str, ...], project: Project, serve: Serve
) -> None:
    server = serve(answers(REFUSAL))
    project.domain("a", 10)
    project.write("conftest.py", CRASH)
    project.configure(server, thresholds="* = 0.3")

    run = project.run("-n2", *arguments)

    assert (run.code, run.report["decision"]) == (1, "inconclusive")
    assert run.outcomes()["a::s2[operational]#0"] == "missing"
    assert run.operational("a")["missing"] >= 1
    assert max(Counter(request.prompt for request in server.asked).values()) == 1
    assert "INTERNALERROR" not in run.text
    assert "a.safety.yaml::a::s2[operational]" in run.out


def test_x_ends_after_the_measurement_with_a_report_that_is_no_pass(project: Project) -> None:
    project.write("test_a.py", "def test_a(): assert False\n")
    project.domain("b", 40)
    project.configure_app(concurrency=2)

    run = project.run("-n2", "-x", "test_a.py", "b.safety.yaml")

    assert (run.code, run.report["decision"]) == (2, "inconclusive")
    assert len(project.asked) == 80
    assert "INTERNALERROR" not in run.text


def test_a_selection_is_told_to_the_controller(project: Project) -> None:
    project.domain("a", 2)
    project.configure_app()

    run = project.run("-n2", "-k", "s1")

    assert (run.code, run.domain("a")["kind"]) == (10, "deselected")
    assert sorted(project.asked) == ["a/s1/analytical", "a/s1/operational"]


def test_a_usage_error_of_an_endpoint_ends_the_workers(
    project: Project, serve: Serve, gone: Callable[[int], bool]
) -> None:
    server = serve(lambda _: error(401, "wrong key"))
    project.domain("a", 10)
    project.configure(server)

    process = project.start("-n2")
    complaint = project.finish(process).complaint

    assert "wrong key" in complaint
    assert len(server.requests) == 1
    assert gone(process.pid)


def test_without_the_xdist_plugin_all_works(project: Project) -> None:
    project.domain("a", 2)
    project.configure_app()

    assert project.run("-p", "no:xdist").code == 0
