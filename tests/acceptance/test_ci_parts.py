"""The documented pipelines that measure in parts: their own steps are run here, job after job, and then the merge."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from support.attestations import ARTIFACT
from support.ci_runner import Runner, script_of
from support.documented import blocks, parsed_yaml
from support.project import Project

ROOT: Final = Path(__file__).parents[2]
ACTION: Final[dict[str, Any]] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: Final[list[dict[str, Any]]] = ACTION["runs"]["steps"]
GITHUB, GITLAB = (
    parsed_yaml(block.text) for block in blocks(ROOT / "docs/how-to/shards.md") if block.language == "yaml"
)
PARTS: Final[list[str]] = GITHUB["jobs"]["part"]["strategy"]["matrix"]["part"]


@pytest.fixture
def runner(project: Project) -> Runner:
    project.domain("a", 8)
    project.configure_app(thresholds="* = 0.4")
    return Runner(project)


def inputs_of(job: str) -> dict[str, str]:
    """What a documented job gives to the action."""
    (step,) = (each for each in GITHUB["jobs"][job]["steps"] if "domain-safety" in each.get("uses", ""))
    given: dict[str, str] = step["with"]
    return given


def action(runner: Runner, **given: str) -> subprocess.CompletedProcess[str]:
    """The action's measuring step with these inputs, each in the variable that the action gives it."""
    (step,) = (each for each in STEPS if each.get("id") == "gate")
    inputs = {name: given.get(name, each["default"]) for name, each in ACTION["inputs"].items()}
    told = {"BASELINE": "", "DOMAIN_SAFETY_SIGNING_KEY": "", "FOLDER": f"{runner.project.path / 'out'}"}
    asks = inputs["artifact"] != "" or inputs["sign"] != "false" or inputs["comment"] == "true"
    told["ATTEST"] = "true" if asks else "false"
    for variable, expression in step["env"].items():
        if named := re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", expression):
            told[variable] = inputs[named[1]]
    assert told.keys() == step["env"].keys()
    return runner.run(script_of(STEPS, "gate"), **told)


def measured(runner: Runner, part: str, **given: str) -> subprocess.CompletedProcess[str]:
    """A documented part, whose artifact lies then where the merge's job downloads it to."""
    assert inputs_of("part") == {"shard": "${{ matrix.part }}"}
    done = action(runner, shard=part, **given)
    there = runner.project.path / "parts" / runner.outputs["upload-name"]
    shutil.rmtree(there, ignore_errors=True)
    hidden = shutil.ignore_patterns(".*")  # the upload leaves them out
    shutil.copytree(runner.project.path / "out", there, ignore=hidden)
    return done


def missing_in(runner: Runner) -> int:
    report = json.loads(Path(runner.outputs["report"]).read_text(encoding="utf-8"))
    return sum(trial["outcome"] == "missing" for trial in report["trials"])


def test_github_measures_in_parts_and_takes_one_verdict(runner: Runner) -> None:
    path = runner.project.path
    for part in PARTS:
        done = measured(runner, part)
        assert done.returncode == 0, done.stdout + done.stderr
        name = f"domain-safety-part-{part.replace('/', '-of-')}"
        assert runner.outputs == {"decision": "none", "exit-code": "0", "report": "", "upload-name": name}
        assert re.search(rf"^{name}: [\d.]+\S*, with no replies, only their digests$", done.stdout, re.MULTILINE)
        assert "::warning" not in done.stdout
        assert [file.name for file in (path / "out").iterdir() if file.is_file() and file.name[0] != "."] == []
    assert len(runner.project.asked) == 16
    assert runner.summary == ""
    assert not [file for file in path.rglob("*.jsonl") if "I cannot help" in file.read_text(encoding="utf-8")]

    merged = action(runner, **inputs_of("safety-gate"))
    assert merged.returncode == 0, merged.stdout + merged.stderr
    assert (runner.outputs["decision"], runner.outputs["upload-name"]) == ("pass", "domain-safety")
    assert "PASS" in runner.summary
    assert {file.name for file in (path / "out").iterdir()} == {
        f"domain-safety.{end}" for end in ("json", "md", "html", "xml")
    }
    assert missing_in(runner) == 0
    assert len(runner.project.asked) == 16
    report, statement = runner.outputs["report"], path / "verdict.json"
    given = {"ARTIFACT": f"{ARTIFACT}", "REPORT": report, "SIGN": "false", "STATEMENT": f"{statement}"}
    assert runner.run(script_of(STEPS, "attest"), **given).returncode == 0
    figures = json.loads(statement.read_text(encoding="utf-8"))["predicate"]["domainSafety"]
    assert (figures["decision"], figures["merged_from"]) == ("pass", 4)

    # A part with a hole says so, and the merge takes what it lacks for the worst.
    holed = measured(runner, "4/4", args="-k\nanalytical")
    assert (holed.returncode, runner.outputs["exit-code"]) == (10, "10")
    assert "::warning title=Domain safety::part 4/4 was not measured whole (exit code 10)" in holed.stdout
    assert action(runner, **inputs_of("safety-gate")).returncode == 10
    assert (runner.outputs["decision"], missing_in(runner)) == ("inconclusive", 2)
    shutil.rmtree(path / "parts/domain-safety-part-4-of-4")
    assert action(runner, **inputs_of("safety-gate")).returncode == 10
    assert missing_in(runner) == 4
    shutil.rmtree(path / "parts")
    assert action(runner, **inputs_of("safety-gate")).returncode == 4
    assert (runner.outputs["decision"], runner.outputs["exit-code"]) == ("none", "4")


def test_replies_travel_only_where_they_are_asked_for(runner: Runner) -> None:
    done = measured(runner, "1/2", replies="true")
    assert ", with the replies: keep it as private as they are" in done.stdout
    (replies,) = (runner.project.path / "parts").rglob("replies.jsonl")
    assert "I cannot help" in replies.read_text(encoding="utf-8")
    measured(runner, "2/2", replies="true")
    assert "keep_replies was full, is hash" in action(runner, merge="parts").stderr
    assert action(runner, merge="parts", replies="true").returncode == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"shard": "1/4", "merge": "parts"}, "shard measures a part and merge joins them: give one of them"),
        ({"shard": "1/4", "artifact": "x"}, "a part has no verdict: give artifact, sign and comment to the job that"),
        ({"shard": "1/4", "comment": "true"}, "a part has no verdict"),
        ({"shard": "../../x"}, "the input shard must be K/N"),
        ({"merge": "parts", "replies": "yes"}, "the input replies is neither true nor false"),
    ],
)
def test_mistakes_in_the_inputs_are_told_and_nothing_is_asked(
    runner: Runner, given: dict[str, str], said: str
) -> None:
    done = action(runner, **given)
    assert (done.returncode, done.stdout.startswith(f"::error title=Domain safety::{said}")) == (4, True), done.stdout
    assert runner.project.asked == []


def test_no_part_keeps_the_merge_from_running_and_only_a_pass_is_published() -> None:
    part, gate, publish = (GITHUB["jobs"][name] for name in ("part", "safety-gate", "publish"))
    assert part["strategy"]["fail-fast"] is False
    assert PARTS == ["1/4", "2/4", "3/4", "4/4"]
    assert (gate["needs"], gate["if"]) == ("part", "${{ !cancelled() }}")
    assert publish["needs"] == "safety-gate"
    assert "needs.safety-gate.result == 'success'" in publish["if"]
    (upload,) = (each["with"] for each in STEPS if each.get("uses", "").startswith("actions/upload-artifact"))
    assert upload["name"] == "${{ steps.gate.outputs.upload-name || inputs.upload-name }}"
    (download,) = (each["with"] for each in gate["steps"] if each["uses"].startswith("actions/download-artifact"))
    assert download["path"] == inputs_of("safety-gate")["merge"]
    assert "secrets." not in f"{gate}"
    assert GITLAB["part"]["allow_failure"] == {"exit_codes": 10}
    assert GITLAB["part"]["artifacts"]["when"] == GITLAB["safety-gate"]["when"] == "always"


def gitlab(runner: Runner) -> list[int]:
    """The exit codes of GitLab's jobs, the merge's last."""
    jobs = [str(index) for index in range(1, GITLAB["part"]["parallel"] + 1)]
    (part,), (merge,) = GITLAB["part"]["script"], GITLAB["safety-gate"]["script"]
    codes = [runner.run(part, CI_NODE_INDEX=index, CI_NODE_TOTAL=f"{len(jobs)}").returncode for index in jobs]
    return [*codes, runner.run(merge).returncode]


@pytest.mark.parametrize(
    ("reply", "part", "verdict"),
    [("'Sure.'", 0, 1), ("1 / 0 if '/s0/oper' in prompt else 'No.'", 10, 10)],
    ids=["block", "hole"],
)
def test_gitlab_tells_each_exit_code(runner: Runner, reply: str, part: int, verdict: int) -> None:
    runner.project.configure_app(reply, thresholds="* = 0.4")
    *parts, merge = gitlab(runner)
    assert (sorted(parts), merge) == ([0, 0, 0, part], verdict)  # one scenario is in one part
    path = runner.project.path
    assert not [*(path / "parts").rglob("replies.jsonl")]
    report = json.loads((path / "domain-safety.json").read_text(encoding="utf-8"))
    assert (report["exit_code"], len(report["merged"]["parts"])) == (verdict, 4)
    assert (path / "junit.xml").exists()
