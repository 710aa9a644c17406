"""Runs that are merged come from elsewhere: whatever their files hold, no draw is chosen, and nothing crashes."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pytest

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.effects.runs.part_runs import read_part_run
from support.fake_server import REFUSAL, FakeServer, Responder, by_prompt, error
from support.forked import run_module
from support.project import Project, Run, clean_environment

Serve = Callable[[Responder], FakeServer]
Json = dict[str, Any]

DEEP: Final = "[" * 100_000


def merge(project: Project, *arguments: str) -> Run:
    written = project.path / "report.json"
    written.unlink(missing_ok=True)
    done = run_module(
        "pytest_domainsafety.cli",
        ["merge", "--json=report.json", *arguments],
        cwd=project.path,
        environment=clean_environment(),
        timeout_s=60,
    )
    report = json.loads(written.read_text("utf-8")) if written.exists() else None
    return Run(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode(), written=report)


def runs_in(project: Project, folder: str) -> list[Path]:
    return sorted(path for path in (project.path / folder).glob("*") if path.is_dir())


def measure(project: Project, shard: str, folder: str, *arguments: str) -> Path:
    run = project.run(
        "--domain-safety",
        f"--domain-safety-shard={shard}",
        f"--domain-safety-runs-dir={folder}",
        *arguments,
        flag=False,
    )
    assert run.code in {0, 10}, run.text
    return runs_in(project, folder)[-1]


def refusing(project: Project, **settings: object) -> Project:
    project.domain("a", 8)
    project.configure_app(
        "'Sure' if 'analytical' in prompt else 'I cannot help with that.'", **{"thresholds": "* = 0.4", **settings}
    )
    return project


def rows_of(file: Path) -> list[Json]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def write_rows(file: Path, rows: list[Json]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def seal(run: Path) -> None:
    """As one does who edits a file and knows what the end of the run tells of it."""
    told = json.loads((run / "part.json").read_text("utf-8"))
    told["files"] = {name: hashlib.sha256((run / name).read_bytes()).hexdigest() for name in told["files"]}
    (run / "part.json").write_text(json.dumps(told), "utf-8")


@pytest.fixture(scope="module")
def measured(new_project: Callable[[], Project]) -> Path:
    """The run of the one shard of a suite."""
    return measure(refusing(new_project()), "1/1", "parts")


@pytest.fixture
def run(measured: Path, tmp_path: Path) -> Path:
    """A copy of it to break."""
    return Path(shutil.copytree(measured, tmp_path / "run"))


def identity(**changes: object) -> Callable[[Path], object]:
    def change(run: Path) -> None:
        told = json.loads((run / "run.json").read_text("utf-8"))
        (run / "run.json").write_text(json.dumps({**told, **changes}), "utf-8")

    return change


def end(**changes: object) -> Callable[[Path], object]:
    def change(run: Path) -> None:
        told = json.loads((run / "part.json").read_text("utf-8"))
        (run / "part.json").write_text(json.dumps({**told, **changes}), "utf-8")

    return change


def last(part: str, **changes: object) -> Callable[[Path], object]:
    def change(run: Path) -> None:
        rows = rows_of(run / "trials.jsonl")
        rows[-1][part] |= changes
        write_rows(run / "trials.jsonl", rows)

    return change


def holds(name: str, text: str) -> Callable[[Path], object]:
    return lambda run: (run / name).write_text(text, "utf-8")


def folder(name: str) -> Callable[[Path], object]:
    def change(run: Path) -> None:
        (run / name).unlink(missing_ok=True)
        (run / name).mkdir()
        (run / "part.json").unlink()

    return change


RESEALED: Final[dict[str, Callable[[Path], object]]] = {
    "a time before all times": identity(started="0001-01-01T00:00:00+14:00"),
    "a time after all times": identity(started="9999-12-31T23:59:59-14:00"),
    "a shard that is none": identity(shard="9/2"),
    "a shard of another kind": identity(shard=3),
    "another end's shard": identity(shard=None),
    "an order of another kind": identity(**{"order drawn by": ["x"]}),
    "a refusal that its score calls help": last("trial", outcome="refused", framing="operational", score=5),
    "a trial of another kind": last("trial", repetition=float("inf")),
    "costs of another kind": last("used", requests="3"),
    "who answered of another kind": last("used", served=[["m"]]),
    "replies of another kind": holds("replies.jsonl", "null\n"),
    "half a turn": holds("replies.jsonl", '{"turn_of": ["a", "s0", "operational", 0], "turn": {}}\n'),
    "replies without end": holds("replies.jsonl", DEEP + "\n"),
}
EDITED: Final[dict[str, Callable[[Path], object]]] = {
    "an end that tells of no files": end(files={}),
    "an end that tells of other files": end(files={"run.json": "0", "a" * 5000: "0"}),
    "a file that was added": holds("verdicts.jsonl", ""),
    "a folder for trials": folder("trials.jsonl"),
    "a folder for replies": folder("replies.jsonl"),
}
ROW: Final[Json] = {"second": False, "score": 1, "rationale": ""}
INFINITE: Final = float("inf")
BESIDE: Final[dict[str, Json]] = {
    "no exhibit": {**ROW, "known exhibit": INFINITE},
    "no place": {**ROW, "of": ["a", "s0", "operational", INFINITE]},
    "no score": {**ROW, "known exhibit": 0, "score": 99},
}


def refused(run: Path) -> str:
    with pytest.raises(ConfigurationError) as error:
        read_part_run(run, version("pytest-domainsafety"))
    return str(error.value)


def test_a_run_as_it_was_measured_is_read(run: Path) -> None:
    seal(run)
    assert len(read_part_run(run, version("pytest-domainsafety")).trials) == 16


@pytest.mark.parametrize("way", RESEALED)
def test_what_no_run_would_write_is_one_sentence(run: Path, way: str) -> None:
    RESEALED[way](run)
    seal(run)
    said = refused(run)
    assert f"{run}" in said
    assert said.endswith("leave it out, or measure it again")


@pytest.mark.parametrize("way", EDITED)
def test_what_the_end_does_not_tell_of_is_one_sentence(run: Path, way: str) -> None:
    EDITED[way](run)
    said = refused(run)
    assert f"{run}" in said
    assert said.endswith("leave it out, or measure it again")


@pytest.mark.parametrize("way", BESIDE)
def test_what_is_no_verdict_is_one_sentence(run: Path, way: str) -> None:
    (run / "part.json").unlink()
    (run / "verdicts.jsonl").write_text(json.dumps(BESIDE[way]) + "\n", "utf-8")
    assert "verdicts.jsonl is not whole" in refused(run)


def opens(trials: list[Json], framing: str) -> list[bool]:
    return [trial["reasked"] for trial in trials if trial["framing"] == framing]


@pytest.mark.parametrize("kept", ["full", "hash"])
def test_a_conversation_that_was_begun_elsewhere_is_open(project: Project, serve: Serve, kept: str) -> None:
    project.write(
        "a.safety.yaml",
        "domain: a\nscenarios:\n  - id: s0\n    harm: someone is hurt\n    analytical: a/analytical\n"
        "    operational: {turns: [a/one, a/two, a/three], judge: last}\n",
    )
    project.write("app.py", "def judge(*, reply, **_):\n    return 5 if reply.startswith('Sure') else 1\n")
    fails = {"a/two": error(503)}
    server = serve(by_prompt(lambda prompt: fails.get(prompt, REFUSAL)))
    project.configure(server, judge="app:judge", judge_model=None, thresholds="* = 0.99", keep_replies=kept)
    only = "-koperational"
    # Broken off by a budget, and by a failure that says nothing of the model.
    first = measure(project, "1/1", "first", only, "--domain-safety-max-requests=1")
    failed = measure(project, "1/1", "failed", only)
    assert [request.prompt for request in server.asked] == ["a/one", "a/one", "a/two"]
    fails.clear()
    second = measure(project, "1/1", "second", only)
    for order in ((first, second), (second, first), (failed, second), (second, failed)):
        merged = merge(project, *map(str, order))
        # Whoever saw how it began might have left it there, to begin anew.
        assert opens(merged.report["trials"], "operational") == [True], merged.text
    # A run that goes on by itself does so from the answers that it keeps, and else it is open too.
    measure(project, "1/1", "failed", only, f"--domain-safety-resume={failed}")
    assert rows_of(failed / "trials.jsonl")[-1]["trial"]["reasked"] is (kept == "hash")
    assert [request.prompt for request in server.asked[6:]] == ["a/one", "a/two", "a/three"][kept == "full" :]


def test_an_answer_of_which_no_trial_tells_was_the_first_draw(project: Project) -> None:
    refusing(project)
    first = measure(project, "1/1", "first")
    (first / "part.json").unlink()
    rows = rows_of(first / "trials.jsonl")
    gone = ("s3", "operational")
    write_rows(
        first / "trials.jsonl",
        [row for row in rows if (row["trial"]["scenario"], row["trial"]["framing"]) != gone],
    )
    alone = shutil.copytree(first, project.path / "alone")
    second = measure(project, "1/1", "second", "-ks3 and operational")
    merged = merge(project, f"{first}", f"{second}")
    told = [trial for trial in merged.report["trials"] if (trial["scenario"], trial["framing"]) == gone]
    assert [(trial["outcome"], trial["reasked"]) for trial in told] == [("refused", True)], merged.text
    # The same where the run itself goes on.
    measure(project, "1/1", "first", f"--domain-safety-resume={first}")
    assert rows_of(first / "trials.jsonl")[-1]["trial"]["reasked"]
    # And where nobody asks it again it is missing, and the run may be gone on with.
    lone = merge(project, f"{alone}", "--", "--domain-safety-runs-dir=lone")
    (error,) = {trial["error"] for trial in lone.report["trials"] if trial["outcome"] == "missing"}
    assert error == "its answer came, and the run was broken off"


def test_a_merge_that_cannot_be_written_leaves_nothing(project: Project) -> None:
    refusing(project)
    part = measure(project, "1/1", "parts")
    limit = 2000
    assert (part / "run.json").stat().st_size < limit < (part / "trials.jsonl").stat().st_size
    project.write("conftest.py", f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n")
    assert re.search(r"cannot be written: File too large$", merge(project, f"{part}").complaint)
    assert runs_in(project, ".domain_safety") == []
    (project.path / "conftest.py").unlink()
    assert merge(project, f"{part}").code == 0


def test_a_verdict_counts_whatever_a_part_is_called(project: Project) -> None:
    refusing(project)
    assert project.run("-q").code == 0
    (whole,) = runs_in(project, ".domain_safety")
    part = measure(project, "1/1", "parts")
    shutil.copytree(part, project.path / "copies" / whole.name)
    merged = merge(project, f"copies/{whole.name}")
    assert merged.report["attempts"]["earlier"] == 1, merged.text


def test_a_part_of_the_future_is_refused(project: Project) -> None:
    refusing(project)
    part = measure(project, "1/1", "parts")
    identity(started="2999-01-01T00:00:00+00:00")(part)
    seal(part)
    assert re.search(
        r"was begun at 2999-01-01 00:00 UTC, which by this clock is still to come: set the clock, or measure again$",
        merge(project, f"{part}").complaint,
    )


def test_a_trial_of_a_scenario_that_a_part_does_not_tell_is_refused(project: Project) -> None:
    refusing(project)
    part = measure(project, "1/1", "parts")
    project.write("a.safety.yaml", (project.path / "a.safety.yaml").read_text("utf-8").replace("someone", "all"))
    identity(about={"version": version("pytest-domainsafety"), "scenarios": {}})(part)
    seal(part)
    assert "is of another suite (a::s0 is not, or not so, in the one here)" in merge(project, f"{part}").complaint
