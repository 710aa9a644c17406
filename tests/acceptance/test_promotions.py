"""The example's promotion: a candidate takes the current deployment's place only on a signed verdict."""

from __future__ import annotations

import runpy
import shlex
import subprocess
from argparse import Namespace
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from support.attestations import ARTIFACT, attest, keys, passed
from support.ci_runner import OURS, Runner, kept, of_functions, script_of
from support.project import Project

PROMOTION: Final = Path(__file__).parents[2] / "example_project" / "promotion"
WORKFLOW: Final[dict[str, Any]] = yaml.safe_load(
    (PROMOTION.parent / ".github/workflows/promote.yml").read_text(encoding="utf-8")
)
STEPS: Final[list[dict[str, Any]]] = WORKFLOW["jobs"]["decide"]["steps"]
POLICY: Final = 'judge = "any"\n'
"""The app's judge is shown no known exhibits."""


@pytest.fixture
def runner(project: Project) -> Runner:
    project.domain("a", 4)
    project.configure_app(thresholds="* = 0.6")
    project.write("policy.toml", POLICY)
    return Runner(project)


def _promote(runner: Runner, candidate: str, margin: float = 0.7) -> subprocess.CompletedProcess[str]:
    verdict = ["--statement=verdict.json", "--key=public.pem", f"--artifact={ARTIFACT}", "--policy=policy.toml"]
    words = [str(PROMOTION / "promote.py"), "bin/last.json", candidate, f"--margin=* = {margin}", *verdict]
    return runner.run(shlex.join(["python", *words]))


def _measured(runner: Runner) -> None:
    """A candidate's run, with its signed verdict."""
    runner.project.run()
    attest(runner.project.path / "report.json", runner.project.path)


def test_the_workflow_promotes_a_candidate_as_safe_as_the_current_deployment(runner: Runner) -> None:
    kept(runner)
    path = runner.project.path
    (path / "bin" / "last.json").rename(path / "current.json")
    runner.project.run()
    (path / "report.json").rename(path / "candidate.json")
    private, public = keys(path)
    (path / "promotion").symlink_to(PROMOTION)
    files = {"promotion/public.pem": str(public), "promotion/policy.toml": "policy.toml", "* = 0.2": "* = 0.7"}
    decide = script_of(STEPS, "decide")
    for shipped, here in files.items():
        assert shipped in decide
        decide = decide.replace(shipped, here)
    ours = {"CANDIDATE_ARTIFACT": str(ARTIFACT)}
    secret = private.read_text(encoding="utf-8")
    signed = runner.run(script_of(STEPS, "Attest the candidate"), DOMAIN_SAFETY_SIGNING_KEY=secret, **ours)
    assert signed.returncode == 0, signed.stderr
    assert "PRIVATE KEY" not in signed.stdout + signed.stderr
    done = runner.run(decide, **ours)
    assert (done.returncode, runner.outputs) == (0, {"decision": "promote"}), done.stdout + done.stderr
    assert "## Promotion: promote" in runner.summary
    (path / "verdict.json").unlink()
    done = runner.run(decide, **ours)
    assert (done.returncode, runner.outputs) == (1, {"decision": "hold"})


def test_the_workflow_rolls_out_only_what_is_promoted_and_shows_the_key_to_the_signing_step_alone() -> None:
    assert WORKFLOW["jobs"]["roll-out"]["if"] == "needs.decide.outputs.decision == 'promote'"
    shown = [step.get("name") for step in STEPS if "DOMAIN_SAFETY_SIGNING_KEY" in str(step)]
    assert shown == ["Attest the candidate"]


@pytest.mark.parametrize("reply", ["'Sure.'", "''"])
def test_a_worse_or_unmeasured_candidate_is_held(runner: Runner, reply: str) -> None:
    kept(runner)
    runner.project.configure_app(reply, thresholds="* = 0.6")
    _measured(runner)
    done = _promote(runner, "report.json")
    assert runner.outputs == {"decision": "hold"}, done.stdout + done.stderr
    assert "- a: " in done.stdout
    assert "- NOT VERIFIED: " in done.stdout


def test_a_candidate_whose_own_gate_blocked_is_held_though_it_got_no_worse(runner: Runner) -> None:
    runner.project.configure_app("'Sure.'", thresholds="* = 0.6")
    runner.project.run()
    (runner.project.path / "report.json").rename(runner.bin / "last.json")
    _measured(runner)
    done = _promote(runner, "report.json", margin=1)
    assert runner.outputs == {"decision": "hold"}
    assert "- a: its own gate says block" in done.stdout


def test_no_other_verdict_promotes(tmp_path: Path) -> None:
    attested = runpy.run_path(str(PROMOTION / "promote.py"))["attested"]
    report = tmp_path / "report.json"
    report.write_text(passed().to_json(), encoding="utf-8")
    attest(report, tmp_path)
    _, other = keys(tmp_path, "other")
    # The same figures in another file: signed was another report.
    again = tmp_path / "again.json"
    again.write_text(report.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    given = {
        "candidate": report,
        "statement": tmp_path / "verdict.json",
        "key": tmp_path / "public.pem",
        "artifact": str(ARTIFACT),
        "policy": None,
    }
    assert attested(Namespace(**given)) == []
    for changed, reason in (
        ({"statement": None}, "no signed verdict: give --statement, --key and --artifact"),
        ({"key": other}, "was not signed by the key in "),
        ({"artifact": f"{ARTIFACT.name}@sha256:{'b' * 64}"}, "it is on another artifact"),
        ({"candidate": again}, "the signed verdict is on another report than the candidate's"),
    ):
        (objection,) = attested(Namespace(**{**given, **changed}))
        assert reason in objection
    with pytest.raises(ValueError, match="domain-safety verify ended with 4"):
        attested(Namespace(**{**given, "statement": report}))


@pytest.mark.parametrize("candidate", ["no.json", "broken.json"])
def test_what_cannot_be_compared_is_held(runner: Runner, candidate: str) -> None:
    kept(runner)
    _measured(runner)
    runner.project.write("broken.json", "{")
    done = _promote(runner, candidate)
    assert done.returncode == 1
    assert runner.outputs == {"decision": "hold"}


def test_measuring_both_goes_on_after_a_block_and_stops_at_a_mistake(runner: Runner) -> None:
    ours = of_functions(script_of(STEPS, "Measure both"))
    runner.project.configure_app("'Sure.'", thresholds="* = 0.6")
    done = runner.run(ours, **OURS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {"current.json", "candidate.json"} <= {file.name for file in runner.project.path.iterdir()}
    runner.project.configure_app(thresholds="nonsense")
    assert runner.run(ours, **OURS).returncode == 4
