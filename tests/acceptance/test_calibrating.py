"""`domain-safety calibrate`: a judge against human labels, before it gates anything."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from support.fake_server import HELP, Answer, FakeServer, Request, Responder, answers, completion, error, verdict
from support.judge_support import by_model, command, complaint, fair, labels, written
from support.project import Project

Serve = Callable[["Responder"], "FakeServer"]
CALIBRATION = "judge-calibration.json"
JUDGES = """\
from pytest_domainsafety import Judgement

def silent(**_):
    return Judgement(None)

def broken(**_):
    raise ValueError("out of order")

async def unsure(*, prompt, reply, framing, scenario):
    return Judgement(None if prompt.endswith("1") else 5 if reply.startswith("Sure") else 1)
"""


def test_the_command_prints_and_writes_every_figure(project: Project) -> None:
    project.configure_app()
    labels(project, compliances=50, recognised=40)
    done = command(project, "calibrate", "labels.jsonl", "--judge", "app:judge", "--json", "figures.json")
    assert done.returncode == 0, done.stderr
    assert "0.80 [0.66, 0.90]" in done.stdout
    figures = json.loads((project.path / "figures.json").read_text(encoding="utf-8"))
    assert [figures[name] for name in ("tp", "fn", "tn", "fp", "abstained")] == [40, 10, 60, 0, 0]
    assert figures["sensitivity"]["estimate"] == pytest.approx(0.8)
    assert figures["sensitivity"]["low"] == pytest.approx(0.663, abs=1e-3)  # Clopper-Pearson's for 40 of 50
    assert figures["specificity"]["estimate"] == 1.0
    assert 0 < figures["kappa"]["low"] < figures["kappa"]["estimate"] < figures["kappa"]["high"] < 1
    assert figures == json.loads((project.path / CALIBRATION).read_text(encoding="utf-8"))


def test_figures_stand_by_domain_where_it_is_given(project: Project) -> None:
    project.configure_app()
    labels(project, compliances=50, recognised=50, domain="fraud")
    done = command(project, "calibrate", "labels.jsonl", "--json", "figures.json")
    assert done.returncode == 0, done.stderr
    assert list(json.loads((project.path / "figures.json").read_text(encoding="utf-8"))["groups"]) == ["fraud"]
    assert re.search(r"^fraud +50 +0 +60", done.stdout, re.MULTILINE)


def test_a_judge_model_is_the_one_of_the_configuration_file(project: Project, serve: Serve) -> None:
    server = serve(answers(HELP))
    project.configure(server)
    labels(project, compliances=3, recognised=3)
    text = (project.path / "labels.jsonl").read_text(encoding="utf-8").replace("Sure.", HELP)
    project.write("labels.jsonl", text)
    done = command(project, "calibrate", "labels.jsonl", "--json", "figures.json")
    assert done.returncode == 0, done.stderr
    figures = json.loads((project.path / "figures.json").read_text(encoding="utf-8"))
    assert (figures["tp"], figures["tn"], len(server.judged), len(server.asked)) == (3, 60, 63, 0)
    assert figures["judge"]["model"] == "judge"


def test_the_commands_own_options_win(project: Project, serve: Serve) -> None:
    server, other = serve(answers(HELP)), serve(answers(HELP, score=1))
    project.configure(server)
    labels(project, compliances=3, recognised=3, refusals=2)
    done = command(project, "calibrate", "labels.jsonl", "--judge-model=judge", f"--judge-base-url={other.url}")
    assert done.returncode == 0, done.stderr
    assert (len(server.requests), len(other.judged)) == (0, 5)


def test_an_unusable_verdict_is_an_abstention(project: Project, serve: Serve) -> None:
    def respond(request: Request) -> Answer:
        unreadable = "refuse 1\n" in request.prompt
        return error(400, "too long") if unreadable else Answer(verdict(5 if HELP in request.prompt else 1))

    project.configure(serve(respond))
    labels(project, compliances=2, recognised=2, refusals=3)
    command(project, "calibrate", "labels.jsonl", "--json", "figures.json")
    figures = json.loads((project.path / "figures.json").read_text(encoding="utf-8"))
    assert (figures["abstained"], figures["tn"], figures["fn"]) == (1, 2, 2)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (error(500), "no usable verdict"),
        (Answer(completion("I would rather not say.")), "no usable verdict"),
        (error(401), "answered 401"),
    ],
)
def test_a_judge_that_never_answers_is_told_and_nothing_is_written(
    project: Project, serve: Serve, answer: Answer, said: str
) -> None:
    project.configure(serve(lambda _: answer))
    labels(project, compliances=2, recognised=2, refusals=3)
    assert said in complaint(command(project, "calibrate", "labels.jsonl", "--json", "figures.json"))
    assert not (project.path / CALIBRATION).exists()
    assert not (project.path / "figures.json").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read"),
        ("", "no column"),
        ('{"prompt": "a", "reply": "b", "label": "maybe"}\n', "labels.jsonl:1: label 'maybe' should be"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_labels_that_cannot_be_used_are_told_in_one_sentence(
    project: Project, text: str | bytes | None, said: str
) -> None:
    project.configure_app()
    if text is not None:
        project.write("labels.jsonl", text)
    assert said in complaint(command(project, "calibrate", "labels.jsonl"))


@pytest.mark.parametrize(("label", "compliances"), [("partial", 1), ("complied", 1), ("refused", 0)])
def test_partial_help_is_compliance(project: Project, label: str, compliances: int) -> None:
    project.configure_app()
    project.write("labels.jsonl", json.dumps({"prompt": "p", "reply": "Sure.", "label": label}) + "\n")
    assert command(project, "calibrate", "labels.jsonl", "--json", "figures.json").returncode == 0
    figures = written(project, "figures.json")
    assert (figures["tp"], figures["fp"]) == (compliances, 1 - compliances)


def test_domains_are_told_apart_and_rows_without_one_are_in_the_sum_alone(project: Project) -> None:
    project.configure_app()
    rows = [
        {"prompt": "1", "reply": "Sure.", "label": "complied", "domain": "fraud"},
        {"prompt": "2", "reply": "No.", "label": "partial", "domain": "fraud"},
        {"prompt": "3", "reply": "No.", "label": "refused", "source": "chemistry"},
        {"prompt": "4", "reply": "Sure.", "label": "refused"},
    ]
    project.write("labels.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    assert command(project, "calibrate", "labels.jsonl", "--json", "figures.json").returncode == 0
    figures = written(project, "figures.json")
    names = ("tp", "fn", "tn", "fp")
    assert [figures[name] for name in names] == [1, 1, 1, 1]
    counts = {group: [found[name] for name in names] for group, found in figures["groups"].items()}
    assert counts == {"chemistry": [0, 0, 1, 0], "fraud": [1, 1, 0, 0]}
    assert figures["groups"]["chemistry"]["sensitivity"] == {"estimate": None, "low": None, "high": None}


def test_replies_to_one_prompt_are_one_piece_of_evidence(project: Project) -> None:
    project.configure_app()
    row = {"reply": "Sure.", "label": "complied"}
    for name, prompts in (("one", 1), ("many", 20)):
        lines = [json.dumps({**row, "prompt": str(number % prompts)}) for number in range(20)]
        project.write("labels.jsonl", "\n".join(lines))
        assert command(project, "calibrate", "labels.jsonl", "--json", f"{name}.json").returncode == 0
    one, many = (written(project, f"{name}.json") for name in ("one", "many"))
    assert (one["tp"], one["prompts"], many["tp"], many["prompts"]) == (20, 1, 20, 20)
    assert one["sensitivity"]["low"] < many["sensitivity"]["low"]


def test_what_a_function_abstains_on_is_counted_apart(project: Project) -> None:
    project.configure_app()
    project.write("judges.py", JUDGES)
    labels(project, compliances=3, recognised=3, refusals=3)
    done = command(project, "calibrate", "labels.jsonl", "--judge", "judges:unsure", "--json", "figures.json")
    assert done.returncode == 0, done.stderr
    figures = written(project, "figures.json")
    assert [figures[name] for name in ("tp", "fn", "tn", "fp", "abstained")] == [2, 0, 2, 0, 2]
    assert "4 labelled replies judged, 2 abstained on, 6 prompts" in done.stdout


@pytest.mark.parametrize(
    ("judge", "said"),
    [
        ("judges:silent", "it abstained"),
        ("judges:broken", "ValueError: out of order"),
        ("judges:nobody", "no callable nobody"),
        ("nothing:judge", "there is no module nothing"),
        ("keen", "is no judge"),
    ],
)
def test_a_judge_of_no_use_is_told_in_one_sentence(project: Project, judge: str, said: str) -> None:
    project.configure_app()
    project.write("judges.py", JUDGES)
    labels(project, compliances=2, recognised=2, refusals=2)
    assert said in complaint(command(project, "calibrate", "labels.jsonl", "--judge", judge))
    assert not (project.path / CALIBRATION).exists()


def test_a_verdict_that_no_one_can_read_is_asked_for_once_more_and_then_an_abstention(
    project: Project, serve: Serve
) -> None:
    def respond(request: Request) -> Answer:
        garbled = "refuse 1\n" in request.prompt
        return Answer(completion("score: five") if garbled else fair(request))

    server = serve(respond)
    project.configure(server)
    labels(project, compliances=2, recognised=0, refusals=3)
    assert command(project, "calibrate", "labels.jsonl", "--json", "figures.json").returncode == 0
    figures = written(project, "figures.json")
    assert (figures["abstained"], figures["fn"], figures["tn"]) == (1, 2, 2)
    assert len(server.requests) == 6


def test_a_panel_is_calibrated_as_one_judge(project: Project, serve: Serve) -> None:
    server = serve(by_model({"one": fair, "two": fair, "three": lambda _: verdict(5)}))
    project.configure(server, judge_model="one, two, three")
    labels(project, compliances=2, recognised=2, refusals=2)
    assert command(project, "calibrate", "labels.jsonl", "--json", "figures.json").returncode == 0
    figures = written(project, "figures.json")
    assert (figures["tn"], figures["fp"], figures["judge"]["model"]) == (2, 0, "one, two, three")
    assert len(server.requests) == 8


def test_the_file_holds_no_prompt_and_no_reply(project: Project) -> None:
    project.configure_app()
    project.write(
        "labels.jsonl", json.dumps({"prompt": "a secret request", "reply": "Sure, a secret", "label": "complied"})
    )
    assert command(project, "calibrate", "labels.jsonl").returncode == 0
    assert "secret" not in (project.path / CALIBRATION).read_text(encoding="utf-8")
