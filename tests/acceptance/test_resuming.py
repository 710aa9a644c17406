"""A run that was killed goes on where it was: nothing is asked twice, and the result is that of an unbroken run."""

from __future__ import annotations

import os
import signal
import stat
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.fake_server import HELP, REFUSAL, FakeServer, Request, Responder, by_prompt, error
from support.project import Project
from support.told import told

if TYPE_CHECKING:
    Serve = Callable[[Responder], FakeServer]

modes = pytest.mark.parametrize("arguments", [[], ["-n2"]], ids=["plain", "n2"])


TIGHT = "* = 0.5"
"""Five clean scenarios pass it, and not with one missing."""


def rule(prompt: str) -> str:
    return HELP + prompt if "s3/" in prompt else REFUSAL + prompt


def kill_at(project: Project, server: FakeServer, count: int, *arguments: str) -> None:
    """Run, and kill the whole process group once a number of requests has come."""
    reached, usual = threading.Event(), server.respond

    def respond(request: Request) -> Any:  # noqa: ANN401 - whatever the usual one answers
        if len(server.requests) >= count:
            reached.set()
        return usual(request)

    server.respond = respond
    process = project.start(*arguments)
    assert reached.wait(30)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    server.respond = usual


def only_run(project: Project) -> Path:
    (run,) = (path for path in (project.path / ".domain_safety").iterdir() if path.is_dir())
    return run


def facts(run: Any) -> list[tuple[object, ...]]:  # noqa: ANN401 - a finished run
    return [
        (trial["nodeid"], trial["outcome"], trial["score"], trial["reply_sha256"]) for trial in run.report["trials"]
    ]


@pytest.mark.parametrize(
    ("count", "arguments"), [(1, []), (9, ["-n2"]), (30, [])], ids=["at once", "workers", "late"]
)
def test_a_killed_run_goes_on(project: Project, serve: Serve, count: int, arguments: list[str]) -> None:
    server = serve(by_prompt(rule))
    project.domain("a", 10)
    project.configure(server, concurrency=4)
    kill_at(project, server, count, *arguments)
    folder = only_run(project)
    kept = [line for line in (folder / "trials.jsonl").read_text(encoding="utf-8").split("\n")[:-1] if line]
    done = len(kept)
    before = len(server.asked)

    run = project.run(*arguments, "--domain-safety-resume")
    assert run.code == 0
    assert only_run(project) == folder
    # Only what was in flight when the process died is asked again.
    again = Counter(request.prompt for request in server.asked)
    assert len(server.asked) <= 20 + 4
    assert sum(again.values()) - len(again) <= 4
    assert before + 20 - len(server.asked) >= done // 2 - 4
    modes_of = {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert modes_of == {0o600}
    assert facts(project.run()) == facts(run)


def test_a_torn_last_line_is_asked_again(project: Project, serve: Serve) -> None:
    server = serve(by_prompt(rule))
    project.domain("a", 10)
    project.configure(server, concurrency=2)
    kill_at(project, server, 20)
    file = only_run(project) / "trials.jsonl"
    with file.open("a", encoding="utf-8") as opened:
        opened.write('{"trial": {"domain": "a", "sce')
    assert project.run("--domain-safety-resume").code == 0


def test_a_reply_without_a_verdict_is_judged_and_not_asked_again(project: Project, serve: Serve) -> None:
    usual = by_prompt(rule)
    server = serve(lambda request: error(401) if request.is_judge else usual(request))
    project.domain("a", 5)
    project.configure(server, concurrency=1)
    first = project.run()
    assert first.code != 0
    assert len(server.asked) == 1
    server.respond = usual
    assert project.run("--domain-safety-resume").code == 0
    assert len(server.asked) == 10


@told("runs", "a run that ended, to be resumed", "no interrupted run", 4)
@modes
def test_a_run_whose_budget_ended_goes_on(project: Project, arguments: list[str]) -> None:
    project.domain("a", 10)
    project.configure_app(max_requests=12, concurrency=2, thresholds=TIGHT)
    assert project.run(*arguments).code == 10
    run = project.run(*arguments, "--domain-safety-resume")
    assert run.code == 0
    assert len(project.asked) == len(set(project.asked)) == 20
    assert run.report["usage"]["requests"] == 20
    assert "has reached its end" in project.run(f"--domain-safety-resume={only_run(project)}").complaint
    assert "no interrupted run" in project.run("--domain-safety-resume").complaint


@told("runs", "a threshold that changed before `--domain-safety-resume`", "thresholds", 4, case="change2")
@pytest.mark.parametrize(
    ("change", "named"),
    [({"seed": "3"}, "seed"), ({"repetitions": "2"}, "repetitions"), ({"thresholds": "* = 0.8"}, "thresholds")],
)
def test_a_run_of_other_settings_is_refused(project: Project, change: dict[str, Any], named: str) -> None:
    project.domain("a", 5)
    app: dict[str, Any] = {"max_requests": 3, "thresholds": TIGHT}
    project.configure_app(**app)
    assert project.run().code == 10
    project.configure_app(**{**app, **change})
    complaint = project.run("--domain-safety-resume").complaint
    assert named in complaint
    assert len(project.asked) == 3


@told("runs", "a suite that changed before `--domain-safety-resume`", "another suite", 4)
def test_a_run_of_another_suite_is_refused(project: Project) -> None:
    project.domain("a", 5)
    project.configure_app(max_requests=3, thresholds=TIGHT)
    assert project.run().code == 10
    text = (project.path / "a.safety.yaml").read_text()
    for changed in (f"language: de\n{text}", text.replace("someone is hurt", "nobody is hurt", 1)):
        project.write("a.safety.yaml", changed)
        assert "another harm or language" in project.run("--domain-safety-resume").complaint
    project.write("a.safety.yaml", text)
    project.domain("b", 2)
    assert "another suite" in project.run("--domain-safety-resume").complaint


def test_with_digests_only_no_reply_is_on_disk(project: Project) -> None:
    project.domain("a", 5)
    project.configure_app("'No. ' + prompt", max_requests=6, keep_replies="hash", concurrency=1, thresholds=TIGHT)
    assert project.run().code == 10
    texts = [file.read_text(encoding="utf-8") for file in only_run(project).iterdir()]
    assert not any("No. " in text for text in texts)
    assert project.run("--domain-safety-resume").code == 0
    assert len(project.asked) == 10


def test_without_the_option_nothing_old_is_used(project: Project) -> None:
    project.domain("a", 5)
    project.configure_app(max_requests=6, thresholds=TIGHT)
    assert project.run().code == 10
    project.configure_app(thresholds=TIGHT)
    assert project.run().code == 0
    assert len(project.asked) == 16


@modes
def test_the_option_does_not_take_the_next_argument(arguments: list[str], project: Project) -> None:
    project.domain("a", 5, file="safety/a.safety.yaml")
    # Whoever forgets the path collects this too.
    project.domain("b", 5)
    project.configure_app(max_requests=6, thresholds=TIGHT)
    assert project.run("safety").code == 10
    run = project.run("--domain-safety-resume", "safety", *arguments)
    assert (run.code, run.report["suite"]["files"]) == (0, ["safety/a.safety.yaml"])
    assert len(project.asked) == len(set(project.asked)) == 10
