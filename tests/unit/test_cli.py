from __future__ import annotations

import pytest

from pytest_domainsafety.cli import main


@pytest.mark.parametrize("command", ["report", "study", "init", "export-pairs"])
def test_commands_that_are_not_built_yet_are_refused_in_one_sentence(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "anything", "--json", "x"]) == 4
    assert "is not available yet" in capsys.readouterr().err


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nonsense"]) == 4
    known = "lint, import, plan, compare, label, calibrate, rejudge, prune"
    assert capsys.readouterr().err == f"ERROR: domain-safety nonsense is no command: use {known}\n"


@pytest.mark.parametrize("arguments", [[], ["-h"], ["--help"]])
def test_help_names_the_commands(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "plan" in shown
    assert "compare" in shown
