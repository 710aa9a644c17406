"""The finished runs that a report names: the newest five of its model, however many others there are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pytest_domainsafety.effects.runs.earlier_reports import earlier_runs
from support.html_pages import domain, report

MINE = {"model": "m", "domains": {"fraud", "spying"}}


def kept(folder: Path, name: str, at: int, *, model: str | None = "m", **fields: Any) -> None:  # noqa: ANN401
    """A run that was begun in that second."""
    run = folder / name
    run.mkdir()
    (run / "run.json").write_text("{}")
    os.utime(run / "run.json", (at, at))
    made = report([domain("fraud")], **fields)
    deployment = made.deployment.model_copy(update={"model": model})
    text = made.model_copy(update={"deployment": deployment}).sealed().to_json()
    (run / "report.json").write_text(text, encoding="utf-8")


def names(folder: Path, **fields: Any) -> list[str]:  # noqa: ANN401
    return [past.run for past in earlier_runs(folder, **{**MINE, **fields})]


def test_they_are_the_newest_five_and_never_the_run_itself(tmp_path: Path) -> None:
    for number in range(8):
        kept(tmp_path, f"r{number}", number, decision="pass", finished=f"2026-01-0{number + 1}T10:00:00+00:00")
    assert names(tmp_path, apart_from={"r7"}) == ["r6", "r5", "r4", "r3", "r2"]
    newest = earlier_runs(tmp_path, "m", {"fraud"})[0]
    assert (newest.run, newest.finished, newest.decision, newest.model) == (
        "r7",
        "2026-01-08T10:00:00+00:00",
        "pass",
        "m",
    )


@pytest.mark.parametrize("fields", [{"model": "other"}, {"model": None}, {"interrupted": True}, {"stopped": "why"}])
def test_other_models_and_runs_that_broke_off_are_none(fields: dict[str, Any], tmp_path: Path) -> None:
    kept(tmp_path, "a", 1)
    kept(tmp_path, "b", 2, **fields)
    assert names(tmp_path) == ["a"]


def test_neither_are_runs_of_other_domains(tmp_path: Path) -> None:
    kept(tmp_path, "a", 1)
    assert names(tmp_path, domains={"spying"}) == []


def test_a_deployment_without_a_model_has_its_own(tmp_path: Path) -> None:
    kept(tmp_path, "a", 1, model=None)
    assert names(tmp_path, model=None) == ["a"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "torn {", '{\n "trials": [\n ],\n "sha256": "' + "0" * 64 + '"\n}\n']
)
def test_what_cannot_be_read_is_passed_over(text: str, tmp_path: Path) -> None:
    kept(tmp_path, "a", 1)
    kept(tmp_path, "b", 2)
    (tmp_path / "b" / "report.json").write_text(text, encoding="utf-8")
    assert names(tmp_path) == ["a"]


def test_without_a_folder_there_is_none(tmp_path: Path) -> None:
    assert names(tmp_path / "none") == []
