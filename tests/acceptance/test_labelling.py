"""`domain-safety label`: replies that were kept, chosen for a person, and the labels read back."""

from __future__ import annotations

import csv
import io
import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from support.fake_server import FakeServer, Request, Responder, completion, verdict
from support.judge_support import Json, by_model, command, complaint, lines_of, measure_half, newest_run, written
from support.project import Project

Serve = Callable[["Responder"], "FakeServer"]

AWKWARD = {
    "s0": '=HYPERLINK("http://x")',
    "s1": 'Sure; "quoted",\nand a next line',
    "s2": "'-1 is an apostrophe's",
    "s3": "-- no --",
    "s4": "Sure, \u00fcber \U0001f600",
}


@pytest.fixture
def measured(project: Project) -> Project:
    """A project with a finished, blocked run: half of its operational replies complied."""
    measure_half(project)
    return project


def table_of(project: Project, name: str = "labels.csv") -> list[dict[str, str]]:
    """The rows of a table."""
    text = (project.path / name).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def fill(project: Project, rows: list[dict[str, str]], delimiter: str = ",") -> None:
    """Save a table as a spreadsheet does, with what a person would say of each reply."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows({**row, "label": "Complied " if "Sure" in row["reply"] else "refused"} for row in rows)
    project.write("labels.csv", out.getvalue())


def test_replies_are_kept_for_the_user_alone(measured: Project) -> None:
    run = newest_run(measured)
    assert [stat.S_IMODE((run / name).stat().st_mode) for name in ("replies.jsonl", "report.json")] == [0o600, 0o600]
    rows = [json.loads(line) for line in (run / "replies.jsonl").read_text(encoding="utf-8").splitlines()]
    # A line when a reply came, and one with its verdict.
    assert len(rows) == 160
    assert rows[0]["harm"] == "someone is hurt"
    assert "Sure" not in (run / "report.json").read_text(encoding="utf-8")


def test_only_digests_are_kept_where_that_is_asked_for(project: Project) -> None:
    project.domain("a", 2)
    project.configure_app(keep_replies="hash")
    assert project.run().report["trials"][0]["reply_sha256"] is not None
    run = newest_run(project)
    assert not (run / "replies.jsonl").exists()
    for name in ("rejudge", "label"):
        assert "domain_safety_keep_replies = full" in complaint(command(project, name, str(run)))


def test_replies_for_a_person_are_a_table_spread_over_domains_and_verdicts(measured: Project) -> None:
    run = str(newest_run(measured))
    done = command(measured, "label", run, "--count", "24")
    assert done.returncode == 0, done.stderr
    file = measured.path / "labels.csv"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))
    assert {row["label"] for row in rows} == {""}
    counts = [sum((row["domain"], row["reply"][:4]) == (d, r) for row in rows) for d in "ab" for r in ("Sure", "No.")]
    assert counts == [6, 6, 6, 6]
    assert {row["framing"] for row in rows} == {"operational"}
    assert "is there already" in complaint(command(measured, "label", run))


def test_a_filled_table_calibrates(measured: Project) -> None:
    command(measured, "label", str(newest_run(measured)), "--count", "8")
    file = measured.path / "labels.csv"
    text = file.read_text(encoding="utf-8-sig")
    lines = [f"{'complied' if 'Sure' in line else 'refused'}{line}" for line in text.splitlines()[1:7]]
    file.write_text("\n".join([text.splitlines()[0], *lines, *text.splitlines()[7:]]), encoding="utf-8")
    done = command(measured, "calibrate", "labels.csv", "--json", "figures.json")
    assert done.returncode == 0, done.stderr
    figures = json.loads((measured.path / "figures.json").read_text(encoding="utf-8"))
    assert figures["tp"] + figures["tn"] == 6
    assert figures["fn"] == figures["fp"] == figures["abstained"] == 0


def test_lines_can_be_had_as_well(measured: Project) -> None:
    done = command(measured, "label", str(newest_run(measured)), "--out", "labels.jsonl", "--count", "3")
    assert done.returncode == 0
    rows = [json.loads(line) for line in (measured.path / "labels.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["label"] for row in rows] == ["", "", ""]


def test_who_labels_does_not_see_what_the_judge_said(measured: Project) -> None:
    assert command(measured, "label", str(newest_run(measured))).returncode == 0
    assert set(table_of(measured)[0]) == {
        "label",
        "domain",
        "framing",
        "scenario",
        "harm",
        "prompt",
        "reply",
        "reply_sha256",
    }


def test_a_file_with_labels_is_never_overwritten(measured: Project) -> None:
    for name in ("labels.csv", "labels.jsonl"):
        measured.write(name, "my labels")
        assert "is there already" in complaint(command(measured, "label", str(newest_run(measured)), "--out", name))
        assert (measured.path / name).read_text(encoding="utf-8") == "my labels"


def test_lines_are_for_the_user_alone_and_calibrate_when_filled_in(measured: Project) -> None:
    run = newest_run(measured) / "report.json"
    assert command(measured, "label", str(run), "--out", "mine.jsonl", "--count", "12").returncode == 0
    assert stat.S_IMODE((measured.path / "mine.jsonl").stat().st_mode) == 0o600
    rows = lines_of(measured, "mine.jsonl")
    filled = [{**row, "label": "partial" if row["reply"].startswith("Sure") else "refused"} for row in rows]
    measured.write("mine.jsonl", "".join(json.dumps(row) + "\n" for row in filled))
    assert command(measured, "calibrate", "mine.jsonl", "--json", "figures.json").returncode == 0
    figures = written(measured, "figures.json")
    assert [figures[name] for name in ("tp", "fn", "tn", "fp")] == [6, 0, 6, 0]
    assert list(figures["groups"]) == ["a", "b"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_replies_survive_a_spreadsheet(project: Project, delimiter: str) -> None:
    project.domain("a", len(AWKWARD))
    project.configure_app(f"{AWKWARD!r}[prompt.split('/')[1]]")
    project.run()
    assert command(project, "label", str(newest_run(project))).returncode == 0
    rows = table_of(project)
    assert not [row for row in rows if row["reply"].startswith(("=", "-"))]
    fill(project, rows, delimiter)
    seen = project.path / "seen.txt"
    project.write(
        "listening.py",
        "def judge(*, prompt, reply, framing, scenario):\n"
        f"    with open({str(seen)!r}, 'a', encoding='utf-8') as file:\n        print(repr(reply), file=file)\n"
        "    return 5 if 'Sure' in reply else 1\n",
    )
    done = command(project, "calibrate", "labels.csv", "--judge", "listening:judge", "--json", "figures.json")
    assert done.returncode == 0, done.stderr
    assert sorted(seen.read_text(encoding="utf-8").splitlines()) == sorted(map(repr, AWKWARD.values()))
    figures = written(project, "figures.json")
    assert [figures[name] for name in ("tp", "fn", "tn", "fp")] == [2, 0, 3, 0]


def test_the_choice_is_the_seeds(measured: Project) -> None:
    run, chosen = str(newest_run(measured)), {}
    for name, seed in (("one", "0"), ("again", "0"), ("other", "1")):
        assert command(measured, "label", run, "--out", f"{name}.csv", "--count=8", "--seed", seed).returncode == 0
        chosen[name] = table_of(measured, f"{name}.csv")
    assert chosen["one"] == chosen["again"] != chosen["other"]


def test_replies_of_a_run_on_workers_are_kept_as_well(project: Project) -> None:
    measure_half(project, "-n2")
    run = newest_run(project)
    assert len(lines_of(project, str(run / "replies.jsonl"))) == 160
    assert command(project, "label", str(run), "--count", "1000").returncode == 0
    assert len(table_of(project)) == 40


def test_how_many_more_replies_a_calibration_wants_is_told(measured: Project) -> None:
    done = command(measured, "label", str(newest_run(measured)))
    assert "called 20 of them compliance" in done.stdout
    assert "a calibration wants 50" in " ".join(done.stdout.split())


def test_an_empty_table_calibrates_nothing(measured: Project) -> None:
    command(measured, "label", str(newest_run(measured)))
    assert "holds no labelled reply" in complaint(command(measured, "calibrate", "labels.csv"))


def test_a_run_without_an_answer_has_nothing_to_label(project: Project) -> None:
    project.domain("a", 2)
    project.configure_app("1 / 0")
    project.run()
    for arguments in (["label"], ["rejudge", "--judge", "app:judge"]):
        assert "holds no reply" in complaint(command(project, *arguments, str(newest_run(project))))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["nowhere"], "nowhere cannot be read"), ([".", "--count", "0"], "--count = 0"), (["other.json"], "is no JSON")],
)
def test_what_cannot_be_labelled_is_one_sentence(project: Project, arguments: list[str], said: str) -> None:
    project.write("other.json", "{")
    assert said in complaint(command(project, "label", *arguments))
    assert not Path(project.path / "labels.csv").exists()


def test_a_page_may_stand_beside_the_file_or_alone(measured: Project) -> None:
    run = str(newest_run(measured))
    done = command(measured, "label", run, "--html", "label.html", "--count", "8")
    assert done.returncode == 0, done.stderr
    assert "8 replies to label: label.html" in done.stdout
    assert not (measured.path / "labels.csv").exists()
    assert stat.S_IMODE((measured.path / "label.html").stat().st_mode) == 0o600
    both = command(measured, "label", run, "--html", "both.html", "--out", "labels.csv", "--count", "8")
    assert both.returncode == 0, both.stderr
    page = (measured.path / "both.html").read_text(encoding="utf-8")
    assert page == (measured.path / "label.html").read_text(encoding="utf-8")
    data = json.loads(page.split('type="application/json">')[1].split("</script>")[0])
    assert data["rows"] == table_of(measured)


def test_several_raters_calibrate_and_rows_of_doubt_do_not(measured: Project) -> None:
    assert command(measured, "label", str(newest_run(measured)), "--out", "mine.jsonl").returncode == 0
    rows = lines_of(measured, "mine.jsonl")
    for rater, slip in (("ann", 0), ("ben", 1), ("cho", 2)):
        filled = [
            {**row, "label": "complied" if row["reply"].startswith("Sure") is (place != slip) else "refused"}
            for place, row in enumerate(rows)
        ]
        text = "".join(json.dumps({**row, "rater": rater}) + "\n" for row in filled)
        measured.write(f"{rater}.jsonl", text)
    files = [f"{rater}.jsonl" for rater in ("ann", "ben", "cho")]
    done = command(measured, "calibrate", *files, "--json", "figures.json")
    assert done.returncode == 0, done.stderr
    figures = written(measured, "figures.json")
    assert [figures[name] for name in ("tp", "fn", "tn", "fp")] == [20, 0, 20, 0]
    raters = figures["raters"]
    assert (raters["names"], raters["rows"], len(raters["split"])) == (["ann", "ben", "cho"], 40, 3)
    assert raters["agreement"]["method"] == "fleiss"
    # Of 120 pairs of labels six differ, and half of all labels are help.
    assert raters["agreement"]["agreement"] == pytest.approx(1 - 6 / 120)
    assert raters["agreement"]["low"] < raters["agreement"]["estimate"] < raters["agreement"]["high"]
    assert "raters: ann, ben, cho; 40 of 40 replies were labelled by two or more" in done.stdout
    assert done.stdout.count("split: ") == 3
    measured.write("doubt.jsonl", json.dumps({**rows[0], "label": "refused", "chosen": "disputed"}))
    said = complaint(command(measured, "calibrate", "ann.jsonl", "doubt.jsonl"))
    assert said.startswith("doubt.jsonl:1: the row was chosen because the judge was in doubt")


def test_replies_that_judges_were_in_doubt_of_are_chosen_and_say_so(project: Project, serve: Serve) -> None:
    # Of three judges one reads s0 differently, all score s1 next to the cut, and the second judge differs on s2.
    def score(model: str, prompt: str) -> int:
        named = next((name for name in ("s0", "s1", "s2") if f"/{name}/" in prompt), "")
        if model == "second":
            return 5 if named == "s2" else 1
        return {"s0": 5 if model == "b" else 1, "s1": 2}.get(named, 1)

    def juror(model: str) -> Callable[[Request], Json]:
        return lambda request: verdict(score(model, request.prompt))

    jurors = {model: juror(model) for model in ("a", "b", "c", "second")}
    server = serve(by_model({"m": lambda _: completion("No."), **jurors}))
    project.domain("fraud", 6)
    project.configure(
        server, judge_model="a, b, c", second_judge_model="second", second_judge_fraction="1", controls="none"
    )
    run = project.run()
    assert len(run.report["judge"]["agreement"]["disagreements"]) >= 1
    done = command(project, "label", str(newest_run(project)), "--disputed", "--out", "doubt.jsonl")
    assert done.returncode == 0, done.stderr
    rows = lines_of(project, "doubt.jsonl")
    assert {row["scenario"] for row in rows} == {"s0", "s1", "s2"}
    assert {row["chosen"] for row in rows} == {"disputed"}
    assert "in doubt" in done.stdout
    assert "calibrate refuses them" in done.stdout
    less = command(project, "label", "latest", "--disputed", "--out", "less.jsonl", "--count", "1")
    assert "2 more are left out" in less.stdout


def test_a_run_without_doubt_has_nothing_disputed(measured: Project) -> None:
    said = complaint(command(measured, "label", str(newest_run(measured)), "--disputed"))
    assert "holds no disputed reply" in said
