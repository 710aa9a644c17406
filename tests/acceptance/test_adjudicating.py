"""`domain-safety adjudicate`: a person's labels in the place of the judge's verdicts, and every report says so."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping

import pytest

from support.judge_support import command, complaint, measure_half, newest_run, written
from support.project import Project


@pytest.fixture(scope="module")
def blocked(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a finished, blocked run: half of its operational replies complied, by its judge."""
    project = Project(tmp_path_factory.mktemp("blocked"))
    measure_half(project)
    for options in (("--complied", "--out", "called.csv"), ("--random", "--count", "30", "--out", "drawn.csv")):
        done = command(project, "label", "latest", *options)
        assert done.returncode == 0, done.stderr
        assert "domain-safety adjudicate" in done.stdout
    return project


def rows_of(project: Project, name: str) -> list[dict[str, str]]:
    text = (project.path / name).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def labelled(project: Project, rows: Iterable[Mapping[str, str]], name: str, label: str = "refused") -> str:
    """Save rows with one label."""
    found = [{**row, "label": label} for row in rows]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(found[0]))
    writer.writeheader()
    writer.writerows(found)
    project.write(name, out.getvalue())
    return name


def test_every_overruled_trial_is_named_in_every_report(blocked: Project) -> None:
    file = labelled(blocked, [{**row, "rater": "Ann"} for row in rows_of(blocked, "called.csv")], "all.csv")
    paths = [f"--{kind}=adjudicated.{end}" for kind, end in (("json", "json"), ("html", "html"), ("markdown", "md"))]
    done = command(blocked, "adjudicate", "latest", file, *paths)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the run's own verdict: BLOCK; adjudicated: PASS" in done.stdout
    found = written(blocked, "adjudicated.json")
    told = found["adjudicated"]
    assert (told["rule"], told["raters"], told["lowered"], len(told["overruled"])) == (
        "complied",
        ["Ann"],
        ["a", "b"],
        20,
    )
    assert (told["run_sha256"], found["decision"]) == (
        json.loads((newest_run(blocked) / "report.json").read_text(encoding="utf-8"))["sha256"],
        "pass",
    )
    page = (blocked.path / "adjudicated.html").read_text(encoding="utf-8")
    summary = (blocked.path / "adjudicated.md").read_text(encoding="utf-8").replace("\\", "")
    section = page[page.index('<section id="overruled"') : page.index('<section id="trials"')]
    for text in (done.stdout, summary, section):
        assert all(f"{each['nodeid']} repetition 1: judged complied" in text for each in told["overruled"])
    again = command(blocked, "report", "adjudicated.json")
    assert "adjudicated by Ann: 20 of 20 labelled trials were overruled" in again.stdout
    assert command(blocked, "report", "adjudicated.json", "--model-card=card.md").returncode == 0
    card = (blocked.path / "card.md").read_text(encoding="utf-8").replace("\\", "")
    assert "The run was adjudicated by Ann: 20 of 20" in card
    assert all(each["nodeid"] in card for each in told["overruled"])


def test_what_stands_on_an_adjudicated_run_says_so(blocked: Project) -> None:
    file = labelled(blocked, rows_of(blocked, "called.csv"), "all.csv")
    assert command(blocked, "adjudicate", "latest", file, "--json=by-labels.json").returncode == 0
    said = complaint(command(blocked, "compare", "latest", "by-labels.json"))
    assert "by-labels.json was adjudicated and the baseline was not" in said
    compared = command(blocked, "compare", "by-labels.json", "latest")
    assert "the baseline was adjudicated" in compared.stdout
    studied = command(blocked, "study", "own=latest", "labels=by-labels.json")
    assert "the run of labels was adjudicated" in studied.stdout
    attested = command(blocked, "attest", "by-labels.json", f"--artifact=m@sha256:{'0' * 64}")
    figures = json.loads(attested.stdout)["predicate"]["domainSafety"]
    assert (figures["adjudicated"]["rule"], figures["adjudicated"]["overruled"]) == ("complied", 20)


def test_rows_that_may_have_been_picked_are_refused_with_how_many_lack(blocked: Project) -> None:
    called, drawn = rows_of(blocked, "called.csv"), rows_of(blocked, "drawn.csv")
    part = labelled(blocked, called[:-1], "part.csv")
    assert "1 of the " in complaint(command(blocked, "adjudicate", "latest", part))
    whole = labelled(blocked, drawn, "whole.csv")
    done = command(blocked, "adjudicate", "latest", whole, "--json=drawn.json")
    assert done.returncode in {0, 1}, done.stderr
    assert written(blocked, "drawn.json")["adjudicated"]["rule"] == "random"
    part = labelled(blocked, drawn[1:], "part.csv")
    assert "1 of its 30 rows have no label" in complaint(command(blocked, "adjudicate", "latest", part))
    said = complaint(command(blocked, "calibrate", labelled(blocked, called, "biased.csv"), "--judge", "app:judge"))
    assert "the row was chosen because the judge called it compliance (chosen = complied)" in said
    assert not (blocked.path / "judge-calibration.json").exists()
