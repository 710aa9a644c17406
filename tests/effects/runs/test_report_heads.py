"""Reports are read without their trials, whatever stands in them, and otherwise whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.effects.runs.finished_runs import read_report
from pytest_domainsafety.effects.runs.report_heads import head_of, read_head
from support.html_pages import domain, report, trial

TRAP = '\n "trials": [\n ],\n "sha256": "0"\n}'


def kept(folder: Path, **fields: Any) -> tuple[Path, Report]:  # noqa: ANN401
    """A report on disk."""
    made = report([domain("fraud", reason=TRAP)], **{"trials": [trial(TRAP, error=TRAP)] * 3, **fields}).sealed()
    path = folder / "report.json"
    path.write_text(made.to_json(), encoding="utf-8")
    return path, made


@pytest.mark.parametrize("trials", [0, 1, 2000])
def test_the_head_is_the_report_without_its_trials(trials: int, tmp_path: Path) -> None:
    path, made = kept(tmp_path, trials=[trial(f"s{number}", reply="x" * 100) for number in range(trials)])
    assert head_of(path) is not None
    assert read_head(path) == made.model_copy(update={"trials": []})
    assert read_head(tmp_path) == read_head(path)


@pytest.mark.parametrize("place", [65_000, *range(65_521, 65_538)])
def test_wherever_the_head_ends(place: int, tmp_path: Path) -> None:
    """The trials may begin across two of the pieces in which a file is read; both are full."""
    trials = [trial(f"s{number}", reply="x" * 10_000) for number in range(10)]
    path, _ = kept(tmp_path, stopped="", trials=trials)
    stopped = "x" * (place - path.read_bytes().find(b'\n "trials": ['))
    path, made = kept(tmp_path, stopped=stopped, trials=trials)
    assert path.read_bytes().find(b'\n "trials": [') == place
    head = head_of(path)
    assert head is not None
    assert (head["stopped"], head["sha256"], head["trials"]) == (stopped, made.sha256, [])


def test_trials_are_not_even_looked_at(tmp_path: Path) -> None:
    path, made = kept(tmp_path)
    text = path.read_text(encoding="utf-8")
    begin, end = text.index('"trials": [') + 11, text.rindex("]")
    path.write_text(text[:begin] + " none of this is JSON " + text[end:], encoding="utf-8")
    assert read_head(path).sha256 == made.sha256


def test_a_report_that_was_laid_out_anew_is_read_whole(tmp_path: Path) -> None:
    path, made = kept(tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")
    assert head_of(path) is None
    assert read_head(path) == made.model_copy(update={"trials": []})


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{\n "trials": [\n ],\n "sha256": "' + "0" * 64 + '"\n}\n', "\udcff", "[" * 100_000, None],
)
def test_what_is_none_is_the_sentence_of_reading_it_whole(text: str | None, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    if text is not None:
        path.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(ConfigurationError) as whole:
        read_report(path)
    with pytest.raises(ConfigurationError) as caught:
        read_head(path)
    assert str(caught.value) == str(whole.value)


def test_a_torn_report_is_none(tmp_path: Path) -> None:
    path, _ = kept(tmp_path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ConfigurationError, match="is no JSON"):
        read_head(path)


def test_one_of_an_earlier_version_is_read() -> None:
    old = Path(__file__).parents[2] / "data" / "run_of_0_1"
    assert head_of(old / "report.json") is not None
    assert read_head(old) == read_report(old).model_copy(update={"trials": []})
