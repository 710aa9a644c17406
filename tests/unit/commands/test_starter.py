"""A first configuration: what pytest reads there is what was meant, and all else stays as it was."""

from __future__ import annotations

import configparser
import tomllib
from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.commands.starter import SECTIONS, Ci, Starter, configures_pytest, section_of, with_lines

STARTER = Starter(
    base_url="https://api.example.com/v1",
    model='our "candidate" \\ 2',
    api_key_env="AUDIT_KEY",
    judge_model=None,
    suite="standard:20",
    threshold=0.2,
)
WANTED = {
    "domain_safety_suite": "standard:20",
    "domain_safety_base_url": "https://api.example.com/v1",
    "domain_safety_model": 'our "candidate" \\ 2',
    "domain_safety_api_key_env": "AUDIT_KEY",
    "domain_safety_judge": "embedded",
    "domain_safety_thresholds": "* = 0.2",
    "domain_safety_framings": "operational, analytical:10",
    "domain_safety_stop_early": "sequential",
}


def _read(name: str, text: str) -> dict[str, object]:
    section = section_of(name, text)
    assert section is not None
    if name.endswith(".toml"):
        found = tomllib.loads(text)
        for part in section.split("."):
            found = found[part]
        return found
    parser = configparser.RawConfigParser(delimiters=("=",))
    parser.read_string(text)
    return dict(parser[section])


@pytest.mark.parametrize("name", SECTIONS)
@pytest.mark.parametrize(
    "before", ["", "[{}]\nminversion = '9.0'\n", "[other]\nx = 1\n\n[{}]  # ours\nxfail_strict = 1"]
)
def test_settings_are_read_back_from_every_kind_of_file(name: str, before: str) -> None:
    text = before.format(SECTIONS[name])
    changed = with_lines(name, text, STARTER.lines(toml=name.endswith(".toml")))
    assert changed is not None
    found = _read(name, changed)
    assert {key: found[key] for key in WANTED} == WANTED
    assert set(found) - set(WANTED) <= {"minversion", "xfail_strict"}
    assert configures_pytest(name, changed)


def test_a_suite_too_small_for_a_sequential_test_stops_by_curtailment() -> None:
    stops = {
        size: replace(STARTER, suite=f"standard{size}").settings()["stop_early"]
        for size in ("", ":20", ":19", ":19:surveillance")
    }
    assert stops == {"": "sequential", ":20": "sequential", ":19": "curtail", ":19:surveillance": "curtail"}


def test_pyproject_settings_of_the_older_kind_get_the_lines_where_they_are() -> None:
    text = '[project]\nname = "x"\n\n[tool.pytest.ini_options]\naddopts = "-q"\n\n[tool.ruff]\nline-length = 100\n'
    changed = with_lines("pyproject.toml", text, STARTER.lines(toml=True))
    assert changed is not None
    settings = tomllib.loads(changed)["tool"]
    assert settings["pytest"]["ini_options"] == {**WANTED, "addopts": "-q"}
    assert settings["ruff"] == {"line-length": 100}


def test_a_pyproject_without_pytest_settings_does_not_configure_pytest() -> None:
    assert not configures_pytest("pyproject.toml", '[project]\nname = "x"\n')
    assert not configures_pytest("pyproject.toml", "tool = 1\n")
    assert not configures_pytest("tox.ini", "[tox]\n")
    assert configures_pytest("pytest.ini", "")


def test_settings_without_a_header_cannot_be_added_to() -> None:
    assert with_lines("pyproject.toml", '[tool]\npytest.ini_options.addopts = "-q"\n', "x = 1\n") is None


@given(st.lists(st.sampled_from(["[other]", "a = 1", "# a comment", "", "    more"])).map("\n".join))
def test_what_was_there_stays(around: str) -> None:
    text = f"[pytest]\nminversion = 9\n{around}\n"
    lines = STARTER.lines(toml=False)
    assert with_lines("pytest.ini", text, lines) == text.replace("[pytest]\n", f"[pytest]\n{lines}", 1)


def test_line_ends_are_kept() -> None:
    changed = with_lines("pytest.ini", "[pytest]\r\nminversion = 9\r\n", STARTER.lines(toml=False))
    assert changed is not None
    assert "\n" not in changed.replace("\r\n", "")


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_the_job_names_the_variable_and_no_key(ci: Ci) -> None:
    job = STARTER.job(ci)
    assert yaml.safe_load(job)
    assert "AUDIT_KEY" in job
    assert "pytest --domain-safety -m domain_safety" in job
