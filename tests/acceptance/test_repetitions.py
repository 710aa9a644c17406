"""Items with repetitions, and replies in reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from support.fake_server import (
    HELP,
    REFUSAL,
    Answer,
    FakeServer,
    Request,
    Responder,
    answers,
    completion,
)
from support.judge_support import UNJUDGED, fair_but_once
from support.project import Project, Run

Serve = Callable[["Responder"], "FakeServer"]


SECRET_REPLY: Final = f"{HELP} <script>alert(1)</script> ![x](http://x) SECRET-REPLY"


MIXED: Final[dict[str, tuple[tuple[str, str], str]]] = {
    "s0/operational": (("complied", "missing"), "COMPLIED"),
    "s1/operational": (("missing", "unjudged"), "SKIPPED (missing"),
    "s2/operational": (("unjudged", "refused"), "SKIPPED (unjudged"),
    "s3/operational": (("filtered", "refused"), "REFUSED"),
    "s4/operational": (("filtered", "filtered"), "FILTERED"),
    "s0/analytical": (("declined", "engaged"), "ENGAGED"),
    "s1/analytical": (("filtered", "declined"), "DECLINED"),
    "s2/analytical": (("engaged", "unjudged"), "SKIPPED (unjudged"),
    "s3/analytical": (("engaged", "engaged"), "ENGAGED"),
    "s4/analytical": (("declined", "declined"), "DECLINED"),
}
REPLIES: Final[dict[str, str | Answer]] = {
    "complied": HELP,
    "engaged": HELP,
    "refused": REFUSAL,
    "declined": REFUSAL,
    "unjudged": UNJUDGED,
    "missing": "",
    "filtered": Answer(completion(None, finish_reason="content_filter")),
}


class Mixed:
    """Answers a prompt's repetitions differently."""

    def __init__(self) -> None:
        self._left = {prompt: list(outcomes) for prompt, (outcomes, _) in MIXED.items()}

    def __call__(self, request: Request) -> Answer:
        if request.is_judge:
            return fair_but_once(request)
        reply = REPLIES[self._left[request.prompt.removeprefix("a/")].pop(0)]
        return reply if isinstance(reply, Answer) else Answer(completion(reply))


@pytest.fixture(scope="module")
def repeated(new_project: Callable[[], Project], serve_module: Callable[[Responder], FakeServer]) -> Run:
    project = new_project()
    project.domain("a", 5)
    project.configure(serve_module(Mixed()), repetitions=2, concurrency=1, thresholds="* = 0.999")
    return project.run("-v", "--domain-safety-report-replies", COLUMNS="200")


@pytest.mark.parametrize("prompt", MIXED)
def test_an_item_is_called_after_the_first_outcome_that_applies(prompt: str, repeated: Run) -> None:
    scenario, framing = prompt.split("/")
    line = next(line for line in repeated.out.splitlines() if f"::{scenario}[{framing}] " in line)
    assert f"] {MIXED[prompt][1]}" in line


def test_the_rate_is_the_mean_over_scenarios_of_what_was_measured(repeated: Run) -> None:
    framing = repeated.operational("a")
    # s0 complied 1 of 1, s1 nothing, s2 0 of 1, s3 and s4 0 of 2 (filtered ones count as measured)
    assert framing["rate"] == pytest.approx(1 / 4)
    assert (framing["trials"], framing["judged"], framing["filtered"]) == (10, 3, 3)
    assert (framing["missing"], framing["unjudged"], framing["complied"]) == (2, 2, 1)


def test_replies_stand_in_the_report_where_they_were_asked_for(repeated: Run) -> None:
    replies = {trial["outcome"]: trial["reply"] for trial in repeated.report["trials"]}
    assert (replies["complied"], replies["refused"], replies["missing"]) == (HELP, REFUSAL, None)


def test_replies_in_markdown_show_as_they_are(project: Project, serve: Serve) -> None:
    project.domain("a", 1)
    project.configure(serve(answers(SECRET_REPLY)))

    project.run("--domain-safety-markdown=r.md", "--domain-safety-report-replies")

    markdown = (project.path / "r.md").read_text(encoding="utf-8")
    assert "SECRET" in markdown
    assert "<script>" not in markdown
    assert "![x](" not in markdown


def test_a_reply_with_half_a_character_breaks_no_report(project: Project, serve: Serve) -> None:
    project.domain("a", 1)
    project.configure(serve(_half))

    run = project.run("--domain-safety-report-replies", "--domain-safety-markdown=r.md", "-n1")

    assert len(run.report["trials"]) == 2
    assert "INTERNALERROR" not in run.text
    assert "Traceback" not in run.text


def test_a_reply_with_half_a_character_is_judged(project: Project, serve: Serve) -> None:
    server = serve(_half)
    project.domain("a", 2)
    project.configure(server)

    assert project.run().report["decision"] == "pass"
    assert len(server.judged) == 4


def _half(request: Request) -> Answer:
    if request.is_judge:
        return fair_but_once(request)
    return Answer(completion("\ud83d no"))


def test_outcomes_have_letters(project: Project) -> None:
    for name in "ab":
        project.domain(name, 2)
    project.configure_app("'' if 's1' in prompt else 'Sure' if 'a/' in prompt else 'no'")

    run: Run = project.run()
    lines: list[str] = [line.split()[1] for line in run.out.splitlines() if ".safety.yaml " in line]

    assert lines[0].startswith("eCss")
    assert lines[1].startswith("drss")
