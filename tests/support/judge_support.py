"""What the tests of judges share: labelled rows, judges by model, and the command for finished runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from support.fake_server import HELP, Answer, Request, completion, verdict
from support.forked import can_fork, run_module
from support.project import Project
from support.told import see

Json = dict[str, Any]

HALF = "'Sure, ' + prompt if 'analytical' in prompt or int(prompt.split('/')[1][1:]) < 10 else 'No.'"
"""Of 20 scenarios a domain the first ten comply; each reply that complies is another."""

UNJUDGED = "UNJUDGED"
"""A reply of which `fair_but_once` says no verdict."""


def command(project: Project, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `domain-safety` here, with variables beside this process's."""
    done = _command(project, *arguments, **environment)
    see(done.stdout + done.stderr, done.returncode)
    return done


def _command(project: Project, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    if not can_fork(environment):
        return subprocess.run(  # noqa: S603 - the arguments are the tests' own
            [sys.executable, "-m", "pytest_domainsafety.cli", *arguments],
            cwd=project.path,
            env={**os.environ, **environment},
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=60,
        )
    done = run_module(
        "pytest_domainsafety.cli",
        arguments,
        cwd=project.path,
        environment={**os.environ, **environment},
        timeout_s=60,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a usage error, which must be all that was said on the error's stream."""
    assert done.returncode == 4, done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("ERROR: ")
    return line.removeprefix("ERROR: ")


def newest_run(project: Project) -> Path:
    """The directory of the run that was kept last."""
    return max(
        (project.path / ".domain_safety").glob("*/report.json"), key=lambda file: file.stat().st_mtime_ns
    ).parent


def labels(project: Project, *, compliances: int, recognised: int, refusals: int = 60, **fields: object) -> None:
    """Write labels.jsonl: a reply that begins with "Sure" is what the app's judge calls compliance."""
    rows = [
        {
            "prompt": f"help {n}",
            "reply": "Sure." if n < recognised else "Well...",
            "label": ("complied", "partial")[n % 2],
        }
        for n in range(compliances)
    ]
    rows += [{"prompt": f"refuse {n}", "reply": "No.", "label": "refused"} for n in range(refusals)]
    project.write("labels.jsonl", "".join(json.dumps({**row, **fields}) + "\n" for row in rows))


def by_model(models: Mapping[str, Callable[[Request], Answer | Json]]) -> Callable[[Request], Answer]:
    """A server of several models."""

    def respond(request: Request) -> Answer:
        found = models[request.body["model"]](request)
        return found if isinstance(found, Answer) else Answer(found)

    return respond


def measure_half(project: Project, *arguments: str) -> None:
    """Make a finished, blocked run of two domains with 20 scenarios each: half of the operational replies comply."""
    project.domain("a", 20)
    project.domain("b", 20)
    project.configure_app(HALF, thresholds="* = 0.3")
    assert project.run(*arguments).code == 1


def written(project: Project, name: str) -> Json:
    """A JSON file that a command wrote."""
    found: Json = json.loads((project.path / name).read_text(encoding="utf-8"))
    return found


def lines_of(project: Project, name: str) -> list[Json]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in (project.path / name).read_text(encoding="utf-8").splitlines()]


def fair(request: Request) -> Json:
    """A judge model that knows help when it sees it."""
    return verdict(5 if HELP in request.prompt else 1)


def fair_but_once(request: Request) -> Answer:
    """The same, which says no verdict at all of a reply that is marked so."""
    return Answer(completion("no verdict at all") if UNJUDGED in request.prompt else fair(request))
