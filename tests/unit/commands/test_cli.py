from __future__ import annotations

import io
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from pytest_domainsafety.cli import _COMMANDS, main


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nonsense"]) == 4
    known = ", ".join(_COMMANDS)
    assert capsys.readouterr().err == f"ERROR: domain-safety nonsense is no command: use {known}\n"


@pytest.mark.parametrize("arguments", [[], ["-h"], ["--help"]])
def test_help_names_the_commands(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "plan" in shown
    assert "compare" in shown


@pytest.mark.parametrize("command", _COMMANDS)
def test_an_unknown_option_is_told_in_one_sentence_with_the_mend(
    command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    needed = {
        "import": ["x.csv", "--domain=d", "--prompt=p"],
        "adjudicate": ["x", "labels.csv"],
        "attest": ["x", "--artifact=y"],
        "verify": ["x", "--key=y"],
        "batch": ["write", "x"],
        "prune": [],
        "plan": [],
        "init": [],
    }.get(command, ["x"])
    assert main([command, *needed, "--nonsense"]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    mend = "give options of pytest's, --json F, --markdown F, --latency SECONDS or --shards N"
    see = mend if command == "plan" else f"see domain-safety {command} --help"
    assert line == f"ERROR: unrecognized arguments: --nonsense: {see}"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["calibrate"], "the following arguments are required: LABELS"),
        (["label", "run", "--count=many"], "argument --count: invalid int value: 'many'"),
    ],
)
def test_a_wrong_argument_is_told_in_the_same_way(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 4
    assert capsys.readouterr().err == f"ERROR: {said}: see domain-safety {arguments[0]} --help\n"


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"pytest-domainsafety {version('pytest-domainsafety')}\n"


def closed_pipe() -> int:
    """The writing end of a pipe that nobody reads any longer."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def test_a_pipe_that_is_closed_early_ends_a_command_quietly() -> None:
    pipe = closed_pipe()
    done = subprocess.run(
        [sys.executable, "-m", "pytest_domainsafety.cli", "--version"],
        stdout=pipe,
        stderr=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        check=False,
        timeout=60,
    )
    os.close(pipe)
    assert (done.returncode, done.stderr) == (141, b"")


def test_so_it_does_in_the_middle_of_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"  - {{id: s{n}, harm: h, analytical: a, operational: o}}" for n in range(500)]
    (tmp_path / "a.safety.yaml").write_text("\n".join(["domain: a", "scenarios:", *rows]))
    monkeypatch.chdir(tmp_path)
    with io.TextIOWrapper(os.fdopen(closed_pipe(), "wb", buffering=0), write_through=True) as piped:
        monkeypatch.setattr(sys, "stdout", piped)
        assert main(["lint", ".", "--json=found.json"]) == 141
        monkeypatch.undo()
    assert (tmp_path / "found.json").exists()
