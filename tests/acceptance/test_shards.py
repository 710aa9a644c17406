"""Shards: the parts of a suite, each measured in a session of its own, and no verdict in any of them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from pytest_domainsafety.effects.runs.journal_rows import read_stored
from pytest_domainsafety.effects.runs.verdicts_beside import read_beside
from support.fake_server import HELP, REFUSAL, Answer, FakeServer, Request, Responder, by_prompt, error
from support.forked import run_module
from support.project import Project, Run, clean_environment

Serve = Callable[[Responder], FakeServer]

OF: Final = 4
SCENARIOS: Final = 5
"""A domain; there are two, so that the parts have 3, 3, 2 and 2."""


APP: Final = """\
import hashlib, pathlib
from support.known_replies import helps

def target(messages):
    return "its own"

def judge(*, prompt, reply, framing, scenario):
    if reply == "its own":
        return 1
    with pathlib.Path(__file__).with_name("judged.txt").open("a") as file:
        file.write(hashlib.sha256((prompt + reply).encode()).hexdigest() + "\\n")
    return 5 if helps(reply) else 1
"""


HOOKS: Final = """\
import pathlib

def pytest_domainsafety_verdict(config, report):
    pathlib.Path("hooked.txt").touch()

def pytest_domainsafety_report(config, report):
    pathlib.Path("hooked.txt").touch()
"""


def rule(prompt: str) -> str:
    return HELP if "s3/" in prompt else REFUSAL


def asks(part: str) -> list[str]:
    """The arguments that measure a part; the usual JSON report would be a usage error."""
    return ["--domain-safety", f"--domain-safety-shard={part}"]


def shard(project: Project, part: str, *arguments: str) -> Run:
    return project.run(*asks(part), *arguments, flag=False)


def folders(project: Project) -> list[Path]:
    return sorted(path for path in (project.path / ".domain_safety").iterdir() if path.is_dir())


def part_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "part.json").read_text(encoding="utf-8"))
    return found


def told_shard(folder: Path) -> str:
    said: str = json.loads((folder / "run.json").read_text(encoding="utf-8"))["shard"]
    return said


def command(project: Project, *arguments: str) -> tuple[int, str]:
    done = run_module(
        "pytest_domainsafety.cli", arguments, cwd=project.path, environment=clean_environment(), timeout_s=60
    )
    return done.returncode, (done.stdout + done.stderr).decode()


class Measured:
    """All parts of a suite, each measured in a session of its own, the third one by two workers."""

    def __init__(self, project: Project, server: FakeServer) -> None:
        self.project, self.server = project, server
        for name in "ab":
            project.domain(name, SCENARIOS)
        project.configure(server, attempts_file="tries.jsonl", stop_early="curtail")
        project.write("test_ordinary.py", "def test_one(): pass\n")
        project.write("conftest.py", HOOKS)
        self.summary = project.write("summary.md", "")
        self.asked: list[list[str]] = []
        self.runs: list[Run] = []
        for number in range(1, OF + 1):
            before = len(server.asked)
            workers = ["-n2"] if number == OF - 1 else []
            run = project.run(
                *asks(f"{number}/{OF}"),
                *workers,
                flag=False,
                GITHUB_STEP_SUMMARY=f"{self.summary}",
                GITHUB_ACTIONS="true",
            )
            self.runs.append(run)
            self.asked.append([request.prompt for request in server.asked[before:]])
        self.folders = {told_shard(folder): folder for folder in folders(project)}


@pytest.fixture(scope="module")
def measured(new_project: Callable[[], Project], serve_module: Callable[[Responder], FakeServer]) -> Measured:
    return Measured(new_project(), serve_module(by_prompt(rule)))


def test_the_parts_ask_all_and_nothing_twice(measured: Measured) -> None:
    assert [run.code for run in measured.runs] == [0] * OF, measured.runs[0].text
    prompts = {
        f"{name}/s{i}/{framing}"
        for name in "ab"
        for i in range(SCENARIOS)
        for framing in ("analytical", "operational")
    }
    assert Counter(prompt for asked in measured.asked for prompt in asked) == Counter(prompts)
    assert sorted(map(len, measured.asked)) == [4, 4, 6, 6]


def test_a_part_tells_what_it_came_to(measured: Measured) -> None:
    assert sorted(measured.folders) == ["1/4", "2/4", "3/4", "4/4"]
    for name, folder in measured.folders.items():
        part = part_of(folder)
        files = {
            file: hashlib.sha256((folder / file).read_bytes()).hexdigest()
            for file in ("run.json", "trials.jsonl", "replies.jsonl")
        }
        assert (part["shard"], part["interrupted"], part["stopped"], part["files"]) == (name, False, None, files)
        assert part["planned"] == part["measured"] == len(measured.asked[int(name[0]) - 1])
        assert (folder / "part.json").stat().st_mode & 0o777 == 0o600
        assert {file.name for file in folder.iterdir()} == {
            "part.json",
            "run.json",
            "trials.jsonl",
            "replies.jsonl",
        }
    assert part_of(measured.folders["1/4"])["started"] <= part_of(measured.folders["1/4"])["finished"]


def test_all_parts_are_of_one_run_but_for_their_shard(measured: Measured) -> None:
    own = {"started", "order drawn by", "shard"}
    told = [json.loads((folder / "run.json").read_text(encoding="utf-8")) for folder in measured.folders.values()]
    assert len({json.dumps({name: value for name, value in each.items() if name not in own}) for each in told}) == 1


def test_no_part_tells_what_was_found(measured: Measured) -> None:
    for run in measured.runs:
        told = run.text.partition("= domain safety =")[2]
        assert not re.search(r"compl|refus|engag|declin|bound|block|%|verdict:|::error|::warning", told), told
        assert "domain-safety::" not in run.text
    assert measured.summary.read_text(encoding="utf-8") == ""
    assert not (measured.project.path / "tries.jsonl").exists()
    assert not (measured.project.path / "hooked.txt").exists()


def test_a_part_says_how_much_it_is_and_what_comes_next(measured: Measured) -> None:
    first = measured.runs[0].text
    assert re.search(r"domain safety: shard 1 of 4: [23] of 10 scenarios", first)
    assert re.search(r"shard 1 of 4: (\d) of \1 trials were measured, exit code 0", first)
    assert re.search(r"\d requests and \d judge requests in \d+ s, \d+ tokens in and \d+ out", first)
    assert re.search(r"run: \.domain_safety/\S+", first)
    assert "domain-safety merge RUN1 RUN2 ... takes the verdict once all 4 are there" in first
    assert re.search(r"\d measured, \d+ deselected|\d passed, \d measured", first) or "deselected" in first
    assert "stops early" not in first


@pytest.mark.parametrize(
    "arguments",
    [
        "report PART",
        "report PART --bom=bom.json",
        "rejudge PART",
        f"attest PART --artifact x@sha256:{'0' * 64}",
        "history PART",
        "compare PART OTHER",
        "study PART OTHER",
        "adjudicate PART labels.csv",
        "label PART",
    ],
)
def test_who_wants_a_verdict_of_a_part_is_told(measured: Measured, arguments: str) -> None:
    folder, other = (os.path.relpath(measured.folders[part], measured.project.path) for part in ("2/4", "3/4"))
    code, said = command(measured.project, *arguments.replace("PART", folder).replace("OTHER", other).split())
    assert code == 4
    assert f"{folder} is shard 2 of 4 and has no verdict: domain-safety merge joins the parts" in said


def test_latest_is_never_a_part(measured: Measured) -> None:
    code, said = command(measured.project, "report", "latest")
    assert code == 4
    assert "there is no finished run" in said


def test_a_part_that_has_nothing_left_to_ask_is_not_gone_on_with(measured: Measured) -> None:
    run = shard(measured.project, "1/4", "--domain-safety-resume")
    assert "there is no interrupted run" in run.complaint
    named = shard(measured.project, "1/4", f"--domain-safety-resume={measured.folders['1/4']}")
    assert "has reached its end" in named.complaint
    assert part_of(measured.folders["1/4"])["measured"]


def test_old_parts_are_pruned_as_other_runs_are(measured: Measured, tmp_path: Path) -> None:
    project = Project(tmp_path)
    shutil.copytree(measured.project.path / ".domain_safety", tmp_path / "runs")
    code, said = command(project, "prune", "--keep=1", "--runs-dir=runs")
    assert (code, said.count("removed ")) == (0, OF - 1)


def suite(project: Project, server: FakeServer, count: int = SCENARIOS, **settings: object) -> None:
    project.domain("a", count)
    project.configure(server, concurrency=1, **settings)


@pytest.mark.parametrize("arguments", [[], ["-n2"]], ids=["plain", "n2"])
def test_what_was_not_measured_is_told_and_ends_with_10(project: Project, serve: Serve, arguments: list[str]) -> None:
    suite(project, serve(lambda request: error(500) if "s0/oper" in request.prompt else by_prompt(rule)(request)), 1)
    run = shard(project, "1/1", "-k", "s0", *arguments)
    assert run.code == 10, run.text
    assert "shard 1 of 1: 1 of 2 trials were measured, exit code 10" in run.text
    assert re.search(r"^1 missing: .*500", run.text, re.MULTILINE)
    (folder,) = folders(project)
    assert (part_of(folder)["planned"], part_of(folder)["measured"], part_of(folder)["interrupted"]) == (2, 1, False)


def test_what_was_deselected_is_missing_and_the_split_stays(project: Project, serve: Serve) -> None:
    server = serve(by_prompt(rule))
    suite(project, server)
    run = shard(project, "1/2", "-k", "operational")
    assert run.code == 10
    assert "3 of 6 trials were measured" in run.text
    assert "3 missing: not selected" in run.text
    assert shard(project, "2/2").code == 0
    asked = Counter(request.prompt.split("/")[1] for request in server.asked)
    assert sorted(asked.values()) == [1, 1, 1, 2, 2]


def test_nothing_is_curtailed_by_one_part(project: Project) -> None:
    project.domain("a", 40)
    project.configure_app("'Sure'", thresholds="* = 0.2", stop_early="curtail", concurrency=4)
    assert shard(project, "1/2").code == 0
    assert len(project.asked) == 40


def test_an_ordinary_failure_keeps_its_code_and_the_part_is_whole(project: Project, serve: Serve) -> None:
    suite(project, serve(by_prompt(rule)))
    project.write(
        "test_ordinary.py",
        "import pathlib\n\ndef test_one():\n    assert [*pathlib.Path('.domain_safety').glob('*/part.json')] == []\n",
    )
    run = shard(project, "1/2")
    assert run.code == 1
    assert "part.json" in run.text, "what was measured is written down before any other test may fake the disk"
    (folder,) = folders(project)
    assert (part_of(folder)["interrupted"], part_of(folder)["measured"]) == (False, 6)


def test_an_interrupted_part_goes_on_and_asks_nothing_twice(project: Project, serve: Serve) -> None:
    server = serve(by_prompt(rule))
    suite(project, server, max_requests=4)
    first = shard(project, "1/2")
    assert first.code == 10
    assert "--domain-safety-shard=1/2 --domain-safety-resume=.domain_safety/" in first.text
    (folder,) = folders(project)
    assert part_of(folder)["stopped"]
    other = shard(project, "2/2", "--domain-safety-resume")
    assert "is of another shard (shard was 1/2, is 2/2)" in other.complaint
    whole = project.run("--domain-safety", "--domain-safety-resume", flag=False)
    assert "is of another shard (shard was 1/2, is None)" in whole.complaint
    suite(project, server)
    stale, usual = set(), server.respond

    def respond(request: Request) -> Answer | Awaitable[Answer]:
        stale.add((folder / "part.json").exists())
        return usual(request)

    server.respond = respond
    second = shard(project, "1/2", "--domain-safety-resume", "-n2")
    assert second.code == 0, second.text
    assert stale == {False}
    assert folders(project) == [folder]
    assert part_of(folder)["measured"] == part_of(folder)["planned"] == 6
    assert set(Counter(request.prompt for request in server.asked).values()) == {1}
    assert len(server.asked) == 6


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_a_part_that_was_broken_off_goes_on(project: Project, serve: Serve, sent: signal.Signals) -> None:
    reached, hangs = threading.Event(), threading.Event()

    async def respond(request: Request) -> Answer:
        if len(server.asked) > 4 and not hangs.is_set():
            reached.set()
            await asyncio.Event().wait()
        answer = by_prompt(rule)(request)
        assert isinstance(answer, Answer)
        return answer

    server = serve(respond)
    suite(project, server, 8)
    process = project.start(*asks("2/2"), flag=False)
    assert reached.wait(30)
    os.killpg(process.pid, sent)
    first = project.finish(process)
    hangs.set()
    (folder,) = folders(project)
    if sent == signal.SIGKILL:
        assert not (folder / "part.json").exists()
    else:
        assert first.code == 2
        assert "go on with it, asking nothing twice" in first.text
        assert (part_of(folder)["interrupted"], part_of(folder)["measured"]) == (True, 4)

    second = shard(project, "2/2", "--domain-safety-resume")
    assert second.code == 0, second.text
    assert part_of(folder)["measured"] == part_of(folder)["planned"] == 8
    again = Counter(request.prompt for request in server.asked)
    assert (len(again), again.total()) == (8, 9), "only what was in flight is asked again"


def test_all_parts_together_show_the_judge_each_known_exhibit_once_but_for_the_pair(
    project: Project,
) -> None:
    project.domain("a", 8)
    project.write("app.py", APP)
    project.configure(None, target="app:target", judge="app:judge", controls=None)
    tests = f"{Path(__file__).parents[1]}"
    runs = [project.run(*asks(part), flag=False, PYTHONPATH=tests) for part in ("1/3", "2/3", "3/3")]
    assert [run.code for run in runs] == [0, 0, 0], runs[0].text
    judged = Counter((project.path / "judged.txt").read_text(encoding="utf-8").split())
    assert sorted(judged.values()) == [1] * 26 + [3, 3]
    kept = [read_beside(folder) for folder in folders(project)]
    assert {place for each in kept for place in each.known} == set(range(28))
    assert not any(each.second for each in kept)


def test_what_the_second_judge_made_of_a_part_is_kept(project: Project, serve: Serve) -> None:
    usual = by_prompt(rule)

    def respond(request: Request) -> Answer | Awaitable[Answer]:
        # Of a server of this kind one model alone is a judge.
        return usual(
            replace(request, body={**request.body, "model": "judge" if request.body["model"] != "m" else "m"})
        )

    suite(project, serve(respond), 8, second_judge_model="another", second_judge_fraction=1)
    run = shard(project, "1/2")
    assert run.code == 0, run.text
    (folder,) = folders(project)
    scores = {place: judgement.score for place, judgement in read_beside(folder).second.items()}
    first = {reply.place: reply.score for reply in read_stored(folder / "replies.jsonl")}
    assert scores == first
    assert len(scores) == 8


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--domain-safety-shard="], "it must be K/N"),
        (["--domain-safety-shard=5/4"], "--domain-safety-shard = 5/4: it must be K/N, the K-th of N parts"),
        (["--domain-safety-shard=6/6"], "shard 6/6 would have nothing to ask"),
        (["--domain-safety-shard=6/6", "-n1"], "shard 6/6 would have nothing to ask"),
        (["--domain-safety-shard=1/2", "--domain-safety-json=r.json"], "give --json to domain-safety merge"),
        (["--domain-safety-shard=1/2", "--domain-safety-html=r.html"], "give --html to domain-safety merge"),
        (["--domain-safety-shard=1/2", "--domain-safety-plan"], "--domain-safety-plan plans the whole suite"),
        (["--domain-safety-shard=1/2", "--domain-safety-lock=check"], "--domain-safety-lock is of the whole suite"),
        (["--domain-safety-shard=1/2", "--domain-safety-stop-early=sequential"], "set domain_safety_stop_early = no"),
    ],
)  # fmt: skip
def test_mistakes_are_told_before_anything_is_asked(
    project: Project, serve: Serve, arguments: list[str], said: str
) -> None:
    server = serve(by_prompt(rule))
    suite(project, server)
    assert said in project.run("--domain-safety", *arguments, flag=False).complaint
    assert not server.requests
