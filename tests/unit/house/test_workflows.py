"""The project's own workflows: least permissions, and a release that publishes what was tested."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
WORKFLOWS = ROOT / ".github" / "workflows"
NAMES = [path.stem for path in sorted(WORKFLOWS.glob("*.yml"))]


def workflow(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_may_only_read_unless_a_job_says_why(name: str) -> None:
    data = workflow(name)
    assert data["permissions"] == {"contents": "read"}
    granted = {job: rights["permissions"] for job, rights in data["jobs"].items() if "permissions" in rights}
    assert granted == ({"publish": {"id-token": "write"}} if name == "release" else {})


@pytest.mark.parametrize("name", NAMES)
def test_checkouts_leave_no_credentials_and_jobs_end(name: str) -> None:
    for job in workflow(name)["jobs"].values():
        assert "uses" in job or job["timeout-minutes"] <= 60
        for step in job.get("steps", ()):
            assert ("run" in step) != ("uses" in step)
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_every_python_that_is_promised_is_tested_with_oldest_and_newest_pytest() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    matrix = workflow("ci")["jobs"]["wheel"]["strategy"]["matrix"]
    assert matrix["python"] == promised
    assert matrix["pytest"] == ["==9.0.*", ">=9"]
    assert "pytest>=9" in project["dependencies"]


def test_the_wheel_is_built_once_and_published_after_everything_passed() -> None:
    text = "".join((WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8") for name in NAMES)
    assert text.count("python -m build") == 1
    jobs = workflow("release")["jobs"]
    assert jobs["ci"]["uses"] == "./.github/workflows/ci.yml"
    assert jobs["publish"]["needs"] == "ci"
    assert jobs["publish"]["environment"] == "pypi"


def test_the_changelog_keeps_its_form() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert text.startswith("# Changelog\n")
    assert "keepachangelog.com/en/1.1.0" in text
    versions = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert versions[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", version) for version in versions[1:])
    kinds = set(re.findall(r"^### (.*)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
