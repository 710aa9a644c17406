"""Runs through an endpoint's own Batch API, in processes of their own."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_domainsafety.effects.files.control_files import load_controls
from pytest_domainsafety.shell.wiring.live_batches import memory_note
from support.batch_server import Batch, BatchServer, Json
from support.fake_server import Answer, Request, answers, completion, verdict
from support.project import Project, Run

BOTH = {"batch": "yes", "judge_batch": "yes"}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    found = Project(tmp_path)
    found.domain("harm", 3)
    return found


def configure(project: Project, server: BatchServer, **settings: object) -> None:
    usual = {"base_url": server.url, "model": "m", "judge_model": "judge", **BOTH}
    project.configure(None, **{**usual, **settings})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, BatchServer, Path]:
    """A run of both batches with known exhibits, and what the server saw."""
    project = Project(tmp_path_factory.mktemp("whole"))
    project.domain("harm", 3)

    def respond(request: Request) -> Answer:
        return answers("I cannot help with that.")(request)  # type: ignore[return-value] # no awaitable there

    with BatchServer(respond) as server:
        configure(project, server)
        return project.run("-v"), server, project.path


def test_a_run_in_batches_is_measured_and_judged_whole(whole: tuple[Run, BatchServer, Path]) -> None:
    run, server, _ = whole
    assert run.code == 0, run.text
    assert set(run.outcomes().values()) == {"refused", "declined"}
    assert not server.live
    assert [len(batch.lines) for batch in server.batches] == [6, 6]
    assert "asked through the endpoint's Batch API (batch batch_0)" in run.report["deployment"]["headers_note"]
    assert "(batch batch_1)" in run.report["deployment"]["headers_note"]


def test_each_change_of_a_batch_is_told_in_a_line(whole: tuple[Run, BatchServer, Path]) -> None:
    run, _, _ = whole
    told = re.findall(
        r"^domain safety: (\w+): batch batch_(\d) (\w+), 0 completed and 0 failed of 6, \d+ s", run.out, re.MULTILINE
    )
    states = ["validating", "in_progress", "finalizing", "completed"]
    assert told == [
        (name, number, state) for name, number in (("deployment", "0"), ("judge", "1")) for state in states
    ]
    assert ", expires in " in run.out


def test_what_is_kept_of_a_batch_is_for_nobody_but_the_user(whole: tuple[Run, BatchServer, Path]) -> None:
    _, _, path = whole
    kept = [file for file in path.glob(".domain_safety/*/batch/**/*") if file.is_file()]
    assert kept
    assert not [file for file in kept if file.stat().st_mode & 0o077]


def refusing(request: Request) -> Answer:
    return answers("I cannot help with that.")(request)  # type: ignore[return-value] # no awaitable there


def knowing(request: Request) -> Answer:
    """A deployment that refuses, and a judge that knows the known exhibits."""
    if not request.is_judge:
        return Answer(completion("I cannot help with that."))
    return Answer(verdict(5 if any(reply in said(request) for reply in COMPLIANCES) else 1))


def failing_the_pair(request: Request) -> Answer:
    """The same judge, but that plain help is none to it."""
    return Answer(verdict(1)) if request.is_judge and PLAIN in said(request) else knowing(request)


def said(request: Request) -> str:
    return "\n".join(message["content"] for message in request.body["messages"])


SHIPPED = load_controls("shipped")
COMPLIANCES = [each.row.reply for each in SHIPPED if each.row.compliance]
PLAIN = next(each.row.reply for each in SHIPPED if each.kind == "plain")


@pytest.mark.parametrize(("judge", "code", "why"), [(knowing, 0, None), (failing_the_pair, 10, "plain help")])
def test_known_exhibits_are_judged_among_the_replies_and_hold(
    project: Project, judge: Callable[[Request], Answer], code: int, why: str | None
) -> None:
    with BatchServer(judge) as server:
        configure(project, server, controls=None)
        run = project.run()
    assert run.code == code, run.text
    (deployment,), (judged,) = server.of(judge=False), server.of(judge=True)
    assert (
        len(judged.lines)
        == len(deployment.lines)
        + run.report["judge"]["controls"]["compliances"]["known"]
        + (run.report["judge"]["controls"]["others"]["known"])
    )
    assert why is None or why in run.domain("harm")["reason"]


@pytest.mark.parametrize(("sent", "which"), [(signal.SIGINT, "deployment"), (signal.SIGTERM, "judge")])
def test_an_interrupted_run_leaves_its_batch_and_goes_on_with_it(project: Project, sent: int, which: str) -> None:
    with BatchServer(refusing) as server:
        held = threading.Event()

        def script(batch: Batch) -> list[str]:
            return ["in_progress"] if batch.is_judge is (which == "judge") else ["completed"]

        server.script = script
        server.seen = lambda _method, path, done: (
            held.set()
            if done and path.startswith("/batches/") and server.batches[-1].states == ["in_progress"]
            else None
        )
        configure(project, server)
        process = project.start()
        assert held.wait(60)
        process.send_signal(sent)
        run = project.finish(process)
        left = server.batches[-1]
        assert run.code == 2, run.text
        assert run.report["interrupted"]
        assert run.report["decision"] != "pass"
        assert left.id in run.out
        assert "--domain-safety-resume" in run.out
        left.states = ["completed"]
        server.script = lambda _: ["completed"]
        resumed = project.run("--domain-safety-resume")
    assert resumed.code == 0, resumed.text
    assert len(server.submitted) == len(set(server.submitted)) == 12
    assert not server.live


def test_workers_wait_for_what_the_controller_asks(project: Project) -> None:
    with BatchServer(refusing) as server:
        configure(project, server, judge_batch="no")
        run = project.run("-n", "2")
    assert run.code == 0, run.text
    assert [len(batch.lines) for batch in server.batches] == [6]
    assert len(server.live) == 6


def test_a_judge_alone_is_asked_in_one_batch(project: Project) -> None:
    with BatchServer(refusing) as server:
        configure(project, server, batch="no", concurrency=2)
        run = project.run()
    assert run.code == 0, run.text
    assert [len(batch.lines) for batch in server.batches] == [6]
    assert len(server.live) == 6


def test_a_budget_of_requests_holds_before_submitting(project: Project) -> None:
    with BatchServer(refusing) as server:
        configure(project, server, max_requests=4, judge_batch="no")
        run = project.run()
    assert run.code == 10, run.text
    assert len(server.submitted) == 4
    assert "domain_safety_max_requests = 4 is used up" in run.out


def test_a_conversation_goes_turn_by_turn_in_rounds(project: Project) -> None:
    project.write(
        "talk.safety.yaml",
        "domain: talk\nscenarios:\n  - id: s\n    harm: h\n    analytical: why\n    operational:\n"
        "      turns: [one, two]\n      judge: last\n",
    )
    with BatchServer(refusing) as server:
        configure(project, server)
        run = project.run("talk.safety.yaml")
    assert set(run.outcomes().values()) == {"refused", "declined"}, run.text
    assert [len(batch.lines) for batch in server.of(judge=False)] == [2, 1], run.text


def test_an_endpoint_without_a_batch_api_is_one_sentence(project: Project) -> None:
    with BatchServer(refusing) as server:
        server.fail = lambda _method, path: Answer({"detail": "Not Found"}, 404) if path == "/files" else None
        configure(project, server)
        complaint = project.run().complaint
    assert "has no Batch API" in complaint
    assert "domain_safety_batch = no" in complaint


def test_a_run_in_batches_goes_on_in_batches_only(project: Project) -> None:
    with BatchServer(refusing) as server:
        server.fail = lambda method, path: Answer(status=404) if (method, path) == ("POST", "/batches") else None
        configure(project, server)
        assert project.run().code == 4
        configure(project, server, batch="no")
        complaint = project.run("--domain-safety-resume").complaint
    assert "set domain_safety_batch = yes" in complaint


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"batch": "yes", "stop_early": "sequential"}, "domain_safety_stop_early = no"),
        ({"judge_batch": "yes", "judge": "embedded", "judge_model": None}, "domain_safety_judge_batch"),
        ({"judge_batch": "yes", "judge_model": "a, b, c @ http://127.0.0.1:9/v1 key=none"}, "judge_base_url"),
        ({"batch_retry": "live"}, "no effect"),
        ({"batch": "maybe"}, "'no' or 'yes'"),
    ],
)
def test_what_cannot_stand_together_is_one_sentence(project: Project, settings: Json, said: str) -> None:
    project.configure(None, **{"base_url": "http://127.0.0.1:9/v1", "model": "m", "judge_model": "judge", **settings})
    assert said in project.run().complaint


CLIENT = """\
import openai

def make():
    return openai.AsyncOpenAI(base_url="URL", api_key="of-mine", default_headers={"x-mine": "yes"})
"""


def test_a_client_of_the_users_and_digests_alone_leave_no_text(project: Project) -> None:
    with BatchServer(refusing) as server:
        project.write("mine.py", CLIENT.replace("URL", server.url))
        configure(project, server, base_url=None, client="mine:make", keep_replies="hash")
        run = project.run()
    assert run.code == 0, run.text
    assert [len(batch.lines) for batch in server.batches] == [6, 6]
    assert all(headers["authorization"] == "Bearer of-mine" for headers in server.headers)
    assert all(headers["x-mine"] == "yes" for headers in server.headers)
    assert not [*project.path.glob(".domain_safety/*/batch")]


@pytest.mark.parametrize(
    ("trials", "said"),
    [
        (4_999, []),
        (20_000, ["20,000 trials wait at a time for a batch, which takes about 240 MB"]),
        (90_000, ["50,000 trials wait at a time for a batch, which takes about 600 MB"]),
    ],
)
def test_the_memory_of_what_waits_is_told_where_it_is_much(trials: int, said: list[str]) -> None:
    assert memory_note(trials) == said
