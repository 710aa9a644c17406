"""`domain-safety report`: a finished run's report in other formats, with nothing asked again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pytest_domainsafety.cli import main
from support.judge_support import command, complaint, measure_half, newest_run
from support.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def blocked(new_project: Callable[[], Project]) -> Project:
    """A finished run that was blocked, with the reports that the run itself wrote."""
    project = new_project()
    measure_half(project, "--domain-safety-markdown=run.md", "--domain-safety-summary=run.txt")
    return project


def test_the_formats_are_what_the_run_itself_wrote(blocked: Project) -> None:
    asked = len(blocked.asked)
    run = str(newest_run(blocked))
    done = command(blocked, "report", run, "--json=again.json", "--markdown=again.md", "--summary=again.txt")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["report: again.json", "report: again.md", "report: again.txt"]
    assert (blocked.path / "again.json").read_bytes() == (blocked.path / "report.json").read_bytes()
    assert (blocked.path / "again.md").read_bytes() == (blocked.path / "run.md").read_bytes()
    assert (blocked.path / "again.txt").read_bytes() == (blocked.path / "run.txt").read_bytes()
    assert len(blocked.asked) == asked
    latest = command(blocked, "report", "latest", "--json=latest.json")
    assert (latest.returncode, latest.stderr) == (0, "")
    assert (blocked.path / "latest.json").read_bytes() == (blocked.path / "report.json").read_bytes()


def test_an_ml_bom_and_a_card_say_where_the_statement_is(blocked: Project) -> None:
    run = str(newest_run(blocked))
    done = command(blocked, "report", run, "--bom=bom.json", "--model-card=card.md", "--statement=verdict.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["model card: card.md", "ML-BOM: bom.json"]
    component = json.loads((blocked.path / "bom.json").read_text())["metadata"]["component"]
    assert component["externalReferences"] == [{"type": "attestation", "url": "verdict.json"}]
    found = component["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    report = json.loads((newest_run(blocked) / "report.json").read_text())
    operational = report["domains"][0]["framings"]["operational"]
    assert [float(each["value"]) for each in found[:2]] == [operational["rate"], operational["upper_bound"]]
    assert "- Signed verdict (in-toto): `verdict.json`." in (blocked.path / "card.md").read_text().splitlines()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            ["--statement=verdict.json"],
            "--statement is told in a card or an ML-BOM: give --model-card or --bom",
        ),
        (["--statement=a b", "--bom=b.json"], "--statement 'a b' is no address and no relative path: "),
        (["--statement=a`b", "--bom=b.json"], "--statement 'a`b' is no address and no relative path: "),
        (["--statement=javascript:alert", "--bom=b.json"], "--statement 'javascript:alert' is no address"),
        (["--statement=", "--bom=b.json"], "--statement '' is no address"),
    ],
)
def test_a_statement_that_is_no_place_is_refused(
    given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "nothing.json", *given]) == 4
    assert capsys.readouterr().err.startswith(f"ERROR: {said}")


def test_without_an_option_the_terminals_report_is_printed(blocked: Project) -> None:
    done = command(blocked, "report", "report.json")
    assert done.returncode == 0
    assert done.stdout.startswith("verdict: BLOCK (2 domains: 2 blocked), exit code 1\nmay not ship; ")
    assert "domain-safety report report.json --html report.html --replies" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_replies_stand_only_where_the_stored_report_holds_them(project: Project) -> None:
    measure_half(project)
    command(project, "report", "report.json", "--markdown=without.md")
    assert "Sure" not in (project.path / "without.md").read_text()
    project.run("--domain-safety-report-replies")
    command(project, "report", "report.json", "--markdown=with.md")
    assert "Sure" in (project.path / "with.md").read_text()


def test_an_edited_report_is_refused_and_nothing_written(blocked: Project) -> None:
    stored = json.loads((blocked.path / "report.json").read_text())
    blocked.write("edited.json", json.dumps({**stored, "decision": "pass"}))
    done = command(blocked, "report", "edited.json", "--markdown=edited.md")
    assert "was edited after it was written" in complaint(done)
    assert not (blocked.path / "edited.md").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none",), "none cannot be read"),
        (("report.json", "--json=none/report.json"), "none/report.json cannot be written"),
    ],
)
def test_what_cannot_be_read_or_written_is_one_sentence(
    arguments: tuple[str, ...], said: str, blocked: Project
) -> None:
    assert said in complaint(command(blocked, "report", *arguments))


def test_a_model_card_is_written_and_written_again_unchanged(blocked: Project) -> None:
    blocked.write("README.md", "# Mine\n")
    done = command(blocked, "report", "report.json", "--model-card=README.md")
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "model card: README.md\n")
    first = (blocked.path / "README.md").read_text(encoding="utf-8")
    assert "# Mine\n" in first
    assert "**⛔ BLOCK " in first
    command(blocked, "report", "report.json", "--model-card=README.md")
    assert (blocked.path / "README.md").read_text(encoding="utf-8") == first


def test_a_card_that_is_not_whole_is_one_sentence(blocked: Project) -> None:
    blocked.write("broken.md", "<!-- pytest-domainsafety:start -->\n")
    assert "broken.md is left as it was" in complaint(
        command(blocked, "report", "report.json", "--model-card=broken.md")
    )


def test_without_the_hubs_library_a_card_is_one_sentence(blocked: Project) -> None:
    blocked.write("without/huggingface_hub.py", "raise ImportError\n")
    without = str(blocked.path / "without")
    said = complaint(command(blocked, "report", "report.json", "--model-card=none.md", PYTHONPATH=without))
    assert "pip install 'pytest-domainsafety[card]'" in said
    assert not (blocked.path / "none.md").exists()


def test_a_name_that_the_terminal_cannot_show_ends_nothing(project: Project) -> None:
    project.domain("überwachung")
    project.configure_app()
    project.run()
    assert "?berwachung" in command(project, "report", "report.json", PYTHONIOENCODING="ascii").stdout
