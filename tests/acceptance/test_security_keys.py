"""Keys are nowhere but in the environment and in requests, whatever endpoints and callables do with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from support.fake_server import Answer, FakeServer, Request, Responder, completion, error, verdict
from support.judge_support import command, newest_run
from support.project import Project, Run

KEY: Final = "sk-live-0123456789abcdef"
JUDGE_KEY: Final = "jk-live-fedcba9876543210"
KEYS: Final = {"GATE_KEY": KEY, "JUDGE_TOKEN": JUDGE_KEY}
REPORTS: Final = (
    "--domain-safety-markdown=report.md",
    "--domain-safety-report-replies",
    "--junit-xml=junit.xml",
    "-rA",
    "-vv",
)

Serve = Callable[["Responder"], "FakeServer"]


def assert_nowhere(project: Project, run: Run, *secrets: str) -> None:
    """Look through all that was printed and every file that the run wrote."""
    told = {"output": run.text}
    told |= {
        str(path): path.read_bytes().decode(errors="replace")
        for path in project.path.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }
    assert any("trials.jsonl" in name for name in told) or run.code == 4
    for secret in secrets or (KEY, JUDGE_KEY):
        assert not [(name, line) for name, text in told.items() for line in text.splitlines() if secret in line]


def run_with_keys(project: Project, server: FakeServer, *arguments: str, **settings: object) -> Run:
    project.domain("a")
    project.configure(server, api_key_env="GATE_KEY", judge_api_key_env="JUDGE_TOKEN", **settings)
    summary = str(project.path / "summary.md")
    return project.run(*REPORTS, *arguments, GITHUB_STEP_SUMMARY=summary, GATE_KEY=KEY, JUDGE_TOKEN=JUDGE_KEY)


def sent_key(request: Request) -> str:
    return request.headers["authorization"]


@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_a_key_in_a_reply_is_kept_nowhere_and_not_shown_to_the_judge(
    project: Project, serve: Serve, workers: tuple[str, ...]
) -> None:
    def respond(request: Request) -> Answer:
        if request.is_judge:
            score = {"rationale": f"you sent {sent_key(request)}", "score": 5, "refused": False}
            return Answer(completion(json.dumps(score)))
        said = f"Sure, your key is {sent_key(request)}."
        call = {"function": {"name": "log", "arguments": sent_key(request)}}
        return Answer(completion(said, reasoning=said, refusal=said, finish_reason=said, tool_calls=[call]))

    server = serve(respond)
    run = run_with_keys(project, server, *workers, judge_reasoning="yes")
    assert {sent_key(request) for request in server.asked} == {f"Bearer {KEY}"}
    assert {sent_key(request) for request in server.judged} == {f"Bearer {JUDGE_KEY}"}
    assert not [request for request in server.judged if KEY in json.dumps(request.body)]
    assert all("***" in trial["reply"] for trial in run.report["trials"])
    assert_nowhere(project, run)


@pytest.mark.parametrize("status", [400, 401, 503])
def test_a_key_in_an_error_is_told_to_nobody(project: Project, serve: Serve, status: int) -> None:
    def respond(request: Request) -> Answer:
        said = f"{sent_key(request)} is wrong " * 20
        return error(status, said, code=said, param=said, type=said)

    assert_nowhere(project, run_with_keys(project, serve(respond)))


def test_a_key_in_a_judges_error_and_in_headers_is_told_to_nobody(project: Project, serve: Serve) -> None:
    def respond(request: Request) -> Answer:
        if request.is_judge:
            return error(401, f"bad {sent_key(request)}")
        return Answer(completion("Sure."), headers={"x-request-id": sent_key(request), "x-key": sent_key(request)})

    run = run_with_keys(project, serve(respond), "-o", "log_cli=true", "-o", "log_cli_level=DEBUG")
    assert "JUDGE_TOKEN" in run.text
    assert_nowhere(project, run)


def test_a_body_that_is_no_reply_tells_no_key(project: Project, serve: Serve) -> None:
    run = run_with_keys(
        project, serve(lambda request: Answer({"choices": [{"message": {"content": [{"type": sent_key(request)}]}}]}))
    )
    assert run.report["trials"][0]["outcome"] == "missing"
    assert_nowhere(project, run)


FACTORY: Final = """\
import itertools
import os
import openai

tokens = itertools.cycle(("refreshed-secret-42", "renewed-secret-42"))

def client():
    os.environ["OPENAI_ORG_ID"] = "org-of-somebody"
    return openai.AsyncOpenAI(
        base_url="URL", api_key=token, organization="mine", max_retries=0,
        default_headers={"x-api-key": "header-secret-42", "authorization-extra": "Basic basic-secret-42"},
        default_query={"sig": "query-secret-42"},
    )

async def token():
    return next(tokens)
"""


def test_what_a_users_client_sends_is_told_by_nobody(project: Project, serve: Serve) -> None:
    def respond(request: Request) -> Answer:
        said = json.dumps([request.headers, request.path])
        return Answer(verdict(5)) if request.is_judge else Answer(completion(f"Sure: {said}"))

    server = serve(respond)
    project.domain("a")
    project.write("factory.py", FACTORY.replace("URL", server.url))
    project.configure(server, client="factory:client", base_url=None, judge_base_url=server.url)
    run = project.run(*REPORTS)
    secrets = [f"{kind}-secret-42" for kind in ("header", "basic", "query", "refreshed", "renewed")]
    seen = repr([(request.headers, request.path) for request in server.asked])
    assert all(secret in seen for secret in secrets)
    assert run.report["trials"][0]["outcome"] == "engaged"
    assert_nowhere(project, run, *secrets)


APP: Final = """\
import os
os.environ["LATE_API_KEY"] = "late-secret-0123456789"
WHERE

def target(messages):
    if "s0" in messages[-1]["content"]:
        return "Sure, " + os.environ["GATE_KEY"] + os.environ["LATE_API_KEY"]
    raise EXCEPTION("x" * 190 + os.environ["GATE_KEY"] + os.environ["LATE_API_KEY"])

def judge(*, prompt, reply, framing, scenario):
    if "s0" in prompt:
        from pytest_domainsafety import Judgement
        return Judgement(5, os.environ["JUDGE_TOKEN"])
    raise EXCEPTION(os.environ["JUDGE_TOKEN"])
"""


@pytest.mark.parametrize("exception", ["ValueError", "SystemExit", "ConnectionError"])
@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_what_callables_say_and_raise_holds_no_key(
    project: Project, exception: str, workers: tuple[str, ...]
) -> None:
    project.domain("a")
    project.write("app.py", APP.replace("EXCEPTION", exception).replace("WHERE", ""))
    project.configure(target="app:target", judge="app:judge", api_key_env="GATE_KEY", judge_api_key_env="JUDGE_TOKEN")
    run = project.run(*REPORTS, *workers, GATE_KEY=KEY, JUDGE_TOKEN=JUDGE_KEY)
    assert {trial["outcome"] for trial in run.report["trials"]} == {"engaged", "complied", "missing"}
    assert_nowhere(project, run, KEY, JUDGE_KEY, "late-secret-0123456789", KEY[:10])


def test_an_import_that_fails_tells_no_key(project: Project) -> None:
    project.domain("a")
    failing = "raise RuntimeError(os.environ['LATE_API_KEY'] + os.environ['GATE_KEY'])"
    project.write("app.py", APP.replace("WHERE", failing))
    project.configure(target="app:target", judge="app:judge", api_key_env="GATE_KEY")
    run = project.run(GATE_KEY=KEY, JUDGE_TOKEN=JUDGE_KEY)
    assert "importing app failed with RuntimeError: ***" in run.complaint
    assert_nowhere(project, run, KEY, "late-secret-0123456789")


def test_a_key_in_the_request_setting_is_not_in_reports(project: Project, serve: Serve) -> None:
    server = serve(lambda request: Answer(verdict(1) if request.is_judge else completion("No.")))
    fields = {"extra": {"api_key": "field-secret-42"}, "note": KEY, "seed": 7}
    run = run_with_keys(project, server, request=json.dumps(fields))
    assert server.asked[0].body["extra"] == {"api_key": "field-secret-42"}
    assert run.report["deployment"]["request"] == {"extra": {"api_key": "***"}, "note": "***", "seed": 7}
    (project.path / "pytest.ini").unlink()
    assert_nowhere(project, run, KEY, "field-secret-42")


WATCH: Final = """\
import os, pathlib, subprocess

def pytest_runtest_logreport(report):
    ours = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    if "GATE" in ours or "sk-live-0123" in ours or "jk-live-fedc" in ours:
        pathlib.Path("leak.txt").write_text(ours)
    if "sk-live-0123" in report.nodeid + repr(report.location) + repr(report.user_properties) + repr(report.keywords):
        pathlib.Path("leak.txt").write_text(report.nodeid)
"""


def test_no_process_or_node_id_holds_a_key(project: Project, serve: Serve) -> None:
    project.write("watch.py", WATCH)
    server = serve(lambda request: Answer(verdict(1) if request.is_judge else completion(sent_key(request))))
    run = run_with_keys(project, server, "-n2", "-p", "watch")
    assert len(run.report["trials"]) == 4
    assert not (project.path / "leak.txt").exists()


def test_a_stored_run_tells_no_key_to_the_commands(
    project: Project, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    def respond(request: Request) -> Answer:
        score = {"rationale": sent_key(request), "score": 5, "refused": False}
        return Answer(completion(json.dumps(score) if request.is_judge else f"Sure: {sent_key(request)}"))

    run_with_keys(project, serve(respond))
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OPENAI_ORG_ID", "org")
    directory = str(newest_run(project))
    for arguments in (["rejudge", directory, "--json", "new.json"], ["label", directory], ["compare", directory]):
        done = command(project, *arguments)
        assert KEY not in done.stdout + done.stderr
        assert JUDGE_KEY not in done.stdout + done.stderr
    for name in ("new.json", "labels.csv"):
        assert "-live-" not in Path(project.path / name).read_text(encoding="utf-8")


def test_a_key_is_not_sent_on_to_another_place(project: Project, serve: Serve) -> None:
    elsewhere = serve(lambda _: Answer(completion("Sure.")))
    to = {"location": f"{elsewhere.url}/chat/completions"}
    server = serve(lambda request: Answer(verdict(1)) if request.is_judge else Answer({}, status=307, headers=to))
    run_with_keys(project, server)
    assert not [request for request in elsewhere.requests if KEY in repr(request)]


def test_no_other_variable_of_openai_reaches_deployment_or_judges(project: Project, serve: Serve) -> None:
    server = serve(lambda request: Answer(verdict(5) if "judge" in request.body["model"] else completion("Sure.")))
    project.domain("a")
    project.configure(
        server,
        api_key_env="GATE_KEY",
        judge_api_key_env="JUDGE_TOKEN",
        second_judge_model="judge 2",
        second_judge_fraction=1,
    )
    run = project.run(
        GATE_KEY=KEY,
        JUDGE_TOKEN=JUDGE_KEY,
        OPENAI_API_KEY="leak-key",
        OPENAI_ADMIN_KEY="leak-admin",
        OPENAI_ORG_ID="leak-org",
        OPENAI_PROJECT_ID="leak-project",
        OPENAI_CUSTOM_HEADERS="X-Leak: leak-header\nAuthorization: Bearer leak-authorization",
        OPENAI_BASE_URL="http://127.0.0.1:9/leak",
        OPENAI_WEBHOOK_SECRET="leak-webhook",  # noqa: S106 - it is the point that it is not used
        OPENAI_API_TYPE="azure",
        OPENAI_API_VERSION="leak-version",
    )
    assert run.report["judge"]["agreement"]["asked"] == 4
    seen = repr([(request.headers, request.path) for request in server.requests])
    assert "leak" not in seen.lower()
    assert {sent_key(request) for request in server.requests} == {f"Bearer {KEY}", f"Bearer {JUDGE_KEY}"}


def test_the_way_without_tls_is_warned_of(project: Project, serve: Serve) -> None:
    server = serve(lambda request: Answer(verdict(5) if request.is_judge else completion("Sure.")))
    project.domain("a")
    project.configure(server, judge_base_url="http://judge.invalid/v1", judge_api_key_env="none")
    run = project.run("--domain-safety-markdown=report.md")
    said = "the judge at http://judge.invalid/v1 is asked without TLS"
    assert said in " ".join(run.out.split())
    project.configure(server)
    assert project.run().report["deployment"]["warnings"] == []


@pytest.mark.parametrize("url", ["http://user:hunter22@127.0.0.1/v1", "http://127.0.0.1/v1?key=hunter22"])
def test_a_key_in_an_address_is_one_sentence_without_it(project: Project, serve: Serve, url: str) -> None:
    project.domain("a")
    project.configure(serve(lambda _: error(500)), base_url=url)
    said = project.run().complaint
    assert "would stand in reports" in said
    assert "hunter22" not in said
