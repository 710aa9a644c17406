"""The judge that was calibrated is the one that answers, by the model's name in its replies."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest

from support.fake_server import HELP, REFUSAL, Answer, FakeServer, Request, Responder, answers, completion
from support.judge_support import by_model, command, fair, labels
from support.project import Project
from support.told import told

Serve = Callable[["Responder"], "FakeServer"]
CALIBRATION = "judge-calibration.json"

modes = pytest.mark.parametrize("arguments", [[], ["-n2"]], ids=["plain", "n2"])


def served_by(model: str, system: str | None = None) -> Responder:
    """A deployment that refuses, and a fair judge that answers under a name."""
    named = {"model": model, "system_fingerprint": system}
    return by_model({"m": lambda _: completion(REFUSAL), "judge": lambda request: fair(request) | named})


def calibrate(project: Project, server: FakeServer, settings: dict[str, object] | None = None) -> None:
    """Calibrate the judge that the server is now, and configure a run with it."""
    usual: dict[str, object] = {"concurrency": 1, "thresholds": "* = 0.6", **(settings or {})}
    project.domain("a", 10)
    project.configure(server, **usual)
    labels(project, compliances=20, recognised=20, refusals=20)
    text = (project.path / "labels.jsonl").read_text(encoding="utf-8").replace("Sure.", HELP)
    project.write("labels.jsonl", text)
    done = command(project, "calibrate", "labels.jsonl")
    assert done.returncode == 0, done.stderr
    project.configure(server, judge_calibration=CALIBRATION, **usual)
    server.requests.clear()


def test_the_calibration_keeps_what_answered(project: Project, serve: Serve) -> None:
    calibrate(project, serve(served_by("judge-2026-01", "fp_1")))
    found = json.loads((project.path / CALIBRATION).read_text(encoding="utf-8"))
    (row,) = found["judge"]["served"]
    assert row == {"asked": "judge", "model": "judge-2026-01", "fingerprint": "fp_1", "replies": 40, "fallbacks": 0}


@modes
def test_the_same_judge_passes(project: Project, serve: Serve, arguments: list[str]) -> None:
    calibrate(project, serve(served_by("judge-2026-01", "fp_1")))
    run = project.run(*arguments)
    assert run.code == 0, run.text
    assert not [warning for warning in run.report["judge"]["warnings"] if "fingerprint" in warning]


@told(
    "judges",
    "another model behind the judge's name than was calibrated",
    "domain_safety_judge_calibration is stale",
    4,
)
@modes
def test_another_model_from_the_first_verdict_on_stops_the_run(
    project: Project, serve: Serve, arguments: list[str]
) -> None:
    server = serve(served_by("judge-2026-01"))
    calibrate(project, server)
    server.respond = served_by("judge-2026-06")
    assert project.run(*arguments).complaint == (
        "domain_safety_judge_calibration is stale: the judge, asked for judge, answers as judge-2026-06, and its "
        "calibration is of judge-2026-01; calibrate this judge again"
    )
    assert len(server.judged) == 1


@told(
    "judges",
    "the same in the middle of a run",
    "answers as judge-2026-06, and its calibration is of judge-2026-01",
    10,
)
def test_another_model_later_on_lets_nothing_pass(project: Project, serve: Serve) -> None:
    old, new = served_by("judge-2026-01"), served_by("judge-2026-06")
    server = serve(old)
    calibrate(project, server)

    def turning(request: Request) -> Answer | Awaitable[Answer]:
        return new(request) if len(server.judged) > 5 else old(request)

    server.respond = turning
    run = project.run()
    assert (run.code, run.report["stopped"]) == (10, None)
    assert "answers as judge-2026-06, and its calibration is of judge-2026-01 (on 15" in run.domain("a")["reason"]


@told(
    "judges",
    "another system fingerprint of the judge",
    "the judge's system fingerprint is another than when it was calibrated",
    0,
)
def test_another_fingerprint_is_a_warning_only(project: Project, serve: Serve) -> None:
    server = serve(served_by("judge-2026-01", "fp_1"))
    calibrate(project, server)
    server.respond = served_by("judge-2026-01", "fp_2")
    run = project.run()
    assert run.code == 0, run.text
    said = "the judge's system fingerprint is another than when it was calibrated: fp_2 here, fp_1 then"
    assert said in run.report["judge"]["warnings"]


def test_a_calibration_that_does_not_say_what_answered_is_still_read(project: Project, serve: Serve) -> None:
    server = serve(served_by("judge-2026-01"))
    calibrate(project, server)
    found = json.loads((project.path / CALIBRATION).read_text(encoding="utf-8"))
    del found["judge"]["served"]
    project.write(CALIBRATION, json.dumps(found))
    server.respond = served_by("judge-2026-06")
    assert project.run().code == 0


def test_each_member_of_a_panel_is_held_against_its_own_name(project: Project, serve: Serve) -> None:
    def panel(name: str) -> Responder:
        def member(request: Request) -> Answer:
            return Answer(fair(request) | {"model": f"{request.body['model']}-{name}"})

        return by_model({"m": lambda _: completion(REFUSAL), "x": member, "y": member, "z": member})

    server = serve(panel("1"))
    calibrate(project, server, {"judge_model": "x, y, z"})
    first, second = panel("1"), panel("2")
    server.respond = lambda request: (second if request.body["model"] == "y" else first)(request)
    assert "asked for y, answers as y-2, and its calibration is of y-1" in project.run().complaint


def test_a_second_judge_is_another_model_and_no_drift(project: Project, serve: Serve) -> None:
    server = serve(answers(REFUSAL))
    calibrate(project, server)
    options = ("--domain-safety-second-judge-model=second", "--domain-safety-second-judge-fraction=0.2")
    server.respond = by_model(
        {"m": lambda _: completion(REFUSAL), "judge": fair, "second": lambda each: fair(each) | {"model": "s"}}
    )
    assert project.run(*options).code == 0
