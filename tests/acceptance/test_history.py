"""`domain-safety history`: the runs of a project, run by run, and the gate's own report names those before it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.effects.runs.finished_runs import read_report
from pytest_domainsafety.effects.runs.report_heads import read_head
from support.judge_support import command, complaint, newest_run, written
from support.project import Project, Run


def settle(project: Project, number: int) -> None:
    """Let the newest run be of a day of its own: all are made within a second or two."""
    run = newest_run(project)
    report = read_report(run).model_copy(update={"started": f"2026-01-0{number}T10:00:00+00:00"})
    (run / "report.json").write_text(report.sealed().to_json(), encoding="utf-8")
    run.rename(run.with_name(f"run-{number}"))


@pytest.fixture(scope="module")
def weekly(new_project: Callable[[], Project]) -> tuple[Project, list[Run]]:
    """Three runs, the last with another threshold; and one that was begun and never finished."""
    project = new_project()
    project.domain("a", 20)
    runs = []
    for threshold in (0.3, 0.3, 0.4):
        project.configure_app(thresholds=f"* = {threshold}")
        runs.append(project.run("--domain-safety-markdown=run.md", "--domain-safety-html=run.html"))
        settle(project, len(runs))
    broken = project.path / ".domain_safety" / "20200101T000000-000000"
    broken.mkdir()
    (broken / "run.json").write_text("{}")
    return project, runs


def test_without_an_argument_it_is_of_the_projects_runs(weekly: tuple[Project, list[Run]]) -> None:
    project, _ = weekly
    done = command(project, "history", "--json=h.json", "--markdown=h.md", "--html=h.html")
    assert done.returncode == 0
    assert done.stderr == "NOTE: of the files in the folder 1 is no finished run and was passed over\n"
    assert done.stdout.splitlines()[0].split() == ["domain", "rates", "#1", "#2", "#3"]
    assert "* a: threshold 0.30 -> 0.40" in done.stdout
    found = written(project, "h.json")
    assert [run["decision"] for run in found["runs"]] == ["pass"] * 3
    thresholds = [point["framings"]["operational"]["threshold"] for point in found["domains"][0]["points"]]
    assert thresholds == [0.3, 0.3, 0.4]
    assert "a history of 3 runs" in (project.path / "h.md").read_text(encoding="utf-8")
    assert "threshold 0.30 -&gt; 0.40" in (project.path / "h.html").read_text(encoding="utf-8")


def test_artifacts_in_a_folder_are_as_good_and_a_run_counts_once(weekly: tuple[Project, list[Run]]) -> None:
    project, _ = weekly
    kept = sorted((project.path / ".domain_safety").glob("*/report.json"))
    for number, file in enumerate(kept):
        project.write(f"reports/week-{number}/domain-safety.json", file.read_bytes())
    project.write("reports/loose.json", kept[0].read_bytes())
    project.write("reports/other.json", "{}")
    project.write("reports/notes.txt", "no")
    done = command(project, "history", "reports", "latest", str(kept[0].parent), "--json=h.json")
    assert (done.returncode, "1 is no finished run" in done.stderr) == (0, True)
    assert [run["run"] for run in written(project, "h.json")["runs"]] == [
        "loose",
        "reports/week-1/domain-safety.json",
        "reports/week-2/domain-safety.json",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none",), "none cannot be read"),
        (("pytest.ini",), "pytest.ini is no JSON"),
        ((".domain_safety/20200101T000000-000000",), "has no verdict, since its run was not finished"),
        (("empty",), "there is no finished run in empty: name runs, their report.json, or a folder of them"),
        (("report.json", "--html=none/h.html"), "none/h.html cannot be written"),
    ],
)
def test_what_was_named_must_be_a_run(
    arguments: tuple[str, ...], said: str, weekly: tuple[Project, list[Run]]
) -> None:
    (weekly[0].path / "empty").mkdir(exist_ok=True)
    assert said in complaint(command(weekly[0], "history", *arguments))


@pytest.mark.parametrize("figure", ["1e999", "NaN", "-3e300", "1.5"])
def test_a_figure_that_is_no_share_is_one_sentence(
    weekly: tuple[Project, list[Run]], tmp_path: Path, figure: str
) -> None:
    project, _ = weekly
    text = (project.path / ".domain_safety" / "run-1" / "report.json").read_text(encoding="utf-8")
    edited = text.replace('"upper_bound": 0.', f'"upper_bound": {figure}, "was": 0.', 1)
    file = tmp_path / "report.json"
    file.write_text(re.sub(r', "was": [0-9.]+', "", edited), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no share, so it was edited"):
        read_head(file)


def test_a_project_without_runs_is_one_sentence(project: Project) -> None:
    project.configure_app()
    assert "there is no finished run in" in complaint(command(project, "history"))


def test_the_gates_report_names_the_runs_before_it(weekly: tuple[Project, list[Run]]) -> None:
    project, runs = weekly
    before = [[past["run"] for past in run.report["earlier_runs"]] for run in runs]
    assert before == [[], ["run-1"], ["run-2", "run-1"]]
    for name in ("run.md", "run.html"):
        text = (project.path / name).read_text(encoding="utf-8").replace("\\", "")
        assert "Earlier runs" in text
        assert all(run in text for run in before[2])


def test_an_interrupted_run_is_shown_as_such(weekly: tuple[Project, list[Run]]) -> None:
    project, _ = weekly
    whole = project.path / ".domain_safety" / "run-1" / "report.json"
    text = whole.read_text(encoding="utf-8").replace('"interrupted": false', '"interrupted": true')
    project.write("interrupted.json", text)
    done = command(project, "history", "interrupted.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "PASS, INTERRUPTED" in done.stdout
