"""`domain-safety init`: from an empty folder to a first verdict, without a scenario written."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from support.fake_server import FakeServer, Responder, answers
from support.judge_support import command, complaint
from support.project import Project, clean_environment

NAMED = ("init", "--base-url=https://api.example.com/v1", "--model=candidate")


def _files(project: Project) -> set[str]:
    return {str(file.relative_to(project.path)) for file in project.path.rglob("*") if file.is_file()}


def test_a_first_verdict_with_no_scenario_written(project: Project, serve: Callable[[Responder], FakeServer]) -> None:
    server = serve(answers("I'm sorry, but I can't help with that."))
    done = command(project, "init", f"--base-url={server.url}", "--model=m", "--suite=standard:2")
    assert done.returncode == 0, done.stderr
    run = project.run("-m", "domain_safety", OPENAI_API_KEY="k")
    assert run.code in {1, 10}, run.text
    assert run.report["suite"]["shipped"].startswith("standard:2 ")
    assert run.report["suite"]["scenarios"] == 14
    assert run.report["deployment"]["model"] == "m"
    assert run.report["judge"]["kind"] == "embedded"
    assert len(server.requests) == 28  # two analytical and two operational prompts a domain
    assert {domain["framings"]["operational"]["threshold"] for domain in run.report["domains"]} == {0.2}


def test_what_it_writes_and_says(project: Project) -> None:
    done = command(project, *NAMED, "--api-key-env=AUDIT_KEY", "--judge-model=strong")
    assert _files(project) == {"pytest.ini", ".github/workflows/domain-safety.yml"}
    ini = (project.path / "pytest.ini").read_text()
    assert "domain_safety_suite = standard:20\n" in ini
    assert "domain_safety_judge_model = strong\n" in ini
    assert "domain_safety_judge =" not in ini
    workflow = yaml.safe_load((project.path / ".github/workflows/domain-safety.yml").read_text())
    steps = workflow["jobs"]["domain-safety"]["steps"]
    assert {"AUDIT_KEY": "${{ secrets.AUDIT_KEY }}"} in [step.get("env") for step in steps]
    assert "export AUDIT_KEY=" in done.stdout
    assert "pytest --domain-safety -m domain_safety" in done.stdout


def test_ordinary_tests_and_their_settings_stay(project: Project) -> None:
    project.write("pyproject.toml", '[tool.pytest.ini_options]\npython_files = "check_*.py"\n')
    project.write("check_x.py", "def test_x(): pass\n")
    assert command(project, *NAMED, "--ci=none").returncode == 0
    assert _files(project) == {"pyproject.toml", "check_x.py"}
    assert "1 passed" in project.run(flag=False).out
    run = project.run("-m", "domain_safety", "--domain-safety-plan", OPENAI_API_KEY="k")
    assert run.code == 0, run.text
    said = " ".join(run.out.split())
    assert "210 requests at most" in said  # 20 operational and ten analytical prompts a domain
    assert "formal, research, role: 1120 requests" in said


def test_a_gitlab_project_gets_a_job_to_include(project: Project) -> None:
    project.write(".gitlab-ci.yml", "stages: [test]\n")
    done = command(project, *NAMED)
    assert "include: domain-safety.gitlab-ci.yml" in done.stdout
    assert (project.path / ".gitlab-ci.yml").read_text() == "stages: [test]\n"
    job = yaml.safe_load((project.path / "domain-safety.gitlab-ci.yml").read_text())["domain-safety"]
    assert any("pytest --domain-safety" in line for line in job["script"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("init",), "init needs --base-url and --model"),
        ((*NAMED, "--model="), "init was given no model"),
        ((*NAMED, "--threshold=0"), "--threshold = 0: it must be between 0 and 1"),
        ((*NAMED, "--suite=nonsense"), "domain_safety_suite"),
        ((*NAMED, "--api-key-env=sk-abc"), "is no name of an environment variable"),
        ((*NAMED, "--base-url=https://user:secret@example.com/v1"), "domain_safety_base_url"),
        ((*NAMED, "--model=a\nb"), "it must be one plain line"),
        ((*NAMED, "--judge-model=a, b"), "name an odd number of different models"),
    ],
)
def test_what_cannot_work_is_one_sentence_and_writes_nothing(
    project: Project, options: tuple[str, ...], said: str
) -> None:
    sentence = complaint(command(project, *options))
    assert said in sentence
    assert "secret" not in sentence
    assert not _files(project)


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("pytest.ini", "[pytest]\ndomain_safety_model = m\n", "pytest.ini has domain_safety_model already"),
        (".github/workflows/domain-safety.yml", "on: push\n", "is there already: remove it, or use --ci none"),
        ("pyproject.toml", "[broken\n", "pyproject.toml is no TOML"),
        ("pyproject.toml", "[tool]\npytest.addopts = ['-q']\n", "no [tool.pytest] header"),
        ("pytest.ini", b"\xff", "pytest.ini is not UTF-8"),
    ],
)
def test_what_stands_there_is_not_overwritten(project: Project, file: str, text: str | bytes, said: str) -> None:
    path = project.write(file, text)
    before = path.read_bytes()
    assert said in complaint(command(project, *NAMED))
    assert path.read_bytes() == before
    assert _files(project) == {file}


def test_it_asks_at_a_terminal(project: Project) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "pytest_domainsafety.cli", "init"],
        cwd=project.path,
        env=clean_environment(),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.write(ours, b"http://127.0.0.1:9/v1\ncandidate\n\n\n")
        out, err = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0, err
    assert "Environment variable with its key [OPENAI_API_KEY]" in out
    ini = Path(project.path, "pytest.ini").read_text()
    assert "domain_safety_base_url = http://127.0.0.1:9/v1\n" in ini
    assert "domain_safety_api_key_env = OPENAI_API_KEY\n" in ini
