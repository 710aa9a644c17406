"""The word `latest` for a run, in every command that takes one."""

from __future__ import annotations

import json
import os
from argparse import Action, ArgumentParser
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from pytest_domainsafety.cli import _COMMANDS, _MODULES
from pytest_domainsafety.commands.runs import NamedRun, run_named
from pytest_domainsafety.commands.study import _runs
from pytest_domainsafety.core.errors import ConfigurationError

END: Final = "2026-01-01T10:0{}:00+00:00"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The runs directory of the project that one is in, not where it is by default."""
    (tmp_path / "pytest.ini").write_text("[pytest]\ndomain_safety_runs_dir = kept\n")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "kept"


def begun(kept: Path, name: str, at: int, **report: object) -> Path:
    """Write a run that was begun in the given second; without a report it is not finished."""
    run = kept / name
    run.mkdir(parents=True)
    (run / "run.json").write_text("{}")
    os.utime(run / "run.json", (at, at))
    if report:
        whole = {"interrupted": False, "stopped": None, "resumed": None, "decision": "inconclusive", **report}
        (run / "report.json").write_text(json.dumps(whole))
        os.utime(run / "report.json", (at, at))
    return run


def test_it_is_the_run_that_was_finished_last(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begun(kept, "c", 1, finished=END.format(2))
    begun(kept, "b", 2, finished=END.format(3))  # which was gone on with
    begun(kept, "a", 3, finished=END.format(1))
    assert run_named("latest") == Path("kept/b")
    begun(kept, "d", 5, finished=END.format(4))
    begun(kept, "z", 4, finished=END.format(4))
    assert run_named("latest") == Path("kept/d")
    assert capsys.readouterr().err == ""


def test_a_newer_shard_is_told_of_and_never_taken(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begun(kept, "a", 1, finished=END.format(1))
    (begun(kept, "b", 2) / "run.json").write_text('{"shard": "2/4"}')
    assert run_named("latest") == Path("kept/a")
    assert capsys.readouterr().err == "NOTE: latest is a, and the newer b is shard 2 of 4 and has no verdict\n"


@pytest.mark.parametrize("broken_off", [{}, {"interrupted": True}, {"stopped": "why"}, {"decision": None}])
def test_a_newer_run_that_did_not_reach_its_end_is_told_of(
    broken_off: dict[str, object], kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begun(kept, "a", 1, finished=END.format(1))
    newer = begun(kept, "b", 2, **({"finished": END.format(2), **broken_off} if broken_off else {}))
    if "decision" in broken_off:
        (newer / "report.json").write_text("torn")
    assert run_named("latest") == Path("kept/a")
    assert capsys.readouterr().err == "NOTE: latest is a, and the newer b is not finished\n"


def test_without_a_finished_run_it_is_one_sentence(kept: Path) -> None:
    begun(kept, "a", 1)
    with pytest.raises(ConfigurationError) as caught:
        run_named("latest")
    assert str(caught.value) == f"there is no finished run in {kept}: name the run's folder or its report.json"


def test_so_is_a_configuration_that_cannot_be_read(kept: Path) -> None:
    kept.with_name("pytest.ini").write_text("[pytest]\ndomain_safety_run_dir = kept\n")
    with pytest.raises(ConfigurationError, match="domain_safety_run_dir"):
        run_named("latest")


def test_a_file_or_folder_of_that_name_is_meant_where_there_is_one(kept: Path) -> None:
    begun(kept, "a", 1, finished=END.format(1))
    Path("latest").mkdir()
    assert run_named("latest") == Path("latest")


def _named(command: str) -> list[Action]:
    module = import_module(f"pytest_domainsafety.commands.{_MODULES.get(command, command)}")
    parser: ArgumentParser = module._parser() if hasattr(module, "_parser") else ArgumentParser()  # noqa: SLF001 - its own
    return [action for action in parser._actions if action.metavar == "RUN"]  # noqa: SLF001 - argparse has no other


def test_every_command_that_takes_a_run_takes_it() -> None:
    named = {command: actions for command in _COMMANDS if (actions := _named(command))}
    assert named.keys() == {
        "adjudicate", "attest", "report", "comment", "compare", "history", "label", "merge", "rejudge",
        "export-pairs",
    }  # fmt: skip
    for actions in named.values():
        for action in actions:
            assert isinstance(action, NamedRun)
            assert "latest" in (action.help or "")


def test_so_does_a_study_with_a_name_of_its_own(kept: Path) -> None:
    begun(kept, "a", 1, finished=END.format(1))
    with pytest.raises(ConfigurationError, match=r"^kept/a/report\.json is of the schema None"):
        _runs(["guarded=latest", "latest"])
