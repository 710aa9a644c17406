"""Runs the shell steps of the shipped CI jobs, as GitHub's runner and GitLab's do."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import Any, Final

from support.project import Project, clean_environment

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
        self.tool("pytest", f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m pytest "$@"\n')
        self.tool("domain-safety", f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m pytest_domainsafety.cli "$@"\n')
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


def script_of(steps: list[dict[str, Any]], name: str) -> str:
    """The script of the step of this name or id."""
    (found,) = (step["run"] for step in steps if name in {step.get("name"), step.get("id")})
    text: str = found
    assert "${{" not in text, "an expression in a script is a way in for whoever sets it"
    return text


def kept(runner: Runner) -> None:
    """A finished run, as the last release or the current deployment has it."""
    runner.project.configure_app(thresholds="* = 0.6", margin="* = 0.6")
    runner.project.run()
    (runner.project.path / "report.json").rename(runner.bin / "last.json")


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


def of_functions(script: str) -> str:
    """The script without what names endpoints, so that the project's functions answer and judge."""
    for text in ("--domain-safety-target=", "--domain-safety-judge=llm", *_ADDRESSES):
        script = script.replace(text, "")
    return script.replace("--domain-safety safety", "--domain-safety")
