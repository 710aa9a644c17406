"""`domain-safety export-pairs`: framing pairs that diverge, with refusals only, as TRL reads them."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from typing import Any

import pytest

from support.fake_server import Answer, FakeServer, Request, Responder, by_prompt, completion, verdict
from support.judge_support import command, complaint, lines_of, newest_run
from support.project import Project

Json = dict[str, Any]

COMPLIED = {
    "s0": ("analytical", "technical"),
    "s1": ("analytical", "operational"),
    "s2": (),
    "s3": ("analytical",),
    "s4": ("analytical", "operational", "technical"),
}
"""By scenario, the framings that are answered: the first three hold a pair, the others none."""

REPLY = f"('Sure: ' if prompt.split('/')[2] in {COMPLIED!r}[prompt.split('/')[1]] else 'No: ') + prompt"


@pytest.fixture
def diverging(project: Project) -> Project:
    """A project with a finished run of five scenarios."""
    project.domain("a", 5, technical=True)
    project.configure_app(REPLY)
    project.run()
    return project


def exported(project: Project, name: str = "pairs.jsonl") -> list[Json]:
    """The rows that the newest run's pairs make."""
    done = command(project, "export-pairs", str(newest_run(project)), "--out", name)
    assert done.returncode == 0, done.stderr
    return lines_of(project, name) if (project.path / name).exists() else []


def user(prompt: str) -> list[Json]:
    return [{"role": "user", "content": prompt}]


def assistant(reply: str) -> list[Json]:
    return [{"role": "assistant", "content": reply}]


def test_pairs_that_diverge_are_written_with_the_refusal_and_never_with_the_help(diverging: Project) -> None:
    rows = exported(diverging)
    assert [(row["scenario"], row["direction"], row["label"]) for row in rows] == [
        ("s0", "operational_to_technical", True),
        ("s1", "technical_to_operational", True),
        ("s2", "over_refusal", False),
    ]
    sha = json.loads((newest_run(diverging) / "report.json").read_text(encoding="utf-8"))["sha256"]
    assert rows[0] == {
        "prompt": user("a/s0/technical"),
        "completion": assistant("No: a/s0/operational"),
        "label": True,
        "direction": "operational_to_technical",
        "domain": "a",
        "scenario": "s0",
        "from_framing": "operational",
        "to_framing": "technical",
        "from_prompt": user("a/s0/operational"),
        "run_sha256": sha,
    }
    assert rows[2]["prompt"] == user("a/s2/analytical")
    assert rows[2]["completion"] == assistant("No: a/s2/analytical")
    assert "Sure" not in (diverging.path / "pairs.jsonl").read_text(encoding="utf-8")


def test_the_file_is_for_the_user_alone_and_never_overwritten(diverging: Project) -> None:
    run = str(newest_run(diverging))
    done = command(diverging, "export-pairs", run)
    assert done.stdout.splitlines()[0] == "3 framing pairs: pairs.jsonl"
    assert "audit it with others" in done.stderr
    file = diverging.path / "pairs.jsonl"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = file.read_bytes()
    assert "is there already" in complaint(command(diverging, "export-pairs", run))
    assert file.read_bytes() == written


def test_a_run_without_divergence_writes_nothing(project: Project) -> None:
    project.domain("a", 2, technical=True)
    project.configure_app("'Sure.' if 'analytical' in prompt else 'No.'")
    project.run()
    assert exported(project) == []
    assert not (project.path / "pairs.jsonl").exists()


def test_a_framing_is_refused_only_if_every_repetition_was_and_complied_with_if_any_was(project: Project) -> None:
    project.domain("a", 3, technical=True)
    # s0: operational always refused, technical once complied with; s1: operational once complied with; s2: once lost.
    project.configure_app("answer(prompt)", repetitions=2)
    project.write(
        "app.py",
        (project.path / "app.py").read_text(encoding="utf-8")
        + """
import collections

SEEN = collections.Counter()
FIRST = {"s0/technical": "Sure.", "s1/operational": "Sure.", "s2/operational": ""}
REST = {"s1/technical": "Sure.", "s2/technical": "Sure."}

def answer(prompt):
    SEEN[prompt] += 1
    name = prompt.partition("/")[2]
    return FIRST[name] if name in FIRST and SEEN[prompt] == 1 else REST.get(name, "No.")
""",
    )
    project.run()
    rows = exported(project)
    assert [(row["scenario"], row["direction"]) for row in rows if row["label"]] == [
        ("s0", "operational_to_technical")
    ]


def test_only_a_plain_and_whole_refusal_is_written(
    project: Project, serve: Callable[[Responder], FakeServer]
) -> None:
    ends = {"s0": "length", "s1": "content_filter", "s2": "tool_calls", "s3": "stop", "s4": "stop"}

    def respond(request: Request) -> Answer:
        if request.is_judge:
            return Answer(verdict(5 if "HELP" in request.prompt else 2 if "EVADES" in request.prompt else 1))
        _, scenario, framing = request.prompt.split("/")
        if framing != "operational":
            return Answer(completion("HELP"))
        return Answer(completion("EVADES" if scenario == "s3" else "No.", finish_reason=ends[scenario]))

    project.domain("a", 5, technical=True)
    project.configure(serve(respond))
    project.run()
    assert [row["scenario"] for row in exported(project)] == ["s4"]
    again = command(project, "export-pairs", str(newest_run(project)), "--out", "again.jsonl")
    assert "4 left out: no plain and whole refusal" in again.stdout


def test_what_the_judges_disagree_on_is_left_out(project: Project, serve: Callable[[Responder], FakeServer]) -> None:
    def respond(request: Request) -> Answer:
        if request.body["model"] == "second":
            return Answer(verdict(5 if "HELP" in request.prompt or "Never: s0" in request.prompt else 1))
        answer = by_prompt(lambda prompt: "HELP" if "operational" not in prompt else f"Never: {prompt.split('/')[1]}")
        if request.is_judge:
            return Answer(verdict(5 if "HELP" in request.prompt else 1))
        found = answer(request)
        assert isinstance(found, Answer)
        return found

    project.domain("a", 2, technical=True)
    project.configure(serve(respond), second_judge_model="second", second_judge_fraction=1)
    project.run()
    assert [row["scenario"] for row in exported(project)] == ["s1"]


def test_replies_that_are_not_the_reports_are_passed_over(diverging: Project) -> None:
    file = newest_run(diverging) / "replies.jsonl"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("No: a/s0/operational", "Sure: a/s0/operational"), encoding="utf-8")
    assert [row["scenario"] for row in exported(diverging)] == ["s1", "s2"]
    file.write_text(text.replace('"content": "a/s0/technical"', '"content": "another prompt"'), encoding="utf-8")
    assert [row["scenario"] for row in exported(diverging, "again.jsonl")] == ["s1", "s2"]


def test_untrusted_text_is_written_harmless_and_survives(project: Project) -> None:
    awkward = "No.\n::error::x ##[error]y \x1b[31m \u2028 \u202e \U0001f600"
    project.domain("a", 1, technical=True)
    project.configure_app(f"{awkward!r} if 'operational' in prompt else 'Sure.'")
    project.run()
    (row,) = exported(project)
    assert row["completion"] == assistant(awkward)
    raw = (project.path / "pairs.jsonl").read_bytes()
    assert b"\x1b" not in raw
    assert b"##[" not in raw
    assert raw.count(b"\n") == 1


def test_runs_that_cannot_be_used_are_refused_in_one_sentence(project: Project) -> None:
    project.domain("a", 1, technical=True)
    project.configure_app(keep_replies="hash")
    project.run()
    said = complaint(command(project, "export-pairs", str(newest_run(project))))
    assert "domain_safety_keep_replies = full" in said
    project.configure_app(judge="embedded")
    project.run()
    assert "domain_safety_judge_model" in complaint(command(project, "export-pairs", str(newest_run(project))))
    assert "nowhere cannot be read" in complaint(command(project, "export-pairs", "nowhere"))
    assert not (project.path / "pairs.jsonl").exists()
