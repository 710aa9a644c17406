"""No command minds what a project, or a variable, makes of warnings for its tests."""

from __future__ import annotations

from typing import Final

import pytest

from pytest_domainsafety.cli import _COMMANDS
from support.judge_support import command, labels, measure_half, newest_run
from support.project import Project

ARGUMENTS: Final[dict[str, tuple[tuple[str, ...], int]]] = {
    "init": (("--base-url=http://127.0.0.1:1/v1", "--model=m"), 4),
    "lint": (("a.safety.yaml",), 0),
    "import": (("prompts.csv", "--domain=mine", "--prompt=text"), 0),
    "plan": (("-q",), 0),
    "lock": (("--check",), 1),
    "merge": (("RUN",), 1),
    "batch": (("write", "batch"), 4),
    "report": (("RUN",), 0),
    "comment": (("RUN", "--number=1"), 4),
    "compare": (("RUN", "OTHER"), 0),
    "study": (("RUN", "OTHER"), 0),
    "history": ((), 0),
    "label": (("RUN",), 0),
    "calibrate": (("labels.jsonl",), 0),
    "rejudge": (("RUN", "--judge", "app:judge"), 1),
    "adjudicate": (("RUN", "labels.jsonl"), 4),
    "export-pairs": (("RUN",), 0),
    "prune": ((), 0),
    "attest": (("RUN", f"--artifact=model@sha256:{'0' * 64}"), 0),
    "verify": (("nothing.json", "--key=nothing.pem"), 4),
}
"""Of each command, and its exit code where nothing turns warnings into errors.

`init` finds a project configured, `lock` no lock, `batch` a function to ask, `verify` no statement, `comment` no
token, and `adjudicate` labels of no reply of the run.
"""

FORMS: Final = {
    "pytest.ini": "[pytest]\nfilterwarnings = error\n",
    "tox.ini": "[pytest]\nfilterwarnings =\n    error\n    ignore::UserWarning\naddopts = -W error\n",
    "setup.cfg": "[tool:pytest]\nfilterwarnings = error\n",
    "pyproject.toml": '[tool.pytest.ini_options]\nfilterwarnings = ["error"]\n',
    "native pyproject.toml": '[tool.pytest]\nfilterwarnings = ["error"]\naddopts = ["-Werror"]\n',
}


def prepared(project: Project) -> str:
    """A project with a finished run, whose place is given, labels and a table of prompts."""
    measure_half(project)
    labels(project, compliances=3, recognised=3, refusals=3)
    project.write("prompts.csv", "text\nTell me of teapots\n")
    return str(newest_run(project))


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_works_where_warnings_are_errors(project: Project, name: str, *, strict: bool) -> None:
    run = prepared(project)
    arguments, code = ARGUMENTS[name]
    places = {"RUN": run}
    if "OTHER" in arguments:
        assert project.run("--domain-safety-seed=1").code == 1
        places["OTHER"] = str(newest_run(project))
    environment = {}
    if strict:
        ini = project.path / "pytest.ini"
        ini.write_text(
            ini.read_text(encoding="utf-8") + "filterwarnings = error\naddopts = -W error\n", encoding="utf-8"
        )
        environment["PYTHONWARNINGS"] = "error"
    done = command(project, name, *(places.get(each, each) for each in arguments), **environment)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["calibrate", "prune"])
def test_in_whatever_form_a_project_says_so(project: Project, name: str, form: str) -> None:
    project.configure_app()
    project.domain("a")
    labels(project, compliances=3, recognised=3, refusals=3)
    (project.path / "pytest.ini").unlink()
    project.write(form.rpartition(" ")[2], FORMS[form])
    arguments = {
        "calibrate": ("labels.jsonl", "--judge", "app:judge"),
        "plan": ("-q", "--domain-safety-thresholds=*=0.9"),
    }
    done = command(project, name, *arguments.get(name, ()))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
