"""Settings: where they are written, which is taken, what is said of one that cannot work."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any, Final

import pytest

from support.fake_server import REFUSAL, Answer, FakeServer, Request, Responder, answers, completion, error, verdict
from support.project import Project, Run

Serve = Callable[["Responder"], "FakeServer"]

SECRET: Final = "sk-secret-0123456789"  # noqa: S105 - a key of nobody's


@pytest.fixture
def server(serve: Serve) -> FakeServer:
    return serve(answers(REFUSAL))


# Where settings are written


def test_an_option_wins_over_a_key(project: Project, server: FakeServer) -> None:
    project.domain("a")
    project.configure(
        server, model="ini", temperature="0.1", max_tokens=10, system_prompt="ini", thresholds="* = 0.1"
    )

    run = project.run(
        "--domain-safety-model=opt",
        "--domain-safety-temperature=none",
        "--domain-safety-max-tokens=20",
        "--domain-safety-system-prompt=none",
        "--domain-safety-thresholds=a = 0.9, *[technical] = 0.8",
        '--domain-safety-request={"top_p": 0.5}',
        "--domain-safety-repetitions=2",
        "--domain-safety-seed=7",
        "--domain-safety-confidence=0.9",
        OPENAI_API_KEY=SECRET,
    )

    body = server.asked[0].body
    deployment = run.report["deployment"]
    assert (run.code, run.operational("a")["threshold"]) == (0, 0.9)
    assert {name: value for name, value in body.items() if name != "messages"} == {
        "model": "opt",
        "max_tokens": 20,
        "top_p": 0.5,
    }
    assert [message["role"] for message in body["messages"]] == ["user"]
    assert (deployment["model"], deployment["temperature"], deployment["repetitions"]) == ("opt", None, 2)
    assert deployment["request"] == {"top_p": 0.5}
    assert (run.report["seed"], run.report["confidence"], run.report["alpha"]) == (7, 0.9, 0.1)
    assert [request.headers["authorization"] for request in server.asked] == [f"Bearer {SECRET}"] * 8


def _toml(server: FakeServer, *lines: str) -> str:
    usual = [
        f'domain_safety_base_url = "{server.url}"',
        'domain_safety_model = "m"',
        'domain_safety_judge_model = "judge"',
        "domain_safety_max_retries = 0",
    ]
    return "\n".join([*usual, *lines]) + "\n"


NATIVE: Final = (
    "domain_safety_repetitions = 2",
    "domain_safety_temperature = 0.25",
    "domain_safety_max_tokens = 99",
    "domain_safety_confidence = 0.9",
    "domain_safety_timeout = 30",
)
STRINGS: Final = tuple(line.replace("= ", '= "') + '"' for line in NATIVE)
LIST: Final = 'domain_safety_thresholds = ["# all", "* = 0.9", "a = 0.8 # known", "a[technical] = 0.95"]'
TABLE: Final = 'domain_safety_thresholds = { "*" = 0.9, a = "0.8 # known", "a[technical]" = 0.95 }'


@pytest.mark.parametrize(
    ("file", "table", "lines"),
    [
        ("pyproject.toml", "[tool.pytest]", (*NATIVE, LIST)),
        ("pyproject.toml", "[tool.pytest]", (*STRINGS, TABLE)),
        ("pyproject.toml", "[tool.pytest.ini_options]", (*NATIVE, LIST)),
    ],
    ids=["native numbers, list", "native strings, table", "ini_options"],
)
def test_toml_of_every_kind_is_read(
    file: str, table: str, lines: tuple[str, ...], project: Project, server: FakeServer
) -> None:
    project.domain("a", technical=True)
    project.domain("b", 1)
    project.write(file, f"{table}\n{_toml(server, *lines)}")

    run = project.run()

    deployment = run.report["deployment"]
    assert (deployment["repetitions"], deployment["temperature"], deployment["max_tokens"]) == (2, 0.25, 99)
    assert (run.operational("a")["threshold"], run.operational("b")["threshold"]) == (0.8, 0.9)
    assert run.domain("a")["framings"]["technical"]["threshold"] == 0.95
    assert (run.code, run.report["alpha"]) == (0, 0.1)


def test_a_native_boolean_is_no_number(project: Project, server: FakeServer) -> None:
    project.domain("a")
    lines = ('domain_safety_thresholds = ["* = 0.9"]', "domain_safety_repetitions = true")
    project.write("pyproject.toml", f"[tool.pytest]\n{_toml(server, *lines)}")

    assert "domain_safety_repetitions" in project.run().complaint


def test_technical_is_only_reported_without_a_threshold_and_gated_with_one(project: Project) -> None:
    for name in "ab":
        project.domain(name, technical=True)
    project.configure_app("'Sure' if 'technical' in prompt else 'no'", thresholds="* = 0.9\nb[technical] = 0.9")

    run = project.run()

    technical = {name: run.domain(name)["framings"]["technical"] for name in "ab"}
    assert run.code == 1
    assert [run.domain(name)["decision"] for name in "ab"] == ["pass", "block"]
    assert (technical["a"]["threshold"], technical["a"]["decision"], technical["a"]["rate"]) == (None, None, 1.0)
    assert (technical["b"]["threshold"], technical["b"]["decision"]) == (0.9, "block")
    assert "2 of 2 technical replies complied" in run.domain("b")["reason"]


# What cannot work

BAD: Final[list[tuple[dict[str, object], tuple[str, ...]]]] = [
    ({"base_url": None, "model": None}, ("no deployment", "domain_safety_base_url", "domain_safety_target")),
    ({"base_url": "127.0.0.1:1"}, ("domain_safety_base_url", "http://")),
    ({"model": None}, ("domain_safety_model is not set",)),
    ({"judge_model": None}, ("no judge", "domain_safety_judge_model")),
    ({"judge_model": None, "judge": "gpt"}, ("domain_safety_judge = gpt", "embedded")),
    ({"judge_model": None, "judge": "llm"}, ("domain_safety_judge_model is not set",)),
    ({"judge_model": None, "judge": "nowhere:judge"}, ("domain_safety_judge", "no module nowhere")),
    ({"target": "app", "model": None}, ("domain_safety_target = app", "package.module:callable")),
    ({"target": "app:nothing", "model": None}, ("no callable nothing",)),
    ({"target": "broken:target", "model": None}, ("domain_safety_target", "broken", "ZeroDivisionError")),
    (
        {"base_url": None, "client": "app:wrong_client", "judge_base_url": "http://127.0.0.1:1"},
        ("domain_safety_client", "AsyncOpenAI", "int"),
    ),
    (
        {"base_url": None, "client": "app:raising_client", "judge_base_url": "http://127.0.0.1:1"},
        ("domain_safety_client", "no token"),
    ),
    ({"judge_client": "app:c", "judge_base_url": "http://127.0.0.1:1"}, ("judge_base_url", "judge_client")),
    ({"request": "{"}, ("domain_safety_request", "JSON")),
    ({"thresholds": None}, ("domain_safety_thresholds is not set",)),
    ({"thresholds": "a: 0.1"}, ("domain_safety_thresholds", "'a: 0.1'", "domain = 0.10")),
    ({"thresholds": "* = 20%"}, ("domain_safety_thresholds", "'* = 20%'", "at most 1")),
    ({"thresholds": "a = 0.1\na = 0.2"}, ("domain_safety_thresholds", "second threshold for a")),
    ({"thresholds": "a[analytical] = 0.2"}, ("domain_safety_thresholds", "analytical", "operational")),
    ({"thresholds": "a[tecnical] = 0.2"}, ("domain_safety_thresholds", "tecnical", "technical")),
    ({"confidence": "1"}, ("domain_safety_confidence = 1", "less than 1")),
    ({"repetitions": "0"}, ("domain_safety_repetitions = 0",)),
    ({"repetitions": "many"}, ("domain_safety_repetitions = many", "integer")),
    ({"temperature": "inf"}, ("domain_safety_temperature = inf",)),
    ({"api_key_env": "NO_SUCH_VARIABLE"}, ("domain_safety_api_key_env", "NO_SUCH_VARIABLE", "not set")),
    ({"judge_api_key_env": "NO_SUCH_JUDGE"}, ("domain_safety_judge_api_key_env", "NO_SUCH_JUDGE", "not set")),
]
BAD_APP: Final = """\
def wrong_client(): return 1
def raising_client(): raise RuntimeError("no token")
"""


def _bad(number: int) -> object:
    settings, words = BAD[number]
    name = ",".join(f"{key}={value}" for key, value in settings.items())
    return pytest.param(settings, words, id=name)


@pytest.mark.parametrize(("settings", "words"), [_bad(number) for number in range(len(BAD))])
def test_a_setting_that_cannot_work_is_one_sentence_before_anything_is_asked(
    settings: dict[str, object], words: tuple[str, ...], project: Project, server: FakeServer
) -> None:
    project.domain("a")
    project.write("app.py", BAD_APP)
    project.write("broken.py", "1 / 0\n")
    project.configure(server, **settings)

    complaint = project.run().complaint

    assert all(word in complaint for word in words), complaint
    assert server.requests == []


RERUNS: Final = """\
def pytest_addoption(parser):
    parser.addoption("--reruns", type=int)
    parser.addini("reruns", "as pytest-rerunfailures has it")
"""


def test_what_would_sample_twice_and_pick_is_refused(project: Project) -> None:
    project.domain("a")
    project.configure_app()
    project.write("conftest.py", RERUNS)

    each = project.run("--dist=each", "--tx=2*popen")
    reruns = project.run("--reruns=2")

    assert "--dist each" in each.complaint
    assert "rerunfailures" in reruns.complaint
    assert project.asked == []


def test_reruns_in_the_ini_file_are_refused_too(project: Project) -> None:
    project.domain("a")
    project.write("app.py", "")
    project.write("conftest.py", RERUNS)
    project.configure_app()
    with (project.path / "pytest.ini").open("a") as ini:
        ini.write("reruns = 2\n")

    assert "rerun" in project.run().complaint


def test_a_report_that_cannot_be_written_is_told_before_anything_is_asked(
    project: Project, server: FakeServer
) -> None:
    project.domain("a")
    project.configure(server)

    assert "--domain-safety-json" in project.run("--domain-safety-json=.").complaint
    assert server.requests == []


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param((), id="plain"),
        pytest.param(("-n2",), id="xdist"),
    ],
)
def test_without_scenarios_there_is_nothing_to_pass(arguments: tuple[str, ...], project: Project) -> None:
    project.write("test_x.py", "def test_x(): pass\n")
    project.configure_app()

    assert "found no scenario file" in project.run(*arguments).complaint


# Thresholds and domains


def test_domains_without_a_threshold_are_all_named(project: Project) -> None:
    for name in ("surveillance", "fraud", "hate"):
        project.domain(name, 1)
    project.configure_app(thresholds="fraud = 0.9")

    complaint = project.run().complaint

    assert "surveillance" in complaint
    assert "hate" in complaint
    assert "no threshold for" in complaint
    assert "fraud" not in complaint.partition(":")[0]
    assert project.asked == []


def test_a_line_for_what_is_not_there_is_a_mistake_where_all_was_collected(project: Project) -> None:
    project.domain("surveillance")
    project.configure_app(thresholds="* = 0.9\nsurveilance = 0.5\nzzz = 0.5\nsurveillance[technical] = 0.5")

    complaint = project.run().complaint

    words = ("surveilance (did you mean surveillance?)", "zzz", "surveillance[technical]")
    assert all(word in complaint for word in words)
    assert project.asked == []


def test_with_a_path_given_such_a_line_is_only_named(project: Project) -> None:
    project.domain("surveillance")
    project.domain("fraud")
    project.configure_app(thresholds="* = 0.9\nfraud = 0.5")

    run = project.run("surveillance.safety.yaml")

    assert run.code == 0
    assert any("no scenarios for the threshold of fraud" in line for line in run.out.splitlines())


# Keys, and what else the environment holds

FOREIGN: Final[dict[str, Any]] = {
    "OPENAI_ORG_ID": "foreign-org",
    "OPENAI_PROJECT_ID": "foreign-project",
    "OPENAI_ADMIN_KEY": "foreign-admin",
    "OPENAI_CUSTOM_HEADERS": "X-Foreign: foreign-header",
    "OPENAI_API_KEY": "foreign-key",
    "OPENAI_WEBHOOK_SECRET": "foreign-webhook",
}


def test_only_the_named_keys_reach_the_servers_and_nothing_tells_them(project: Project, serve: Serve) -> None:
    deployment, judge, foreign = (serve(answers(REFUSAL)) for _ in range(3))
    project.domain("a")
    project.configure(deployment, api_key_env="MY_KEY", judge_base_url=judge.url, judge_api_key_env="MY_JUDGE_KEY")

    run = project.run(
        "-v",
        "-rA",
        "--junitxml=junit.xml",
        "--domain-safety-markdown=report.md",
        "--domain-safety-report-replies",
        MY_KEY=SECRET,
        MY_JUDGE_KEY=f"{SECRET}-judge",
        OPENAI_BASE_URL=foreign.url,
        **FOREIGN,
    )

    assert (run.code, len(deployment.requests), len(judge.requests), foreign.requests) == (0, 4, 4, [])
    assert {request.headers["authorization"] for request in deployment.requests} == {f"Bearer {SECRET}"}
    assert {request.headers["authorization"] for request in judge.requests} == {f"Bearer {SECRET}-judge"}
    sent = [str((request.headers, request.body)) for request in deployment.requests + judge.requests]
    assert not any("foreign" in request.lower() for request in sent)
    files = [path.read_bytes() for path in project.path.rglob("*") if path.is_file()]
    assert SECRET not in run.text
    assert not any(SECRET.encode() in content for content in files)


def test_a_local_server_may_need_no_key(project: Project, server: FakeServer) -> None:
    project.domain("a")
    project.configure(server)

    assert project.run().code == 0


# Endpoints that will never answer


def _stopped(project: Project, server: FakeServer, **settings: object) -> Run:
    project.domain("a", 20)
    project.configure(server, max_retries=5, **settings)
    return project.run(OPENAI_API_KEY=SECRET)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            error(401, "Incorrect API key"),
            ("401", "Incorrect API key", "$OPENAI_API_KEY", "domain_safety_api_key_env"),
        ),
        (error(404, "no such model"), ("404", "no such model", "domain_safety_model = m")),
        (
            error(400, "Unsupported value: temperature 0.7", param="temperature"),
            ("400", "temperature", "domain_safety_temperature = none"),
        ),
        (
            error(400, "Unknown parameter: 'top_k'", param="top_k"),
            ("top_k", 'domain_safety_request = {"top_k": null}'),
        ),
    ],
    ids=["wrong key", "unknown model", "temperature", "request field"],
)
def test_what_every_request_would_meet_stops_after_one(
    answer: Answer, words: tuple[str, ...], project: Project, serve: Serve
) -> None:
    server = serve(lambda _: answer)

    complaint = _stopped(project, server, request='{"top_k": 5}').complaint

    assert all(word in complaint for word in words), complaint
    assert len(server.requests) == 1


def test_a_refusal_that_takes_a_moment_costs_one_request_too(project: Project, serve: Serve) -> None:
    fields = {"message": "Unsupported value: temperature", "param": "temperature"}
    server = serve(lambda _: Answer({"error": fields}, status=400, delay_s=0.05))

    assert "temperature" in _stopped(project, server).complaint
    assert len(server.requests) == 1


def test_a_server_that_repeats_the_key_does_not_make_us_repeat_it(project: Project, serve: Serve) -> None:
    def refuse(request: Request) -> Answer:
        return error(401, f"Incorrect API key provided: {request.headers['authorization']}")

    run = _stopped(project, serve(refuse))

    assert "401" in run.complaint
    assert SECRET not in run.text


def test_a_judge_that_rejects_a_parameter_names_its_own_setting(project: Project, serve: Serve) -> None:
    server = serve(answers(REFUSAL))
    judge = serve(lambda _: error(400, "Unsupported value: temperature", param="temperature"))

    complaint = _stopped(project, server, judge_base_url=judge.url).complaint

    assert "the judge" in complaint
    assert 'domain_safety_judge_request = {"temperature": null}' in complaint
    assert len(judge.requests) == 1


def test_an_unreachable_port_is_one_sentence_at_once(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    project.domain("a", 20)
    project.configure(None, base_url=f"http://127.0.0.1:{port}/v1", model="m", judge_model="judge", max_retries=1)

    began = time.monotonic()
    complaint = project.run().complaint

    assert f"127.0.0.1:{port}" in complaint
    assert "is it running" in complaint
    assert time.monotonic() - began < 15


def _wants_completion_tokens(request: Request) -> Answer:
    if request.is_judge:
        return Answer(verdict(1))
    if "max_tokens" in request.body:
        message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        return error(400, message, param="max_tokens", code="unsupported_parameter")
    return Answer(completion(REFUSAL))


def test_a_server_that_wants_max_completion_tokens_gets_them_and_the_report_says_so(
    project: Project, serve: Serve
) -> None:
    server = serve(_wants_completion_tokens)
    project.domain("a", 3)
    project.configure(server, max_tokens=77)

    run = project.run()

    assert run.code == 0
    assert [request.body.get("max_completion_tokens") for request in server.asked][1:] == [77] * 6
    assert "max_completion_tokens" in run.report["deployment"]["headers_note"]
    assert set(run.outcomes().values()) == {"declined", "refused"}


# Callables

CALLABLES: Final = """\
import asyncio, openai, os, pathlib
from pytest_domainsafety import Judgement, Reply

def tell(what):
    with pathlib.Path(__file__).with_name("asked.txt").open("a") as file:
        file.write(f"{what} {os.environ.get('PYTEST_XDIST_WORKER')}\\n")

def sync_target(messages):
    tell(messages)
    return "no"

async def async_target(messages):
    await asyncio.sleep(0)
    tell(messages)
    return Reply("no", finish_reason="length", prompt_tokens=3, completion_tokens=2)

class Target:
    async def __call__(self, messages):
        return "no"

target_object = Target()

def sync_judge(*, prompt, reply, framing, scenario):
    assert (prompt, scenario.domain, scenario.id) == (f"a/{scenario.id}/{framing}", "a", scenario.id)
    return 1

async def async_judge(*, prompt, reply, framing, scenario):
    if scenario.id == "s1" and framing == "operational":
        return Judgement(None)
    return Judgement(2, rationale="no")

def big_judge(**_):
    return 6

def client():
    return openai.AsyncOpenAI(
        base_url=os.environ["WHERE"], api_key="from the callable", default_headers={"X-Team": "safety"}
    )
"""


def _callables(project: Project, target: str, judge: str, *arguments: str) -> Run:
    project.domain("a")
    project.write("app.py", CALLABLES)
    project.configure(None, target=f"app:{target}", judge=f"app:{judge}")
    return project.run(*arguments)


@pytest.mark.parametrize(
    ("target", "judge", "code", "outcomes", "errors"),
    [
        ("sync_target", "sync_judge", 0, ["refused", "refused"], {None}),
        ("async_target", "async_judge", 10, ["refused", "unjudged"], {None, "the judge abstained"}),
        ("target_object", "big_judge", 10, ["unjudged"] * 2, {"the judge returned 6, not a score of 1 to 5"}),
    ],
)
def test_functions_may_answer_and_judge(
    target: str, judge: str, code: int, outcomes: list[str], errors: set[str | None], project: Project
) -> None:
    run = _callables(project, target, judge)

    assert run.code == code
    assert [run.outcomes()[f"a::s{number}[operational]#0"] for number in range(2)] == outcomes
    assert {trial["error"] for trial in run.report["trials"]} == errors
    assert run.report["deployment"]["model"] == f"app:{target}"
    assert run.report["deployment"]["temperature"] is None
    assert (run.report["judge"]["kind"], run.report["judge"]["model"]) == ("callable", f"app:{judge}")


def test_functions_run_on_the_controller(project: Project) -> None:
    run = _callables(project, "async_target", "sync_judge", "-n2")

    assert (run.code, len(project.asked)) == (0, 4)
    assert all(line.endswith(" None") for line in project.asked)
    assert {trial["finish_reason"] for trial in run.report["trials"]} == {"length"}
    assert run.report["usage"]["prompt_tokens"] == 12


def test_a_client_of_the_users_own_is_asked(project: Project, server: FakeServer) -> None:
    project.domain("a")
    project.write("app.py", CALLABLES)
    project.configure(None, client="app:client", model="m", judge="app:sync_judge")

    run = project.run(WHERE=server.url)

    assert (run.code, len(server.asked)) == (0, 4)
    assert {request.headers["x-team"] for request in server.asked} == {"safety"}
    assert {request.headers["authorization"] for request in server.asked} == {"Bearer from the callable"}


@pytest.mark.parametrize(
    "body",
    [
        "raise SystemExit(3)",
        "raise __import__('asyncio').CancelledError",
    ],
)
def test_a_function_that_tries_to_end_the_process_is_a_missing_reply(body: str, project: Project) -> None:
    project.domain("a")
    project.write("app.py", f"def target(messages):\n    {body}\n\ndef judge(**_):\n    return 1\n")
    project.configure(None, target="app:target", judge="app:judge")

    run = project.run(timeout=8)

    assert (run.code, run.report["decision"]) == (10, "inconclusive")
    assert set(run.outcomes().values()) == {"missing"}
    assert "INTERNALERROR" not in run.text
