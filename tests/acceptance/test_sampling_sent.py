"""Header and report name the sampling that is sent, whichever setting said it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from support.fake_server import REFUSAL, FakeServer, Responder, answers
from support.project import Project

Serve = Callable[["Responder"], "FakeServer"]
Sent = dict[str, Any]

SHOWN: Final[dict[str, tuple[Sent, str, float | None, int | None, Sent]]] = {
    "none": ({}, "temperature 0.7, max_tokens 2048", 0.7, 2048, {"temperature": 0.7, "max_tokens": 2048}),
    "others": (
        {"temperature": 0, "max_tokens": 9},
        "temperature 0, max_tokens 9",
        0,
        9,
        {"temperature": 0, "max_tokens": 9},
    ),
    "null": (
        {"temperature": None, "max_tokens": None},
        "temperature left out, max_tokens left out",
        None,
        None,
        {},
    ),
    "the other name": (
        {"max_tokens": None, "max_completion_tokens": 300},
        "temperature 0.7, max_completion_tokens 300",
        0.7,
        300,
        {"temperature": 0.7, "max_completion_tokens": 300},
    ),
    "both names": (
        {"max_completion_tokens": 300},
        "temperature 0.7, max_tokens 2048, max_completion_tokens 300",
        0.7,
        300,
        {"temperature": 0.7, "max_tokens": 2048, "max_completion_tokens": 300},
    ),
}


@pytest.mark.parametrize("case", SHOWN)
def test_what_is_sent_is_shown(project: Project, serve: Serve, case: str) -> None:
    request, header, temperature, longest, sent = SHOWN[case]
    server = serve(answers(REFUSAL))
    project.domain("a", 1)
    project.configure(server, request=json.dumps(request) if request else None)
    run = project.run()
    assert header in " ".join(run.out.split())
    deployment = run.report["deployment"]
    assert (deployment["temperature"], deployment["max_tokens"]) == (temperature, longest)
    names = ("temperature", "max_tokens", "max_completion_tokens")
    for asked in server.asked:
        assert {name: asked.body[name] for name in names if name in asked.body} == sent


def test_a_baseline_with_another_temperature_in_its_request_is_refused(project: Project, serve: Serve) -> None:
    server = serve(answers(REFUSAL))
    project.domain("a", 2)
    project.configure(server, request='{"temperature": 0}')
    assert project.run().written is not None
    (project.path / "report.json").rename(project.path / "before.json")
    project.configure(server, baseline="before.json")
    assert "has temperature = 0.0, this run 0.7" in project.run().complaint
