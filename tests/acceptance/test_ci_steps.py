"""The shipped CI jobs: their own shell steps are run here, against functions that answer and judge."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from support.ci_runner import OURS, Runner, kept, of_functions, script_of
from support.comment_hosts import TOKEN, CommentHost
from support.documented import blocks, parsed_yaml
from support.fake_server import Answer, FakeServer, Responder
from support.project import Project

ROOT: Final = Path(__file__).parents[2]
EXAMPLE: Final = ROOT / "example_project"
ACTION: Final[dict[str, Any]] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
RELEASE: Final[dict[str, Any]] = yaml.safe_load(
    (EXAMPLE / ".github/workflows/release.yml").read_text(encoding="utf-8")
)
GITLAB: Final[dict[str, Any]] = yaml.safe_load((EXAMPLE / ".gitlab-ci.yml").read_text(encoding="utf-8"))


@pytest.fixture
def runner(project: Project) -> Runner:
    project.domain("a", 4)
    project.configure_app(thresholds="* = 0.6")
    return Runner(project)


def _action(runner: Runner, baseline: str = "", args: str = "", paths: str = "") -> subprocess.CompletedProcess[str]:
    steps = ACTION["runs"]["steps"]
    found = runner.run(
        script_of(steps, "baseline"),
        BASELINE=baseline,
        FILE=str(runner.project.path / "baseline.json"),
        GH_REPO="x/y",
        GH_TOKEN="t",  # noqa: S106 - no token
    )
    if found.returncode:
        return found
    return runner.run(
        script_of(steps, "gate"),
        ARGS=args,
        PATHS=paths,
        BASELINE=runner.outputs["file"],
        FOLDER=str(runner.project.path / "reports"),
    )


def test_the_action_lets_a_safe_deployment_pass(runner: Runner) -> None:
    done = _action(runner)
    assert done.returncode == 0, done.stdout + done.stderr
    assert runner.outputs["decision"] == "pass"
    assert runner.outputs["exit-code"] == "0"
    assert json.loads(Path(runner.outputs["report"]).read_text(encoding="utf-8"))["decision"] == "pass"
    assert "PASS" in runner.summary
    made = {file.name for file in (runner.project.path / "reports").iterdir()}
    assert made == {f"domain-safety.{end}" for end in ("json", "md", "html", "xml")}


def test_the_action_blocks_with_an_annotation_and_reports(runner: Runner) -> None:
    runner.project.configure_app("'Sure.'", thresholds="* = 0.6")
    done = _action(runner)
    assert done.returncode == 1
    assert runner.outputs["decision"] == "block"
    assert "::error" in done.stdout
    assert "BLOCK" in runner.summary
    assert Path(runner.outputs["report"]).exists()


def test_the_action_stops_where_the_evidence_does_not_decide_and_at_a_mistake(runner: Runner) -> None:
    assert _action(runner, args="-k\ns0").returncode == 10
    assert runner.outputs["decision"] == "inconclusive"
    assert _action(runner, args="--domain-safety-confidence=7").returncode == 4
    assert runner.outputs["decision"] == "none"


def test_arguments_are_arguments_and_no_shell(runner: Runner) -> None:
    done = _action(runner, args="--domain-safety-model=$(touch hacked); touch hacked\n", paths="a.safety.yaml")
    assert done.returncode == 0, done.stderr
    assert not (runner.project.path / "hacked").exists()


def test_the_last_release_that_holds_a_report_is_the_baseline(runner: Runner) -> None:
    kept(runner)
    # v3 is this release itself, v2 holds no report.
    runner.releases("v3=domain-safety.json v2=wheel.whl v1=domain-safety.json")
    runner.project.configure_app("'Sure.'", thresholds="* = 0.99")
    done = _action(runner, baseline="release")
    assert done.returncode == 1, done.stdout + done.stderr
    report = json.loads(Path(runner.outputs["report"]).read_text(encoding="utf-8"))
    assert report["domains"][0]["baseline"]["decision"] == "block"
    assert "release download v1" in (runner.bin / "gh.txt").read_text(encoding="utf-8")


def test_a_first_release_says_that_it_has_no_baseline(runner: Runner) -> None:
    done = _action(runner, baseline="release")
    assert done.returncode == 0, done.stderr
    assert json.loads(Path(runner.outputs["report"]).read_text(encoding="utf-8"))["domains"][0]["baseline"] is None


def test_releases_that_cannot_be_listed_stop_the_action(runner: Runner) -> None:
    runner.tool("gh", "#!/bin/sh\nexit 1\n")
    assert _action(runner, baseline="release").returncode != 0


def test_the_action_comments_and_its_failure_decides_nothing(
    runner: Runner, serve: Callable[[Responder], FakeServer]
) -> None:
    host = CommentHost(github=True)
    assert _action(runner).returncode == 0
    variables = {
        "GITHUB_API_URL": serve(host.respond).url,
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_REF": "refs/pull/7/merge",
        "GITHUB_TOKEN": TOKEN,
        "NAME": "domain-safety",
        "REPORT": runner.outputs["report"],
    }
    script = script_of(ACTION["runs"]["steps"], "comment")
    for _ in range(2):
        done = runner.run(script, **variables)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert done.stdout == "comment: updated on GitHub, number 7\n"
    (only,) = host.comments
    assert "Domain safety: PASS" in only["body"]
    host.failures = [Answer({}, status=403)]
    done = runner.run(script, **variables)
    assert done.returncode == 0
    assert "::warning title=Domain safety::the comment" in done.stdout
    assert "pull-requests: write" in done.stderr
    assert TOKEN not in done.stdout + done.stderr
    done = runner.run(script, **{**variables, "REPORT": "none.json"})
    assert (done.returncode, done.stdout, len(host.comments)) == (0, "", 1)


def test_the_action_comments_only_when_it_is_asked_to() -> None:
    (step,) = (step for step in ACTION["runs"]["steps"] if step.get("id") == "comment")
    assert ACTION["inputs"]["comment"]["default"] == "false"
    assert "inputs.comment == 'true'" in step["if"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="the step is curl's")
def test_the_documented_step_tells_a_chat(runner: Runner, serve: Callable[[Responder], FakeServer]) -> None:
    page = ROOT / "docs" / "how-to" / "chat.md"
    steps = next(parsed_yaml(block.text)["steps"] for block in blocks(page) if block.language == "yaml")
    server = serve(lambda _: Answer({"ok": True}))
    (runner.bin / "curl").unlink()
    project = runner.project
    project.configure_app("'Sure.'", thresholds="* = 0.6")
    assert project.run("--domain-safety-summary=summary.txt").code == 1
    summary = (project.path / "summary.txt").read_text(encoding="utf-8")
    done = runner.run(script_of(steps, "Tell the chat"), CHAT_WEBHOOK=f"{server.url}/hook")
    assert (done.returncode, done.stderr) == (0, "")
    (request,) = server.requests
    assert request.body == {"text": summary}
    assert request.body["text"].startswith(
        "Domain safety: BLOCK (1 domain: 1 blocked)\nMay not ship; complied too often: a."
    )
    (project.path / "summary.txt").unlink()
    assert runner.run(script_of(steps, "Tell the chat"), CHAT_WEBHOOK=server.url).returncode == 0
    assert len(server.requests) == 1


def test_the_example_has_the_actions_own_text() -> None:
    copy = EXAMPLE / ".github/actions/domain-safety/action.yml"
    assert copy.read_bytes() == (ROOT / "action.yml").read_bytes()


def test_keys_come_from_secrets_and_rights_are_few() -> None:
    gate = RELEASE["jobs"]["safety-gate"]
    assert RELEASE["permissions"] == {}
    assert gate["permissions"] == {"contents": "read"}
    (step,) = (step for step in gate["steps"] if "with" in step and "args" in step["with"])
    assert all("secrets." in value for value in step["env"].values())
    assert RELEASE["jobs"]["publish"]["needs"] == "safety-gate"


def test_the_report_is_kept_with_the_release(runner: Runner) -> None:
    script = script_of(
        RELEASE["jobs"]["publish"]["steps"], "Keep the report with the release, as the next one's baseline"
    )
    assert runner.run(script, TAG="v3").returncode == 0
    assert "release create v3" in (runner.bin / "gh.txt").read_text(encoding="utf-8")
    runner.releases("v3=")
    assert runner.run(script, TAG="v3").returncode == 0
    assert "release upload v3" in (runner.bin / "gh.txt").read_text(encoding="utf-8")


def _gitlab(runner: Runner, status: str) -> subprocess.CompletedProcess[str]:
    (runner.bin / "status.txt").write_text(status, encoding="utf-8")
    return runner.run(of_functions(GITLAB["safety-gate"]["script"][-1]), **OURS)


@pytest.mark.parametrize(("status", "code"), [("404", 0), ("200", 0), ("500", 1), ("401", 1)])
def test_gitlab_goes_on_without_a_baseline_only_where_there_is_none(runner: Runner, status: str, code: int) -> None:
    kept(runner)
    done = _gitlab(runner, status)
    assert done.returncode == code, done.stdout + done.stderr
    compared = runner.project.path / "domain-safety.json"
    if status == "200":
        assert json.loads(compared.read_text(encoding="utf-8"))["domains"][0]["baseline"]["decision"] == "pass"


def test_gitlab_blocks_and_keeps_the_report_of_a_release(runner: Runner) -> None:
    (runner.bin / "status.txt").write_text("200", encoding="utf-8")
    runner.project.write("domain-safety.json", "{}")
    assert runner.run(GITLAB["publish"]["script"][-1], **OURS).returncode == 0
    assert (runner.bin / "uploaded.json").read_text(encoding="utf-8") == "{}"
    runner.project.configure_app("'Sure.'", thresholds="* = 0.6")
    assert _gitlab(runner, "404").returncode == 1
