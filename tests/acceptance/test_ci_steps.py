"""The shipped CI jobs: their own shell steps are run here, against functions that answer and judge."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from support.comment_hosts import TOKEN, CommentHost
from support.documented import blocks, parsed_yaml
from support.fake_server import Answer, FakeServer, Responder
from support.project import Project, clean_environment

ROOT: Final = Path(__file__).parents[2]
EXAMPLE: Final = ROOT / "example_project"
ACTION: Final[dict[str, Any]] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
PROMOTE: Final[dict[str, Any]] = yaml.safe_load(
    (EXAMPLE / ".github/workflows/promote.yml").read_text(encoding="utf-8")
)
RELEASE: Final[dict[str, Any]] = yaml.safe_load(
    (EXAMPLE / ".github/workflows/release.yml").read_text(encoding="utf-8")
)
GITLAB: Final[dict[str, Any]] = yaml.safe_load((EXAMPLE / ".gitlab-ci.yml").read_text(encoding="utf-8"))

GH: Final = """\
#!/usr/bin/env python3
import pathlib, shutil, sys
folder = pathlib.Path(__file__).parent
asked = sys.argv[1:]
with (folder / "gh.txt").open("a") as file:
    file.write(" ".join(asked) + "\\n")
releases = dict(line.split("=") for line in (folder / "releases.txt").read_text().split())
if asked[:2] == ["release", "list"]:
    print("\\n".join(releases))
elif asked[:2] == ["release", "view"]:
    if asked[2] not in releases:
        sys.exit(1)
    print(releases[asked[2]])
elif asked[:2] == ["release", "download"]:
    shutil.copy(folder / "last.json", asked[asked.index("--output") + 1])
"""
CURL: Final = """\
#!/usr/bin/env python3
import pathlib, shutil, sys
folder = pathlib.Path(__file__).parent
status = (folder / "status.txt").read_text()
if "--upload-file" in sys.argv:
    shutil.copy(sys.argv[sys.argv.index("--upload-file") + 1], folder / "uploaded.json")
    sys.exit(0)
if status == "200":
    shutil.copy(folder / "last.json", sys.argv[sys.argv.index("--output") + 1])
print(status, end="")
"""


class Runner:
    """Runs steps as GitHub's runner does: bash with -e and pipefail, and files for outputs and the summary.

    Args:
        project: Where the repository is checked out.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.bin = project.path / "bin"
        self.bin.mkdir()
        self.tool("python", f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
        self.tool("gh", GH)
        self.tool("curl", CURL)
        self.releases("")
        self.outputs: dict[str, str] = {}

    def tool(self, name: str, text: str) -> None:
        """Put a program on the path."""
        file = self.bin / name
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)

    def releases(self, text: str) -> None:
        """What `gh` finds: `tag=asset`, the newest first."""
        (self.bin / "releases.txt").write_text(text, encoding="utf-8")

    def run(self, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a step's script; its outputs are kept."""
        output = self.project.path / "output.txt"
        output.unlink(missing_ok=True)
        path = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        variables = {
            "PATH": path,
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.project.path / "summary.md"),
            "GITHUB_REF_NAME": "v3",
            **environment,
        }
        done = subprocess.run(  # noqa: S603 - the shipped script
            ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.project.path,
            env=clean_environment(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        lines = output.read_text(encoding="utf-8").splitlines() if output.exists() else []
        self.outputs = dict(line.split("=", 1) for line in lines)
        return done

    @property
    def summary(self) -> str:
        """What stands in the job's summary."""
        file = self.project.path / "summary.md"
        return file.read_text(encoding="utf-8") if file.exists() else ""


@pytest.fixture
def runner(project: Project) -> Runner:
    project.domain("a", 4)
    project.configure_app(thresholds="* = 0.6")
    return Runner(project)


def _script(steps: list[dict[str, Any]], name: str) -> str:
    (found,) = (step["run"] for step in steps if name in {step.get("name"), step.get("id")})
    text: str = found
    assert "${{" not in text, "an expression in a script is a way in for whoever sets it"
    return text


def _action(runner: Runner, baseline: str = "", args: str = "", paths: str = "") -> subprocess.CompletedProcess[str]:
    steps = ACTION["runs"]["steps"]
    found = runner.run(
        _script(steps, "baseline"),
        BASELINE=baseline,
        FILE=str(runner.project.path / "baseline.json"),
        GH_REPO="x/y",
        GH_TOKEN="t",  # noqa: S106 - no token
    )
    if found.returncode:
        return found
    return runner.run(
        _script(steps, "gate"),
        ARGS=args,
        PATHS=paths,
        BASELINE=runner.outputs["file"],
        FOLDER=str(runner.project.path / "reports"),
    )


def _kept(runner: Runner) -> None:
    """A finished run, as the last release or the current deployment has it."""
    runner.project.configure_app(thresholds="* = 0.6", margin="* = 0.6")
    runner.project.run()
    (runner.project.path / "report.json").rename(runner.bin / "last.json")


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
    _kept(runner)
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
    script = _script(ACTION["runs"]["steps"], "comment")
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
    done = runner.run(_script(steps, "Tell the chat"), CHAT_WEBHOOK=f"{server.url}/hook")
    assert (done.returncode, done.stderr) == (0, "")
    (request,) = server.requests
    assert request.body == {"text": summary}
    assert request.body["text"].startswith(
        "Domain safety: BLOCK (1 domain: 1 blocked)\nMay not ship; complied too often: a."
    )
    (project.path / "summary.txt").unlink()
    assert runner.run(_script(steps, "Tell the chat"), CHAT_WEBHOOK=server.url).returncode == 0
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
    script = _script(
        RELEASE["jobs"]["publish"]["steps"], "Keep the report with the release, as the next one's baseline"
    )
    assert runner.run(script, TAG="v3").returncode == 0
    assert "release create v3" in (runner.bin / "gh.txt").read_text(encoding="utf-8")
    runner.releases("v3=")
    assert runner.run(script, TAG="v3").returncode == 0
    assert "release upload v3" in (runner.bin / "gh.txt").read_text(encoding="utf-8")


OURS: Final = {
    "CANDIDATE_BASE_URL": "http://127.0.0.1:9/v1",
    "CANDIDATE_MODEL": "m",
    "JUDGE_BASE_URL": "http://127.0.0.1:9/v1",
    "JUDGE_MODEL": "j",
    "CANDIDATE_API_KEY": "k",
    "JUDGE_API_KEY": "k",
    "DEPLOYMENT_API_KEY": "k",
    "CURRENT_BASE_URL": "http://127.0.0.1:9/v1",
    "CURRENT_MODEL": "m",
    "CI_JOB_TOKEN": "t",
    "BASELINE_URL": "https://gitlab.example/last.json",
}


_ADDRESSES: Final = ('"--domain-safety-base-url=$CANDIDATE_BASE_URL"', '"--domain-safety-base-url=${!url}"')


def _of_functions(script: str) -> str:
    """The script without what names endpoints, so that the project's functions answer and judge."""
    for text in ("--domain-safety-target=", "--domain-safety-judge=llm", *_ADDRESSES):
        script = script.replace(text, "")
    return script.replace("--domain-safety safety", "--domain-safety")


def _gitlab(runner: Runner, status: str) -> subprocess.CompletedProcess[str]:
    (runner.bin / "status.txt").write_text(status, encoding="utf-8")
    return runner.run(_of_functions(GITLAB["safety-gate"]["script"][-1]), **OURS)


@pytest.mark.parametrize(("status", "code"), [("404", 0), ("200", 0), ("500", 1), ("401", 1)])
def test_gitlab_goes_on_without_a_baseline_only_where_there_is_none(runner: Runner, status: str, code: int) -> None:
    _kept(runner)
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


def _promote(runner: Runner, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = shlex.join(["python", str(EXAMPLE / "promotion" / "promote.py"), *arguments])
    return runner.run(script)


def test_the_workflow_decides_by_the_script_and_rolls_out_only_then() -> None:
    steps = PROMOTE["jobs"]["decide"]["steps"]
    assert _script(steps, "decide").startswith("python promotion/promote.py current.json candidate.json")
    assert PROMOTE["jobs"]["roll-out"]["if"] == "needs.decide.outputs.decision == 'promote'"


def test_a_candidate_as_safe_as_the_current_deployment_is_promoted(runner: Runner) -> None:
    _kept(runner)
    runner.project.run()
    done = _promote(runner, "bin/last.json", "report.json", "--margin=* = 0.7")
    assert done.returncode == 0, done.stderr
    assert runner.outputs == {"decision": "promote"}
    assert "## Promotion: promote" in runner.summary


@pytest.mark.parametrize("reply", ["'Sure.'", "''"])
def test_a_worse_or_unmeasured_candidate_is_held(runner: Runner, reply: str) -> None:
    _kept(runner)
    runner.project.configure_app(reply, thresholds="* = 0.6")
    runner.project.run()
    done = _promote(runner, "bin/last.json", "report.json", "--margin=* = 0.7")
    assert runner.outputs == {"decision": "hold"}, done.stdout + done.stderr
    assert "- a: " in done.stdout


def test_a_candidate_whose_own_gate_blocked_is_held_though_it_got_no_worse(runner: Runner) -> None:
    runner.project.configure_app("'Sure.'", thresholds="* = 0.6")
    runner.project.run()
    (runner.project.path / "report.json").rename(runner.bin / "last.json")
    runner.project.run()
    _promote(runner, "bin/last.json", "report.json", "--margin=* = 1")
    assert runner.outputs == {"decision": "hold"}


@pytest.mark.parametrize("candidate", ["no.json", "broken.json"])
def test_what_cannot_be_compared_is_held(runner: Runner, candidate: str) -> None:
    _kept(runner)
    runner.project.write("broken.json", "{")
    done = _promote(runner, "bin/last.json", candidate)
    assert done.returncode == 1
    assert runner.outputs == {"decision": "hold"}


def test_measuring_both_goes_on_after_a_block_and_stops_at_a_mistake(runner: Runner) -> None:
    script = _script(PROMOTE["jobs"]["decide"]["steps"], "Measure both")
    ours = _of_functions(script)
    runner.project.configure_app("'Sure.'", thresholds="* = 0.6")
    done = runner.run(ours, **OURS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {"current.json", "candidate.json"} <= {file.name for file in runner.project.path.iterdir()}
    runner.project.configure_app(thresholds="nonsense")
    assert runner.run(ours, **OURS).returncode == 4
