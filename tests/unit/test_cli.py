from __future__ import annotations

import pytest

from pytest_domainsafety.cli import main


@pytest.mark.parametrize("command", ["report", "compare", "calibrate", "plan", "lint", "export-pairs"])
def test_commands_that_are_not_built_yet_are_refused_in_one_sentence(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "anything", "--json", "x"]) == 4
    assert "is not available yet" in capsys.readouterr().err


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["nonsense"])
    assert caught.value.code == 2
    assert "invalid choice" in capsys.readouterr().err
