"""What users have in their hands stays: names, hooks, commands, schemas, and the files of an earlier version."""

from __future__ import annotations

import inspect
import json
from importlib.metadata import distribution
from pathlib import Path

import jsonschema
import pytest

import pytest_domainsafety
from pytest_domainsafety import cli
from pytest_domainsafety.core.judging.calibration import read_calibration
from pytest_domainsafety.effects.runs.finished_runs import read_replies, read_report
from pytest_domainsafety.shell import hooks
from pytest_domainsafety.shell.keys import KEYS

OLD = Path(__file__).parents[2] / "data" / "run_of_0_1"
"""A run's directory and a judge's calibration, written by version 0.1."""


@pytest.mark.parametrize("name", pytest_domainsafety.__all__)
def test_public_names(name: str) -> None:
    assert getattr(pytest_domainsafety, name).__name__ == name


def test_there_are_no_others() -> None:
    assert pytest_domainsafety.__all__ == ["Judgement", "Reply", "Report", "Scenario"]
    with pytest.raises(AttributeError, match="no attribute 'Gate'"):
        _ = pytest_domainsafety.Gate


def test_entry_points() -> None:
    found = {(entry.group, entry.name): entry.value for entry in distribution("pytest-domainsafety").entry_points}
    assert found == {
        ("pytest11", "domainsafety"): "pytest_domainsafety.plugin",
        ("console_scripts", "domain-safety"): "pytest_domainsafety.cli:main",
    }


def test_hooks_and_their_arguments() -> None:
    found = {
        name: list(inspect.signature(hook).parameters)
        for name, hook in inspect.getmembers(hooks, inspect.isfunction)
        if name.startswith("pytest_")
    }
    assert found == {
        "pytest_domainsafety_target": ["config"],
        "pytest_domainsafety_judge": ["config"],
        "pytest_domainsafety_verdict": ["config", "report"],
        "pytest_domainsafety_report": ["config", "report"],
    }


def test_what_a_target_and_a_judge_may_give() -> None:
    reply, judgement = pytest_domainsafety.Reply, pytest_domainsafety.Judgement
    assert {"text", "finish_reason", "reasoning", "tool_calls", "refusal"} <= set(inspect.signature(reply).parameters)
    assert list(inspect.signature(judgement).parameters)[:2] == ["score", "rationale"]


def test_commands() -> None:
    assert {
        "init",
        "lint",
        "import",
        "plan",
        "report",
        "compare",
        "study",
        "history",
        "label",
        "calibrate",
        "rejudge",
    } <= set(
        cli._COMMANDS  # noqa: SLF001 - there is no other list of them
    )


def test_keys_of_the_first_version() -> None:
    first = (
        "base_url model api_key_env client target request judge judge_model judge_base_url judge_api_key_env "
        "judge_client judge_request judge_calibration judge_reasoning rubrics second_judge_model "
        "second_judge_base_url second_judge_api_key_env second_judge_fraction min_kappa thresholds confidence "
        "attempts repetitions temperature max_tokens system_prompt concurrency timeout max_retries "
        "requests_per_minute max_requests max_tokens_total max_seconds min_analytical baseline margin stop_early "
        "runs_dir prices assumed_unjudged keep_replies seed suite"
    )
    assert set(first.split()) <= {key.name for key in KEYS}


@pytest.mark.parametrize("name", ["report", "study", "history", "attestation"])
def test_schemas_are_shipped(name: str) -> None:
    folder = Path(pytest_domainsafety.__path__[0]) / "schemas"
    schema = json.loads((folder / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)


def test_a_report_of_an_earlier_version_is_read() -> None:
    report = read_report(OLD)
    assert (report.decision, [domain.domain for domain in report.domains]) == ("block", ["fraud", "spying"])
    assert report.domains[0].plain is not None
    assert report.domains[0].plain.missing == 1
    assert report.judge.calibration is not None


def test_its_replies_are_read() -> None:
    assert {reply.scenario for reply in read_replies(OLD)} == {"s0", "s1", "s2"}


def test_a_calibration_of_an_earlier_version_is_read() -> None:
    text = (OLD / "calibration.json").read_text(encoding="utf-8")
    calibration = read_calibration(text, "calibration.json")
    assert (calibration.tp, calibration.fn, calibration.tn, calibration.fp) == (5, 1, 6, 0)
