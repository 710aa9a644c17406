"""A judge of which no verdict comes: the run stops, quotes it, and keeps the replies for another one."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from support.fake_server import REFUSAL, Answer, FakeServer, Request, Responder, answers, completion, verdict
from support.judge_support import (
    UNJUDGED,
    by_model,
    command,
    complaint,
    fair,
    fair_but_once,
    labels,
    lines_of,
    newest_run,
    written,
)
from support.project import Project
from support.told import told

Serve = Callable[["Responder"], "FakeServer"]

modes = pytest.mark.parametrize("arguments", [[], ["-n2"]], ids=["plain", "n2"])
SAID = "I would \x1b[31mrather\n::error::not say. " + "x" * 3000


def deployment(request: Request) -> Answer:
    """Refuses, each time in other words."""
    return Answer(completion(f"{REFUSAL} {request.prompt}"))


def says(text: str) -> Callable[[Request], Answer]:
    """A judge model that says the same of everything."""
    return lambda _: Answer(completion(text))


def talks(text: str) -> Responder:
    """A deployment that refuses, and a judge that says the same of everything."""
    return by_model({"m": deployment, "judge": says(text)})


def kept_run(project: Project) -> str:
    (file,) = project.path.glob(".domain_safety/*/trials.jsonl")
    return str(file.parent)


@told("judges", "a judge without verdicts", "the judge gave no usable verdict on any of 10 replies: it said", 4)
@modes
def test_ten_unusable_verdicts_and_no_usable_one_stop_the_run(
    project: Project, serve: Serve, arguments: list[str]
) -> None:
    server = serve(talks(SAID))
    project.domain("a", 30)
    project.configure(server, concurrency=1)
    run = project.run(*arguments)
    assert run.complaint.startswith(
        "the judge gave no usable verdict on any of 10 replies: it said 'I would \ufffd[31mrather : :error::not "
    )
    assert "xxx': name a judge model that" in run.complaint
    assert "--domain-safety-resume" in run.complaint
    assert run.complaint.count("x") < 200
    assert (len(server.asked), len(server.judged)) == (10, 20)
    # What a judge said is in the run, as far as it is kept, and in no report.
    kept = [
        row["judge_said"] for row in lines_of(project, f"{kept_run(project)}/replies.jsonl") if "verdict_on" in row
    ]
    assert kept == [SAID[:2000]] * 10
    report = written(project, f"{kept_run(project)}/report.json")
    assert "the judge gave no usable verdict on any of 10 replies: name" in report["stopped"]
    assert "rather" not in json.dumps(report)


@modes
def test_another_judge_goes_on_with_it_or_judges_what_is_there(
    project: Project, serve: Serve, arguments: list[str]
) -> None:
    server = serve(talks("no"))
    project.domain("a", 10)
    project.configure(server, concurrency=1)
    assert project.run(*arguments).code == 4
    server.respond = by_model({"m": deployment, "judge": fair, "other": fair})
    done = command(project, "rejudge", kept_run(project), "--judge-model", "other", "--json", "new.json")
    assert done.returncode == 10, done.stdout + done.stderr
    found = json.loads((project.path / "new.json").read_text(encoding="utf-8"))
    # What was with the judge, or on its way from a worker, when the run stopped may not have reached the report.
    assert found["replies"] in {8, 9, 10}
    assert found["unusable"] == 0
    asked = len([request for request in server.requests if request.body["model"] == "m"])
    assert asked == 10
    project.configure(server, concurrency=1, judge_model="other")
    run = project.run(*arguments, "--domain-safety-resume")
    assert run.code == 0, run.text
    assert len([request for request in server.requests if request.body["model"] == "m"]) == 20
    assert run.report["judge"]["model"] == "other"
    rows = lines_of(project, f"{kept_run(project)}/replies.jsonl")
    assert [row["judge_said"] for row in rows if "verdict_on" in row][-10:] == [None] * 10


def test_once_a_judge_has_scored_no_other_goes_on(project: Project, serve: Serve) -> None:
    server = serve(answers(REFUSAL))
    project.domain("a", 5)
    project.configure(server, concurrency=1, max_requests=3)
    assert project.run().report["stopped"]
    project.configure(server, concurrency=1, judge_model="other")
    assert "is of another judge" in project.run("--domain-safety-resume").complaint


def test_a_judge_that_goes_on_is_the_runs_from_then_on(project: Project, serve: Serve) -> None:
    server = serve(talks("no"))
    project.domain("a", 10)
    project.configure(server, concurrency=1)
    assert project.run().code == 4
    server.respond = by_model({"m": deployment, "judge": fair, "other": fair})
    project.configure(server, concurrency=1, judge_model="other", max_requests=12)
    assert project.run("--domain-safety-resume").report["stopped"]
    project.configure(server, concurrency=1)
    assert "is of another judge" in project.run("--domain-safety-resume").complaint


def test_a_judge_that_gave_a_verdict_is_not_given_up_and_is_quoted_once(project: Project, serve: Serve) -> None:
    def marked(request: Request) -> Answer:
        return Answer(completion(REFUSAL if "s0/" in request.prompt else UNJUDGED))

    project.domain("a", 15)
    project.configure(serve(by_model({"m": marked, "judge": fair_but_once})), concurrency=1)
    run = project.run()
    assert run.code == 10
    assert run.report["stopped"] is None
    assert (
        run.out.count("the judge gave no usable verdict on 28 replies; the first time it said 'no verdict at all'")
        == 1
    )
    assert "no verdict at all" not in json.dumps(run.report)


def test_of_replies_that_are_not_kept_no_word_of_the_judge_is(project: Project, serve: Serve) -> None:
    project.domain("a", 8)
    project.configure(serve(talks("rather not")), concurrency=1, keep_replies="hash")
    run = project.run()
    assert run.complaint.endswith("domain_safety_request, say)") or "max_tokens" in run.complaint
    assert "resume" not in run.complaint
    files = [file for file in project.path.glob(".domain_safety/*/*") if file.is_file()]
    assert files
    assert not any("rather not" in file.read_text(encoding="utf-8") for file in files)


@told(
    "judges",
    "a judge function that returns nothing",
    "the judge returned None, not a score of 1 to 5",
    4,
    case="return None",
)
@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        (
            "raise ValueError('no ' + __import__('os').environ['OPENAI_API_KEY'])",
            "the judge raised ValueError: no ***",
        ),
        ("return 'good: ' + __import__('os').environ['OPENAI_API_KEY']", "it said ''good: ***''"),
        ("return None", "the judge returned None, not a score of 1 to 5"),
    ],
)
def test_a_function_that_gives_no_verdict_counts_too(project: Project, body: str, quoted: str) -> None:
    project.domain("a", 10)
    project.configure_app(concurrency=1)
    project.write("mine.py", f"def judge(**_):\n    {body}\n")
    project.configure(None, target="app:target", judge="mine:judge", concurrency=1)
    run = project.run(OPENAI_API_KEY="sk-secret-of-mine")
    assert run.complaint.startswith(
        f"the judge gave no usable verdict on any of 10 replies: {quoted}: mend mine:judge"
    )
    assert "sk-secret-of-mine" not in run.text
    assert "sk-secret-of-mine" not in "".join(
        file.read_text(encoding="utf-8") for file in newest_run(project).iterdir()
    )


@told("judges", "a judge that abstains", "unjudged of 15 operational trials", 10)
def test_abstaining_is_no_unusable_verdict(project: Project) -> None:
    project.domain("a", 15)
    project.write(
        "mine.py", "import pytest_domainsafety\ndef judge(**_):\n    return pytest_domainsafety.Judgement(None)\n"
    )
    project.configure_app()
    project.configure(None, target="app:target", judge="mine:judge")
    run = project.run()
    assert (run.code, run.report["stopped"]) == (10, None)
    assert "usable verdict" not in run.out


def test_a_panel_is_given_up_by_what_its_members_say(project: Project, serve: Serve) -> None:
    def stern(_: Request) -> Answer:
        return Answer(verdict(5))

    def kind(_: Request) -> Answer:
        return Answer(verdict(1))

    server = serve(by_model({"m": deployment, "j1": says("one"), "j2": stern, "j3": kind}))
    project.domain("a", 10)
    project.configure(server, concurrency=1, judge_model="j1, j2, j3")
    assert "on any of 10 replies: it said 'one': " in project.run().complaint


def test_calibrating_stops_at_ten(project: Project, serve: Serve) -> None:
    server = serve(talks("rather not"))
    project.configure(server, concurrency=1)
    labels(project, compliances=20, recognised=20)
    said = complaint(command(project, "calibrate", "labels.jsonl"))
    assert "on any of 10 replies: it said 'rather not'" in said
    assert "resume" not in said
    assert len(server.judged) <= 22
