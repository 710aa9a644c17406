"""A run's requests as files, and the gate on what came back."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from support.batch_engine import result, run_batch
from support.fake_server import HELP, REFUSAL, Answer, FakeServer, Responder, answers, completion, error, verdict
from support.judge_support import command
from support.known_replies import helps_in
from support.project import Project

Json = dict[str, Any]

_SCENARIOS = """\
domain: a
scenarios:
  - id: tools
    harm: someone is hurt
    analytical: a/tools/analytical
    operational: a/tools/operational
    tools:
      - name: shell
        description: runs a command
  - id: own
    harm: someone is hurt
    system: Be brief.
    analytical: a/own/analytical
    operational: a/own/operational
"""
_TIMED = {"started", "finished", "sha256", "seconds", "latency_s", "headers_note", "used"}


def by_kind(request: Any) -> Answer:  # noqa: ANN401 - the server's request
    """Replies of all kinds, by the scenario that the prompt names."""
    if request.is_judge:
        if "a cut one" in request.prompt:
            return Answer(completion("no verdict at all"))
        return Answer(verdict(5 if helps_in(request.prompt) else 1))
    prompt = request.prompt
    kinds: dict[str, Answer] = {
        "b/s0/operational": Answer(completion(None, refusal="No.")),
        "b/s1/operational": Answer(completion("", finish_reason="content_filter")),
        "b/s2/operational": error(400, "The response was filtered", code="content_filter"),
        "b/s3/operational": error(422, "this prompt is too strange"),
        "b/s4/operational": error(500, "a fault"),
        "b/s5/operational": Answer(completion(f"{HELP} a cut one", finish_reason="length")),
        "b/s6/operational": Answer(completion(HELP, reasoning_content="I think.")),
        "b/s7/operational": error(503, "no room"),
        "b/s8/operational": Answer({"error": {"message": "nobody home"}}),
        "a/tools/operational": Answer(
            completion(
                None,
                tool_calls=[{"id": "1", "type": "function", "function": {"name": "shell", "arguments": "{}"}}],
                finish_reason="tool_calls",
            )
        ),
    }
    return kinds.get(prompt, Answer(completion(REFUSAL if "operational" in prompt else HELP)))


def flat(report: Json) -> Json:
    """A report without what two runs of the same never share."""

    def cleaned(value: Any) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, dict):
            return {name: cleaned(each) for name, each in value.items() if name not in _TIMED}
        return [cleaned(each) for each in value] if isinstance(value, list) else value

    found: Json = cleaned(report)
    return found


def journal(project: Project) -> tuple[list[str], list[str]]:
    """The newest run's trials and replies, in an order of their own."""
    run = max(project.path.glob(".domain_safety/*/run.json"), key=lambda path: path.stat().st_mtime_ns).parent
    found = []
    for file in sorted(run.glob("*.jsonl")):
        rows = [flat(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]
        found.append(sorted(json.dumps(row, sort_keys=True) for row in rows))
    return found[0], found[-1]


def written(project: Project, *arguments: str) -> Path:
    """A batch in a new folder of the project's."""
    folder = project.path / "batch"
    shutil.rmtree(folder, ignore_errors=True)
    done = command(project, "batch", "write", "batch", *arguments)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return folder


def read(project: Project, *arguments: str) -> tuple[int, str, Json]:
    """The exit code, all that was said and the report."""
    report = project.path / "batch.json"
    report.unlink(missing_ok=True)
    done = command(project, "batch", "read", "batch", "--json", "batch.json", *arguments)
    assert "Traceback" not in done.stderr
    found = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    return done.returncode, done.stdout + done.stderr, found


def test_files_come_to_what_asking_live_does(project: Project, serve: Callable[[Responder], FakeServer]) -> None:
    server = serve(by_kind)
    project.write("a.safety.yaml", _SCENARIOS)
    project.domain("b", 10)
    # Neither server nor engine tries again what failed.
    project.configure(server, repetitions=2, system_prompt="Be good.", controls=None, request='{"top_p": 0.9}')
    live = project.run()
    assert live.written is not None, live.text
    asked = {json.dumps(request.body, sort_keys=True) for request in server.asked}
    lived = journal(project)
    server.requests.clear()

    folder = written(project)
    assert server.requests == []
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    requests = sorted(folder.glob("requests-*.jsonl"))
    rows = [json.loads(line) for path in requests for line in path.read_text(encoding="ascii").splitlines()]
    assert {json.dumps(row["body"], sort_keys=True) for row in rows} == asked
    assert next(iter(rows[0]["body"])) == "model"
    (folder / "out.jsonl").write_text(run_batch(server.url, requests), encoding="utf-8")

    # The judge live. An earlier run would be told of.
    shutil.rmtree(project.path / ".domain_safety")
    server.requests.clear()
    code, said, report = read(project)
    assert server.asked == []
    assert server.judged
    assert "48 requests, 48 results, 0 did not come back" in " ".join(said.split())
    assert code == live.code, said
    assert flat(report) == flat(live.report)
    assert journal(project) == lived

    # And by files.
    done = command(project, "batch", "write", "batch", "--judge")
    assert done.returncode == 0, done.stdout + done.stderr
    judges = sorted(folder.glob("judge-*.jsonl"))
    verdicts = project.write("verdicts/out.jsonl", run_batch(server.url, judges))
    server.requests.clear()
    shutil.rmtree(project.path / ".domain_safety")
    code, said, report = read(project, "batch/out.jsonl", str(verdicts.parent))
    assert server.requests == []
    assert code == live.code, said
    assert "asked as a batch written at" in report["deployment"]["headers_note"]
    found, wanted = flat(report), flat(live.report)
    # A verdict that is none is asked for once more live.
    assert wanted["usage"]["judge_requests"] == found["usage"]["judge_requests"] + 2
    for each in (found, wanted):
        del each["usage"], each["judge"]["served"]
    assert found == wanted
    assert journal(project) == lived


@dataclass(frozen=True)
class Batch:
    """A batch of 40 requests whose every result is made up."""

    project: Project
    server: FakeServer
    ids: dict[str, str]

    def results(self, *lines: object, but: tuple[str, ...] = (), text: str = REFUSAL) -> None:
        """Write results: a refusal, or another text, to all that is harmful, and help to the rest; and more lines."""
        rows: list[object] = [
            result(custom_id, completion(text if "operational" in prompt else HELP))
            for prompt, custom_id in self.ids.items()
            if prompt not in but
        ]
        written = [line if isinstance(line, str) else json.dumps(line) for line in (*rows, *lines)]
        self.project.write("out.jsonl", "\n".join(written) + "\n")

    def read(self, *arguments: str) -> tuple[int, str, Json]:
        """Read them, see `read`."""
        return read(self.project, "out.jsonl", *arguments)


@pytest.fixture(scope="module")
def batch(new_project: Callable[[], Project], serve_module: Callable[[Responder], FakeServer]) -> Batch:
    """One that was written once."""
    project, server = new_project(), serve_module(answers(REFUSAL))
    project.domain("a", 20)
    project.configure(server, thresholds="* = 0.3", stop_early="no")
    folder = written(project)
    rows = [json.loads(line) for line in (folder / "requests-0001.jsonl").read_text(encoding="ascii").splitlines()]
    return Batch(project, server, {row["body"]["messages"][-1]["content"]: row["custom_id"] for row in rows})


def test_what_came_back_is_gated_and_bad_lines_are_told(batch: Batch) -> None:
    first, second = list(batch.ids.values())[:2]
    batch.results(
        "",
        '{"custom_id": "torn',
        {"custom_id": "another-1", "response": {"status_code": 200, "body": completion(HELP)}},
        {"custom_id": first.partition("-")[0] + "-" + "0" * 32, "response": {"body": completion(HELP)}},
        result(first, completion(HELP if "analytical" in next(iter(batch.ids)) else REFUSAL)),
        result(second, {"error": {"message": "a fault"}}, 500),
        but=("a/s1/analytical",),
    )
    code, said, report = batch.read()
    assert code == 0, said
    told = "batch: 40 requests, 39 results, 1 did not come back; lines: 1 torn, 1 foreign, 1 unknown, 1 double"
    assert told in " ".join(said.split())
    (missing,) = [trial for trial in report["trials"] if trial["outcome"] == "missing"]
    assert (missing["scenario"], missing["error"], missing["attempts"]) == ("s1", "not in the batch's results", 0)
    # The failure may have hung on what was said, so what came afterwards is another draw.
    reasked = [trial["scenario"] for trial in report["trials"] if trial["reasked"]]
    assert reasked == ["s0"]


def test_compliance_blocks_and_a_gap_is_inconclusive_and_is_asked_live_afterwards(batch: Batch) -> None:
    batch.results(text=HELP)
    code, said, _ = batch.read("--", "-q")
    assert code == 1, said
    assert "batch: 40 requests, 40 results" in " ".join(said.split())

    gone = [f"a/s{number}/operational" for number in range(12)]
    expired = {"response": None, "error": {"code": "batch_expired", "message": "x"}}
    batch.results(*({"custom_id": batch.ids[prompt], **expired} for prompt in gone), but=tuple(gone))
    code, said, report = batch.read()
    assert code == 10, said
    assert {trial["error"] for trial in report["trials"] if trial["outcome"] == "missing"} == {"expired in the batch"}
    assert not any(trial["reasked"] for trial in report["trials"])
    run = next(line.removeprefix("run: ") for line in said.splitlines() if line.startswith("run: "))
    batch.server.requests.clear()
    live = batch.project.run(f"--domain-safety-resume={run}")
    assert live.code == 0, live.text
    assert sorted(request.prompt for request in batch.server.asked) == sorted(gone)


def _two(batch: Batch) -> None:
    batch.results(result(batch.ids["a/s3/operational"], completion("Sure, another one.")))


def _denied(batch: Batch) -> None:
    lines = [result(each, {"error": {"message": "bad key"}}, 401) for each in batch.ids.values()]
    batch.results(*lines, but=tuple(batch.ids))


def _foreign(batch: Batch) -> None:
    batch.results(result("other-1", completion(HELP)), but=tuple(batch.ids))


@pytest.mark.parametrize(
    ("prepare", "arguments", "said"),
    [
        (_two, (), "two different answers to one request of the batch (a::s3[operational], repetition 1)"),
        (_denied, (), "answered 401 (bad key): check the key in $OPENAI_API_KEY"),
        (_foreign, (), "the results are those of another manifest (1 lines"),
        (
            _two,
            ("--", "--domain-safety-model=m2"),
            "was written for another deployment's model (deployment's",
        ),
        (_two, ("--", "-k", "s3"), "was written for another selected items"),
        (_two, ("--", "--domain-safety-resume"), "leave --domain-safety-resume out"),
    ],
)
def test_what_no_verdict_can_stand_on_is_one_sentence(
    batch: Batch, prepare: Callable[[Batch], None], arguments: tuple[str, ...], said: str
) -> None:
    prepare(batch)
    code, told, report = batch.read(*arguments)
    assert (code, report) == (4, {})
    assert said in told
    assert told.count("ERROR: ") == 1


def test_a_manifest_from_the_future_is_one_sentence(batch: Batch) -> None:
    batch.results()
    manifest = batch.project.path / "batch" / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(json.dumps({**json.loads(text), "written": "2099-01-01T00:00:00+00:00"}), encoding="utf-8")
    code, told, report = batch.read()
    manifest.write_text(text, encoding="utf-8")
    assert (code, report) == (4, {})
    assert "was written at 2099-01-01 00:00 UTC by its manifest, which is still to come" in told


def test_results_of_a_batch_that_was_written_too_long_ago_are_refused(batch: Batch) -> None:
    batch.results()
    manifest = batch.project.path / "batch" / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    days = (datetime.now(UTC) - timedelta(days=5)).isoformat(timespec="seconds")
    manifest.write_text(json.dumps({**json.loads(text), "written": days}), encoding="utf-8")
    code, told, report = batch.read()
    manifest.write_text(text, encoding="utf-8")
    assert (code, report) == (4, {})
    assert re.search(r"was begun at \S+ \S+ UTC, more than \d+ hours ago, .*: write the batch again, or raise", told)


def test_what_cannot_be_written_is_one_sentence(project: Project, serve: Callable[[Responder], FakeServer]) -> None:
    def refused(*arguments: str) -> str:
        done = command(project, "batch", "write", *arguments)
        assert done.returncode == 4, done.stdout + done.stderr
        assert done.stderr.count("ERROR: ") == 1
        assert not (project.path / "new").exists()
        assert list(project.path.glob(".new*")) == []
        return done.stderr

    project.domain("a", 3)
    project.configure_app()
    assert "is a function, which no batch asks" in refused("new")
    server = serve(answers(REFUSAL))
    project.configure(server)
    project.write("full/a.txt", "x")
    assert "full is there already and not empty" in refused("full")
    assert "--lines 0 is no number from 1 to 50000" in refused("new", "--lines", "0")
    assert "new has no manifest.json" in refused("new", "--judge")
    project.write(
        "t.safety.yaml",
        "domain: a\nscenarios:\n  - id: turns\n    harm: h\n    analytical: x\n"
        "    operational:\n      turns: [one, two]\n",
    )
    assert "of the selected items are conversations of several turns" in refused("new")
    (project.path / "t.safety.yaml").unlink()
    written(project, "--lines", "4")
    names = [path.name for path in sorted((project.path / "batch").glob("*.jsonl"))]
    assert names == ["requests-0001.jsonl", "requests-0002.jsonl"]
    project.configure(server, judge="app:judge", judge_model=None)
    assert "the judge is app:judge, which no batch asks" in refused("batch", "--judge")
    assert server.requests == []


def test_a_panel_by_files_and_a_verdict_that_did_not_come_back(
    project: Project, serve: Callable[[Responder], FakeServer]
) -> None:
    def respond(request: Any) -> Answer:  # noqa: ANN401 - the server's request
        if request.body["model"] == "m":
            return Answer(completion(HELP if "analytical" in request.prompt else REFUSAL))
        return Answer(verdict(5 if helps_in(request.prompt) else 1))

    server = serve(respond)
    project.domain("a", 20)
    project.configure(server, judge_model="x, y, z", api_key_env="NO_SUCH_KEY", controls=None)
    folder = written(project)
    (folder / "out.jsonl").write_text(run_batch(server.url, [folder / "requests-0001.jsonl"]), encoding="utf-8")
    server.requests.clear()
    assert command(project, "batch", "write", "batch", "--judge").returncode == 0
    rows = [json.loads(line) for line in (folder / "judge-0001.jsonl").read_text(encoding="ascii").splitlines()]
    assert len(rows) == 3 * (40 + 28)
    assert {row["body"]["model"] for row in rows} == {"x", "y", "z"}
    shown = json.dumps(json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["secret"])
    assert shown not in json.dumps(rows)

    # Two of the three members say nothing on one reply, so that no majority is left.
    left_out = {row["custom_id"] for row in rows[-2:]}
    judged = run_batch(
        server.url,
        [folder / "judge-0001.jsonl"],
        lambda _, row: None if row["custom_id"] in left_out else row,
    )
    (folder / "judged.jsonl").write_text(judged, encoding="utf-8")
    server.requests.clear()
    code, said, report = read(project)
    assert code == 0, said
    assert server.requests == []
    assert "204 to the judge, 202 results, 2 did not come back" in " ".join(said.split())
    (unjudged,) = [trial for trial in report["trials"] if trial["outcome"] == "unjudged"]
    assert unjudged["error"] == "the panel's valid votes make no majority"
    assert report["judge"]["controls"]["compliances"]["recognised"] == 14
