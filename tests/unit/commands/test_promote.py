"""The example's promotion: a candidate's report must say pass twice, and be of today."""

from __future__ import annotations

import importlib.util
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

SCRIPT: Final = Path(__file__).parents[3] / "example_project" / "promotion" / "promote.py"

_SPEC: Final = importlib.util.spec_from_file_location("promote", SCRIPT)
assert _SPEC is not None
assert _SPEC.loader is not None
promote: Final = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(promote)


def written(folder: Path, hours: float = 0.0, **others: Any) -> Path:  # noqa: ANN401 - JSON
    finished = (datetime.now(UTC) - timedelta(hours=hours)).isoformat(timespec="seconds")
    usual = {"schema": "pytest-domainsafety/report/1", "decision": "pass", "exit_code": 0, "finished": finished}
    path = folder / "report.json"
    path.write_text(json.dumps({**usual, **others}))
    return path


def test_a_fresh_pass_has_nothing_against_it_in_its_folder_too(tmp_path: Path) -> None:
    assert promote.verdict_of(written(tmp_path, hours=23)) == []
    assert promote.verdict_of(promote.report_of(tmp_path)) == []


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"hours": 25}, "the run ended 25 hours ago"),
        ({"hours": -3}, "the run ended -3 hours ago"),
        ({"decision": "inconclusive", "exit_code": 10}, "the run is inconclusive, exit code 10"),
        ({"exit_code": 10}, "the run is pass, exit code 10"),
        ({"decision": "block"}, "the run is block, exit code 0"),
    ],
)
def test_anything_else_is_against_it(others: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert promote.verdict_of(written(tmp_path, **others)) == [said]


@pytest.mark.parametrize(
    "others",
    [
        {"schema": "pytest-domainsafety/report/2"},
        {"finished": None},
        {"finished": "today"},
        {"finished": "2026-01-01"},
    ],
)
def test_what_is_no_report_is_held(
    others: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "output"
    monkeypatch.setenv("GITHUB_OUTPUT", str(output))
    path = written(tmp_path, **others)
    assert promote.main([str(path), str(path)]) == 1
    assert output.read_text() == "decision=hold\n"
    assert "decision: hold" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["[]", "{", ""])
def test_what_cannot_be_read_is_held(text: str, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(text)
    assert promote.main([str(tmp_path), str(tmp_path)]) == 1
    assert promote.main([str(tmp_path)]) == 1
    assert promote.main([str(tmp_path), str(tmp_path), "--key"]) == 1


@pytest.mark.parametrize(
    ("before", "gate", "held"),
    [
        ("pass", "pass", ""),
        (None, None, ""),
        ("pass", None, "nothing"),
        (None, "pass", ""),
        ("pass", "block", "block"),
    ],
)
def test_a_domain_that_is_no_longer_gated_is_held(before: str | None, gate: str | None, held: str) -> None:
    domain = {"domain": "a", "gate": gate, "baseline_gate": before, "comparison": {"decision": "pass"}}
    comparison = {"decision": "pass", "runs": [{"domains": [domain], "notes": []}]}
    assert promote.against(comparison) == ([f"a: its own gate says {held}"] if held else [])
