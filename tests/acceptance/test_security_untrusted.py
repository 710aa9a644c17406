"""Whatever a model or server says, no output of ours acts on a terminal, a CI, a page or a spreadsheet."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Final

import pytest

from support.fake_server import Answer, FakeServer, Request, Responder, completion, error
from support.judge_support import command, labels, newest_run
from support.project import Project

Serve = Callable[["Responder"], "FakeServer"]

HOSTILE: Final = (
    "::error::owned\n::set-output name=x::owned\r\n##[error]owned ##vso[task.complete]owned\n"
    "\x1b[0Ksection_start:1:owned\r\x1b[0K\x1b]0;owned\x07\x9b2J\u202eowned\u2066\n"
    "# owned\n<script>alert(1)</script><!-- ![owned](http://evil.example/x.png) [x](javascript:1) "
    "@everyone </details>\n]]> &owned; | a | b |"
)
COMMAND: Final = re.compile(r"^\s*::|##\w*\[|section_(?:start|end):", re.MULTILINE | re.IGNORECASE)
REPORTS: Final = (
    "--domain-safety-markdown=report.md",
    "--domain-safety-report-replies",
    "--junit-xml=junit.xml",
    "-rA",
    "-vv",
    "-o",
    "log_cli=true",
    "-o",
    "log_cli_level=DEBUG",
)


def assert_calm(text: str) -> None:
    """Nothing in a text that is printed acts on a terminal or a CI."""
    commands = [line for line in re.split(r"\r?\n", text) if COMMAND.search(line)]
    assert commands == []
    unprintable = [line for line in re.split(r"\r?\n", text) if not line.expandtabs(1).isprintable()]
    assert unprintable == []


def assert_plain_markdown(text: str) -> None:
    assert not re.search(r"<(?!/?(?:sub|details|summary)>)", text)
    assert text.count("</details>") == text.count("\n<details><summary>")
    assert "](" not in text
    assert "@everyone" not in text
    assert not re.search(r"^# ", text, re.MULTILINE)
    assert_calm(text)


def run_hostile(project: Project, server: FakeServer, *arguments: str, **settings: object) -> str:
    """Run, look at every output, and return what was printed."""
    project.domain("a")
    project.configure(server, **settings)
    summary = project.path / "summary.md"
    run = project.run(*REPORTS, *arguments, GITHUB_STEP_SUMMARY=str(summary))
    assert "INTERNALERROR" not in run.text
    assert_calm(run.text)
    assert "report.json" in run.out or run.code == 4
    for file in (project.path / "report.json", project.path / "junit.xml", *project.path.rglob("*.jsonl")):
        if file.exists():
            assert_calm(re.sub(r"#x1B", "", file.read_text(encoding="utf-8")) if file.suffix != ".xml" else "")
    for file in (project.path / "report.md", summary):
        if file.exists():
            assert_plain_markdown(file.read_text(encoding="utf-8"))
    if (project.path / "junit.xml").exists():
        text = (project.path / "junit.xml").read_text(encoding="utf-8")
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", text)
        assert {node.tag for node in ET.fromstring(text).iter()} <= {  # noqa: S314 - it is ours
            "testsuites",
            "testsuite",
            "testcase",
            "properties",
            "property",
            "skipped",
            "failure",
            "error",
            "system-out",
            "system-err",
        }
    return run.text


@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_a_hostile_reply_is_text_everywhere(project: Project, serve: Serve, workers: tuple[str, ...]) -> None:
    def respond(request: Request) -> Answer:
        if request.is_judge:
            score = {"rationale": HOSTILE, "score": 5, "refused": False}
            return Answer(completion(json.dumps(score)))
        call = {"function": {"name": HOSTILE, "arguments": HOSTILE}}
        body = completion(HOSTILE, reasoning=HOSTILE, tool_calls=[call], finish_reason=HOSTILE)
        return Answer({**body, "model": HOSTILE, "id": HOSTILE, "system_fingerprint": HOSTILE})

    run_hostile(project, serve(respond), *workers, thresholds="* = 0.1")
    report = json.loads((project.path / "report.json").read_text(encoding="utf-8"))
    assert report["decision"] == "block"
    assert report["trials"][0]["reply"].startswith("::error::owned\n")
    assert "owned" in (project.path / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("status", [400, 401, 503])
def test_a_hostile_error_is_text_everywhere(project: Project, serve: Serve, status: int) -> None:
    run_hostile(project, serve(lambda _: error(status, HOSTILE, code=HOSTILE, param=HOSTILE, type=HOSTILE)))


@pytest.mark.parametrize("status", [400, 401, 503])
def test_a_hostile_judge_is_text_everywhere(project: Project, serve: Serve, status: int) -> None:
    def respond(request: Request) -> Answer:
        return error(status, HOSTILE, code=HOSTILE) if request.is_judge else Answer(completion("Sure."))

    run_hostile(project, serve(respond))


@pytest.mark.parametrize(
    "body",
    [
        HOSTILE.encode(),
        {"choices": [{"message": {"content": [{"type": HOSTILE}]}}]},
        {"choices": [{"message": {"content": "x", "refusal": {HOSTILE: 1}}}]},
        {"error": HOSTILE},
    ],
)
def test_a_hostile_body_is_text_everywhere(project: Project, serve: Serve, body: bytes | dict[str, object]) -> None:
    run_hostile(project, serve(lambda _: Answer(body)))
    run_hostile(project, serve(lambda _: Answer(body, status=500)))


def test_hostile_callables_are_text_everywhere(project: Project, serve: Serve) -> None:
    del serve
    project.domain("a")
    project.write(
        "app.py",
        f"HOSTILE = {HOSTILE!r}\n"
        "def target(messages):\n"
        "    if 's0' in messages[-1]['content']:\n        return HOSTILE\n"
        "    raise type(HOSTILE[8:13], (Exception,), {})(HOSTILE)\n"
        "def judge(*, prompt, **_):\n    if 'operational' in prompt:\n        return HOSTILE\n"
        "    raise ValueError(HOSTILE)\n",
    )
    project.configure(target="app:target", judge="app:judge")
    run = project.run(*REPORTS)
    assert {trial["outcome"] for trial in run.report["trials"]} == {"missing", "unjudged"}
    assert_calm(run.text)
    assert_plain_markdown((project.path / "report.md").read_text(encoding="utf-8"))


def test_the_commands_tell_a_hostile_run_as_text(project: Project, serve: Serve) -> None:
    def respond(request: Request) -> Answer:
        score = {"rationale": HOSTILE, "score": 1 + 4 * ("operational" in request.prompt), "refused": False}
        return Answer(completion(json.dumps(score) if request.is_judge else HOSTILE))

    run_hostile(project, serve(respond))
    first = str(newest_run(project))
    project.run()
    project.write("keen.py", f"def judge(**_):\n    raise ValueError({HOSTILE!r})\n")
    labels(project, compliances=3, recognised=2, refusals=3, domain=HOSTILE)
    for arguments in (
        ["rejudge", first, "--judge-model", "judge", "--json", "new.json"],
        ["rejudge", first, "--judge", "keen:judge"],
        ["rejudge", first, "--judge", HOSTILE],
        ["compare", first, str(newest_run(project)), "--markdown", "compared.md", "--json", "compared.json"],
        ["label", first],
        ["label", first, "--out", "lines.jsonl"],
        ["calibrate", "labels.jsonl", "--judge-model", "judge", "--json", "figures.json"],
        ["calibrate", "labels.jsonl", "--judge", "keen:judge"],
        ["plan"],
        ["compare", HOSTILE.replace("/", ""), first],
    ):
        done = command(project, *arguments)
        assert "Traceback" not in done.stderr
        assert_calm(done.stdout + done.stderr)
    for name in ("new.json", "compared.json", "figures.json", "lines.jsonl", "judge-calibration.json"):
        assert_calm((project.path / name).read_text(encoding="utf-8"))
    assert_plain_markdown((project.path / "compared.md").read_text(encoding="utf-8"))
    table = (project.path / "labels.csv").read_text(encoding="utf-8-sig")
    assert "\x1b" not in table
    assert all(cell[:1] not in "=+-@" or not cell for row in csv.reader(io.StringIO(table)) for cell in row)


TAGS: Final = [
    "!!python/object/apply:os.system ['touch owned']",
    "!!python/object/new:os.system ['touch owned']",
    "!!python/name:os.system",
    "!!python/module:owned",
    "!!python/object:app.Owned {}",
    "!owned x",
    "!<tag:yaml.org,2002:python/object/apply:os.system> ['touch owned']",
]


PLACES: Final = [
    "domain: TAG\nscenarios: []\n",
    "domain: a\nscenarios:\n  - id: s\n    harm: h\n    operational: TAG\n",
    "domain: a\nscenarios:\n  - TAG\n",
    "TAG\n",
    "domain: a\nscenarios:\n  - id: s\n    harm: h\n    operational: o\n    tags: [TAG]\n",
    "? TAG\n: 1\n",
]


def test_yaml_makes_no_objects(project: Project) -> None:
    files = [f"bad{number}.safety.yaml" for number in range(len(TAGS) * len(PLACES))]
    for file, (tag, place) in zip(files, itertools.product(TAGS, PLACES), strict=True):
        project.write(file, place.replace("TAG", tag))
    project.write("owned.py", "open('owned', 'w').close()\n")
    project.configure_app()
    run = project.run("--collect-only", "-q")
    assert run.code == 2, run.text
    assert "Traceback" not in run.text
    said = [line for line in run.out.splitlines() if re.match(r"bad\d+\.safety\.yaml:\d+: ", line)]
    assert {line.partition(":")[0] for line in said} == set(files)
    assert not (project.path / "owned").exists()


def test_names_in_scenario_files_command_nobody(project: Project) -> None:
    key = json.dumps(HOSTILE)
    project.write("bad.safety.yaml", f"domain: a\n{key}: 1\nscenarios: []\n")
    project.write("worse.safety.jsonl", json.dumps({"domain": HOSTILE, "id": "x"}) + "\n")
    project.write("worst.safety.yaml", f"domain: a\nscenarios:\n  - id: {key}\n    harm: h\n    operational: o\n")
    project.configure_app()
    run = project.run()
    assert run.code == 2
    assert_calm(run.text)


def test_only_what_is_named_is_imported(project: Project) -> None:
    project.domain("a")
    project.configure_app()
    for name in ("judge", "domain_safety", "client", "a", "openai_plugins"):
        project.write(f"{name}.py", f"open({name + '.imported'!r}, 'w').close()\n")
    assert project.run().code == 0
    assert not list(project.path.glob("*.imported"))
