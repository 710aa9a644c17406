"""`domain_safety_required`: which sessions fail without the gate, and with which code they end."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from pytest_domainsafety.plugin import pytest_configure
from pytest_domainsafety.shell.configuring.required import Required

KEY = "domain_safety_required"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CI", "BUILD_NUMBER", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def configured(*arguments: str, required: str | None = "yes") -> pytest.Config:
    """A session's configuration, as far as the entry point takes it."""
    key = [] if required is None else ["-o", f"{KEY}={required}"]
    config = pytest.Config.fromdictargs({}, [*key, *arguments])
    pytest_configure(config)
    return config


def is_required(*arguments: str, required: str | None = "yes") -> bool:
    return configured(*arguments, required=required).pluginmanager.hasplugin("domain-safety-required")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("variables", "under_ci"),
    [({"CI": "true"}, "yes"), ({"BUILD_NUMBER": "7"}, "yes"), ({"CI": "", "BUILD_NUMBER": ""}, "no"), ({}, "no")],
)
def test_it_holds_under_ci_only(variables: dict[str, str], under_ci: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert is_required() is (under_ci == "yes")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("option", ["--collect-only", "--help", "--version", "--markers", "--fixtures"])
def test_what_only_tells_need_not_run_it(option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "1")
    assert is_required()
    assert not is_required(option)


@pytest.mark.usefixtures("here")
def test_only_yes_requires_it_and_what_is_no_word_of_it_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_required(required="${GATE}")
    monkeypatch.setenv("CI", "1")
    assert not is_required(required=None)
    assert not is_required(required="no")
    for word in ("true", "", "${GATE}", "Yes"):
        with pytest.raises(pytest.UsageError) as caught:
            configured(required=word)
        assert str(caught.value) == f"{KEY} = {word}: it should be 'no' or 'yes'"


def test_so_is_a_native_value_of_another_type(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "1")
    (here / "pytest.ini").unlink()
    (here / "pyproject.toml").write_text(f"[tool.pytest]\n{KEY} = true\n")
    with pytest.raises(pytest.UsageError, match=f"^{KEY} has a value of the wrong type: it should be 'no' or 'yes'$"):
        configured(required=None)


def ended(config: pytest.Config, code: int) -> int:
    """With which code a session ends that would end with `code`, once others have had their word."""
    session = SimpleNamespace(exitstatus=code, config=config)
    wrapper = Required(config).pytest_sessionfinish(cast("pytest.Session", session))
    next(wrapper)
    with pytest.raises(StopIteration):
        wrapper.send(None)
    return int(session.exitstatus)


@pytest.mark.usefixtures("here")
def test_only_a_session_that_would_pass_gets_another_code(capsys: pytest.CaptureFixture[str]) -> None:
    config = configured()
    assert {code: ended(config, code) for code in range(7)} == {0: 1, **{code: code for code in range(1, 7)}}
    told = (
        f"domain safety: FAILED, since {KEY} = yes in pytest.ini and this session did not run the gate: add "
        f"--domain-safety, or -o {KEY}=no where another session runs it\n"
    )
    assert capsys.readouterr().err == told * 7  # without a terminal reporter, which would tell it
