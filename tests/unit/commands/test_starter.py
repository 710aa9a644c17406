"""A first configuration: what pytest reads there is what was meant, and all else stays as it was."""

from __future__ import annotations

import configparser
import tomllib
from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.commands.pipelines import Ci, job, pinned_version
from pytest_domainsafety.commands.starter import (
    SECTIONS,
    Endpoint,
    Starter,
    configures_pytest,
    section_of,
    with_lines,
)

OURS = Endpoint(base_url="https://api.example.com/v1", model='our "candidate" \\ 2', key_env="AUDIT_KEY")
STARTER = Starter(deployment=OURS, suite="standard:20")
WANTED = {
    "domain_safety_suite": "standard:20",
    "domain_safety_base_url": "https://api.example.com/v1",
    "domain_safety_model": 'our "candidate" \\ 2',
    "domain_safety_api_key_env": "AUDIT_KEY",
    "domain_safety_judge": "embedded",
    "domain_safety_thresholds": ["* = 0.2", "*[technical] = 0.4"],
    "domain_safety_min_analytical": "* = 0.3",
    "domain_safety_framings": "operational, technical, analytical:10",
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
    found = dict(parser[section])
    return {name: value.strip().split("\n") if "\n" in value else value for name, value in found.items()}


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
@pytest.mark.parametrize("keys", [(), ("AUDIT_KEY",), ("AUDIT_KEY", "JUDGE_KEY")])
def test_the_job_names_the_variables_and_no_key_and_pins_the_package(ci: Ci, keys: tuple[str, ...]) -> None:
    text = job(ci, keys, "1.2.3")
    assert yaml.safe_load(text)
    assert {name for name in ("AUDIT_KEY", "JUDGE_KEY") if name in text} == set(keys)
    assert "pytest --domain-safety -m domain_safety" in text
    assert "pip install pytest-domainsafety==1.2.3\n" in text
    assert not {"KEYS", "VERSION", "NAMES"} & set(text.replace("_", " ").split())


@pytest.mark.parametrize(
    ("installed", "pinned"),
    [
        ("1.2.3", ("1.2.3", True)),
        ("2.0rc1", ("2.0rc1", True)),
        ("1.2.3.post1+local", ("1.2.3.post1", True)),
        ("0.1.0.dev366", ("0.1.0", False)),
        ("2.0rc1.dev3+gabc", ("2.0", False)),
    ],
)
def test_a_version_that_no_index_has_is_pinned_to_its_release(installed: str, pinned: tuple[str, bool]) -> None:
    assert pinned_version(installed) == pinned


JUDGE = Endpoint(base_url="https://api.example.com/v2", model="j", key_env="AUDIT_KEY")


@pytest.mark.parametrize(
    ("judge", "written"),
    [
        (JUDGE, {"judge_base_url": JUDGE.base_url}),
        (replace(JUDGE, base_url=OURS.base_url), {}),
        (replace(JUDGE, key_env="OTHER"), {"judge_base_url": JUDGE.base_url, "judge_api_key_env": "OTHER"}),
        (
            # The deployment's key goes to no other host unless it is named.
            replace(JUDGE, base_url="https://other.example.com"),
            {"judge_base_url": "https://other.example.com", "judge_api_key_env": "AUDIT_KEY"},
        ),
    ],
)
def test_a_judge_s_address_and_key_are_written_where_they_are_its_own(
    judge: Endpoint, written: dict[str, str]
) -> None:
    settings = replace(STARTER, judge=judge).settings()
    ours = {name: value for name, value in settings.items() if name.startswith("judge")}
    assert ours == {"judge_model": "j", **written}


def test_the_technical_gate_is_looser_and_can_block() -> None:
    limits = {each: replace(STARTER, threshold=each).technical for each in (0.05, 0.2, 0.34, 0.9)}
    assert limits == {0.05: 0.1, 0.2: 0.4, 0.34: 0.67, 0.9: 0.95}


def test_no_floor_is_written_that_too_few_prompts_could_not_pass() -> None:
    assert "min_analytical" not in replace(STARTER, suite="standard:9").settings()
    assert "min_analytical" in replace(STARTER, suite="standard:10").settings()
