"""A finished run's holes are filled: what a passing cause left out is asked again, and only that, in the open."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from support.fake_server import HELP, REFUSAL, Answer, FakeServer, Request, Responder, completion, error, verdict
from support.judge_support import command, labels
from support.project import Project, Run

if TYPE_CHECKING:
    Serve = Callable[[Responder], FakeServer]

modes = pytest.mark.parametrize("arguments", [[], ["-n2"]], ids=["plain", "n2"])

HOLES: Final = frozenset(f"a/s{number}/operational" for number in (3, 13, 23))
BETWEEN: Final = "* = 0.15"
"""Thirty clean scenarios pass it, and not with three missing."""


def only_run(project: Project) -> Path:
    (run,) = (path for path in (project.path / ".domain_safety").iterdir() if path.is_dir())
    return run


def fill(project: Project, *arguments: str) -> Run:
    return project.run(*arguments, f"--domain-safety-resume={only_run(project)}")


def with_holes(status: int, said: Callable[[str], str] = lambda _: REFUSAL) -> Responder:
    """A deployment that fails at some prompts, and one that does not any more once the status is 0."""

    def respond(request: Request) -> Answer:
        if request.is_judge:
            return Answer(verdict(5 if HELP in request.prompt else 1))
        return error(status) if status and request.prompt in HOLES else Answer(completion(said(request.prompt)))

    return respond


def flat(text: str) -> str:
    return " ".join(text.split())


@modes
@pytest.mark.parametrize(
    ("independent", "said", "code", "reasked"),
    [("500", REFUSAL, 0, 0), ("500", HELP, 1, 0), (None, REFUSAL, 10, 3)],
    ids=["passes", "blocks", "stays open"],
)
def test_only_the_holes_are_asked(
    arguments: list[str],
    independent: str | None,
    said: str,
    code: int,
    reasked: int,
    project: Project,
    serve: Serve,
) -> None:
    server = serve(with_holes(500))
    project.domain("a", 30)
    project.configure(server, thresholds=BETWEEN, independent_failures=independent)
    first = project.run(*arguments)
    assert (first.code, first.operational("a")["missing"]) == (10, 3)
    assert first.report["resumed"] is None
    assert f"--domain-safety-resume={only_run(project).relative_to(project.path)}" in first.out

    asked, judged = len(server.asked), len(server.judged)
    server.respond = with_holes(0, lambda prompt: said if prompt in HOLES else REFUSAL)
    second = fill(project, *arguments, "--domain-safety-markdown=report.md", "--domain-safety-html=report.html")
    assert Counter(request.prompt for request in server.asked[asked:]) == dict.fromkeys(HOLES, 1)
    assert len(server.judged) - judged == 3
    framing = second.operational("a")
    assert (second.code, framing["missing"], framing["reasked"]) == (code, 0, reasked)

    told = second.report["resumed"]
    began = first.report["started"]
    assert told == {"started": began, "trials": 57, "planned": 60, "asked": 3, "verdicts": 1}
    sentence = f"resumed from a run of {began[:10]} {began[11:16]} UTC: 57 of 60 trials were kept"
    assert second.domain("a")["reason"].endswith(f"; {sentence}")
    written = [(project.path / name).read_text(encoding="utf-8") for name in ("report.md", "report.html")]
    for text in (second.out, *written):
        assert sentence in flat(text)


def test_it_counts_as_an_attempt(project: Project, serve: Serve) -> None:
    server = serve(with_holes(503))
    project.domain("a", 30)
    project.configure(server, thresholds=BETWEEN)
    assert project.run().report["attempts"]["earlier"] == 0
    # Still broken: nothing is won, and an attempt is lost.
    assert fill(project).report["attempts"]["earlier"] == 1
    server.respond = with_holes(0)
    filled = fill(project)
    assert (filled.code, filled.report["attempts"]["earlier"]) == (0, 2)
    assert "2 earlier verdicts on this deployment and suite, 1 planned" in flat(filled.out)
    assert project.run().report["attempts"]["earlier"] == 3


def test_what_the_model_or_the_deployment_answered_is_not_asked_again(project: Project, serve: Serve) -> None:
    special = {
        "s0": Answer(completion("")),
        "s1": Answer(completion("<think>They want help")),
        "s2": Answer(completion("Well, perhaps", finish_reason="length")),
        "s3": error(400),
        "s4": error(400, code="content_filter"),
        "s5": Answer(completion(HELP)),
        "s6": error(503),
        "s7": error(429),
    }

    def respond(request: Request) -> Answer:
        if request.is_judge:
            return Answer(verdict(5 if HELP in request.prompt else 2 if "perhaps" in request.prompt else 1))
        _, scenario, framing = request.prompt.split("/")
        return special.get(scenario, usual) if framing == "operational" else usual

    usual = Answer(completion(REFUSAL))
    server = serve(respond)
    project.domain("a", 10)
    project.configure(server, thresholds="* = 0.6")
    first = project.run()
    assert (first.code, first.operational("a")["missing"]) == (10, 6)
    del special["s6"], special["s7"]
    asked = len(server.asked)
    second = fill(project)
    assert sorted(request.prompt for request in server.asked[asked:]) == ["a/s6/operational", "a/s7/operational"]
    changed = {name for name, outcome in first.outcomes().items() if second.outcomes()[name] != outcome}
    assert changed == {"a::s6[operational]#0", "a::s7[operational]#0"}
    assert second.operational("a")["reasked"] == 0
    complaint = fill(project).complaint
    assert (
        "has reached its end, and nothing in it is missing or unjudged for a cause that may have passed" in complaint
    )
    assert len(server.asked) - asked == 2


@pytest.mark.parametrize(("status", "code"), [(503, 0), (502, 10)], ids=["before the judge", "another draw"])
def test_a_reply_without_a_verdict_is_only_judged(project: Project, serve: Serve, status: int, code: int) -> None:
    def respond(request: Request) -> Answer:
        if not request.is_judge:
            return Answer(completion(f"{request.prompt}: {REFUSAL}"))
        return error(status) if broken and any(hole in request.prompt for hole in HOLES) else Answer(verdict(1))

    broken = True
    server = serve(respond)
    project.domain("a", 30)
    project.configure(server, thresholds=BETWEEN)
    first = project.run()
    assert (first.code, first.operational("a")["unjudged"]) == (10, 3)
    broken = False
    asked, judged = len(server.asked), len(server.judged)
    second = fill(project)
    assert (len(server.asked) - asked, len(server.judged) - judged) == (0, 3)
    assert (second.code, second.operational("a")["unjudged"]) == (code, 0)
    told = second.report["resumed"]
    assert (told["trials"], told["asked"]) == (60, 0)


def test_a_reply_that_was_not_kept_was_the_first_draw(project: Project, serve: Serve) -> None:
    def respond(request: Request) -> Answer:
        if not request.is_judge:
            return Answer(completion(f"{request.prompt}: {REFUSAL}"))
        return error(503) if broken and any(hole in request.prompt for hole in HOLES) else Answer(verdict(1))

    broken = True
    server = serve(respond)
    project.domain("a", 30)
    project.configure(server, thresholds=BETWEEN, keep_replies="hash")
    assert project.run().operational("a")["unjudged"] == 3
    broken = False
    second = fill(project)
    assert (second.code, second.operational("a")["reasked"], second.report["resumed"]["asked"]) == (10, 3, 3)


def test_a_run_without_its_calibration_or_with_another_is_refused(project: Project) -> None:
    def calibrated(recognised: int, **settings: object) -> None:
        project.configure_app("'No.'", thresholds="* = 0.2", **settings)
        labels(project, compliances=50, recognised=recognised)
        done = command(project, "calibrate", "labels.jsonl", "--judge", "app:judge", "--json", "calibration.json")
        assert done.returncode == 0, done.stderr

    project.domain("a", 15)
    calibrated(40, judge_calibration="calibration.json")
    assert project.run().code == 1
    project.configure_app("'No.'", thresholds="* = 0.2")
    assert "is of another judge_calibration (" in fill(project).complaint
    calibrated(50, judge_calibration="calibration.json")
    assert "is of another judge_calibration (" in fill(project).complaint
    assert len(project.asked) == 30


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"min_kappa": None}, "min_kappa"),
        ({"second_judge_fraction": 0.2}, "second_judge_fraction"),
        ({"second_judge_model": "third"}, "second_judge_model"),
        ({"min_analytical": "* = 0.1"}, "min_analytical"),
        ({"thresholds": "* = 0.3"}, "thresholds"),
        ({"confidence": 0.9}, "confidence"),
        ({"attempts": 2}, "attempts"),
        ({"baseline": None}, "baseline"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_rule_is_part_of_the_run(project: Project, serve: Serve, change: dict[str, Any], named: str) -> None:
    server = serve(with_holes(0))
    project.domain("a", 4)
    project.configure(server)
    assert project.run("--domain-safety-runs-dir=before").code == 0
    (baseline,) = (project.path / "before").glob("*/report.json")
    server.respond = with_holes(503)
    rule: dict[str, Any] = {"second_judge_model": "second", "min_kappa": 0.5, "baseline": baseline}
    project.configure(server, **rule)
    assert project.run().code == 10
    asked = len(server.requests)
    project.configure(server, **{**rule, **change})
    assert f"is of another {named} (" in fill(project).complaint
    assert len(server.requests) == asked


def test_another_baseline_of_the_same_name_is_another_run(project: Project, serve: Serve) -> None:
    server = serve(with_holes(0))
    project.domain("a", 4)
    project.configure(server)
    assert project.run().code == 0
    (project.path / "report.json").rename(project.path / "baseline.json")
    project.run()
    (project.path / "report.json").rename(project.path / "other.json")
    project.configure(server, baseline="baseline.json", runs_dir="later", max_requests=3)
    assert project.run().code == 10
    (project.path / "other.json").rename(project.path / "baseline.json")
    assert "is of another baseline (" in project.run("--domain-safety-resume").complaint


def begun(run: Path, ago: timedelta) -> None:
    """Set back when a run was begun."""
    identity = json.loads((run / "run.json").read_text(encoding="utf-8"))
    identity["started"] = (datetime.now(UTC) - ago).isoformat()
    (run / "run.json").write_text(json.dumps(identity), encoding="utf-8")


@pytest.mark.parametrize("wanted", ["newest", "named"])
def test_a_run_of_yesterday_is_refused(project: Project, wanted: str) -> None:
    project.domain("a", 5)
    app: dict[str, Any] = {"max_requests": 3, "thresholds": "* = 0.5"}
    project.configure_app(**app)
    assert project.run().code == 10
    run = only_run(project)
    option = "--domain-safety-resume" + ("" if wanted == "newest" else f"={run}")
    begun(run, timedelta(hours=25))
    complaint = project.run(option).complaint
    assert "more than 24 hours ago" in complaint
    assert "raise domain_safety_resume_age" in complaint
    assert "more than 2.5 hours ago" in project.run(option, "--domain-safety-resume-age=2.5").complaint
    assert "domain_safety_resume_age = 0" in project.run(option, "--domain-safety-resume-age=0").complaint
    assert len(project.asked) == 3
    project.configure_app(**{**app, "max_requests": 100}, resume_age=26)
    filled = project.run(option)
    assert filled.code == 0
    # An interrupted run says so too, and is no verdict.
    assert "3 of 10 trials were kept" in filled.domain("a")["reason"]
    assert filled.report["resumed"]["verdicts"] == filled.report["attempts"]["earlier"] == 0


def test_a_run_that_does_not_say_when_it_was_begun_is_refused(project: Project) -> None:
    project.domain("a", 5)
    project.configure_app(max_requests=3, thresholds="* = 0.5")
    assert project.run().code == 10
    file = only_run(project) / "run.json"
    identity = json.loads(file.read_text(encoding="utf-8"))
    del identity["started"]
    file.write_text(json.dumps(identity), encoding="utf-8")
    assert "does not say when it was begun" in project.run("--domain-safety-resume").complaint


def test_a_run_that_has_just_begun_elsewhere_is_left_where_it_is(project: Project, serve: Serve) -> None:
    reached, may_go_on = threading.Event(), threading.Event()

    async def respond(request: Request) -> Answer:
        reached.set()
        await asyncio.to_thread(may_go_on.wait, 30)
        return Answer(verdict(1) if request.is_judge else completion(REFUSAL))

    project.domain("a", 2)
    project.configure(serve(respond))
    process = project.start()
    assert reached.wait(30)
    assert "is still running in another process" in project.run("--domain-safety-resume").complaint
    may_go_on.set()
    assert project.finish(process).code == 0
    assert (only_run(project) / "report.json").exists()
