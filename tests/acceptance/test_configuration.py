"""Settings: where they are written, which is taken, what is said of one that cannot work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from support.fake_server import REFUSAL, FakeServer, Responder, answers
from support.project import Project
from support.told import told

Serve = Callable[["Responder"], "FakeServer"]

SECRET: Final = "sk-secret-0123456789"  # noqa: S105 - a key of nobody's


@pytest.fixture
def server(serve: Serve) -> FakeServer:
    return serve(answers(REFUSAL))


# Where settings are written


def test_an_option_wins_over_a_key(project: Project, server: FakeServer) -> None:
    project.domain("a", technical=True)
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
    assert [request.headers["authorization"] for request in server.asked] == [f"Bearer {SECRET}"] * 12


def _toml(server: FakeServer, *lines: str) -> str:
    usual = [
        f'domain_safety_base_url = "{server.url}"',
        'domain_safety_model = "m"',
        'domain_safety_judge_model = "judge"',
        "domain_safety_max_retries = 0",
        'domain_safety_controls = "none"',
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
    ({"request": '{"n": 2}'}, ("domain_safety_request", "nobody would look at", "leave it out")),
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
    ({"thresholds": "* = 20%"}, ("domain_safety_thresholds", "'* = 20%'", "below 1")),
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


@told("values", "no deployment", "no deployment … domain_safety_base_url", 4, case="base_url=None,model=None")
@told("values", "no name of a model", "domain_safety_model is not set", 4, case="[model=None]")
@told(
    "values",
    "a request for two replies, of which one would be read",
    "domain_safety_request … nobody would look at",
    4,
    case='request={"n": 2}',
)
@told("judges", "no judge", "no judge … domain_safety_judge_model", 4, case="[judge_model=None]")
@told("judges", "a judge of a name that is no judge", "domain_safety_judge = gpt … embedded", 4, case="judge=gpt")
@told(
    "judges", "a judge's module that is not there", "domain_safety_judge … no module nowhere", 4, case="nowhere:judge"
)
@told("values", "a target whose module has no such function", "no callable nothing", 4, case="app:nothing")
@told(
    "values",
    "a target whose module cannot be imported",
    "domain_safety_target … broken … ZeroDivisionError",
    4,
    case="broken:target",
)
@told("values", "a client that is no client", "domain_safety_client … AsyncOpenAI", 4, case="wrong_client")
@told("gates", "no threshold at all", "domain_safety_thresholds is not set", 4, case="thresholds=None")
@told("gates", "two thresholds for one domain", "second threshold for a", 4, case="a = 0.2]")
@told(
    "gates",
    "a threshold for `analytical`, which is no harm",
    "domain_safety_thresholds … analytical … operational",
    4,
    case="analytical",
)
@told(
    "gates",
    "a threshold for a misspelt framing",
    "domain_safety_thresholds … tecnical … technical",
    4,
    case="tecnical",
)
@told(
    "values",
    "a key's environment variable that is not set",
    "domain_safety_api_key_env … NO_SUCH_VARIABLE … not set",
    4,
    case="NO_SUCH_VARIABLE",
)
@told(
    "judges",
    "the judge's environment variable that is not set",
    "domain_safety_judge_api_key_env … NO_SUCH_JUDGE … not set",
    4,
    case="NO_SUCH_JUDGE",
)
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


HIDES: Final = """\
def pytest_addoption(parser):
    parser.addoption("--suppress-tests-failed-exit-code", action="store_true")
"""


@told(
    "plugins",
    "`--suppress-tests-failed-exit-code` of pytest-custom-exit-code",
    "--suppress-tests-failed-exit-code of pytest-custom-exit-code",
    4,
)
@told("plugins", "`--dist each` of pytest-xdist, which samples twice", "--dist each", 4)
def test_what_would_sample_twice_or_hide_a_verdict_is_refused(project: Project) -> None:
    project.domain("a")
    project.configure_app()
    project.write("conftest.py", HIDES)

    each = project.run("--dist=each", "--tx=2*popen")
    hidden = project.run("--suppress-tests-failed-exit-code")

    assert "--dist each" in each.complaint
    assert "--suppress-tests-failed-exit-code of pytest-custom-exit-code" in hidden.complaint
    assert project.asked == []


@told("values", "a report's path that cannot be written", "--domain-safety-json", 4)
def test_a_report_that_cannot_be_written_is_told_before_anything_is_asked(
    project: Project, server: FakeServer
) -> None:
    project.domain("a")
    project.configure(server)

    assert "--domain-safety-json" in project.run("--domain-safety-json=.").complaint
    assert server.requests == []


@told("files", "no scenario file", "found no scenario file", 4)
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


@told("gates", "domains without a threshold", "no threshold for", 4)
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


@told("gates", "a renamed domain, whose threshold stands there still", "surveilance (did you mean surveillance?)", 4)
def test_a_line_for_what_is_not_there_is_a_mistake_where_all_was_collected(project: Project) -> None:
    project.domain("surveillance")
    project.configure_app(thresholds="* = 0.9\nsurveilance = 0.5\nzzz = 0.5\nsurveillance[technical] = 0.5")

    complaint = project.run().complaint

    words = ("surveilance (did you mean surveillance?)", "zzz", "surveillance[technical]")
    assert all(word in complaint for word in words)
    assert project.asked == []


@told(
    "gates",
    "a threshold's domain that single files leave out",
    "fraud inconclusive: domain_safety_thresholds names it, and no scenario of fraud was collected",
    10,
)
@told(
    "gates",
    "a gated framing that no scenario has",
    "surveillance[technical], and no technical prompt of it was collected",
    10,
)
def test_where_single_files_are_typed_such_a_line_leaves_its_domain_open(project: Project) -> None:
    project.domain("surveillance", file="all/surveillance.safety.yaml")
    project.domain("fraud", file="all/fraud.safety.yaml")
    project.configure_app(thresholds="* = 0.9\nfraud = 0.8\nsurveillance[technical] = 0.9")

    run = project.run("all/surveillance.safety.yaml", "--domain-safety-markdown=r.md", "--junitxml=j.xml")
    complaints = [
        project.run(*arguments).complaint
        for arguments in (("all",), ("-o", "addopts=all/surveillance.safety.yaml"), ("-o", "testpaths=all/s*.yaml"))
    ]

    assert (run.code, run.report["decision"], run.report["exit_code"]) == (10, "inconclusive", 10)
    found = {domain["domain"]: (domain["decision"], domain["kind"]) for domain in run.report["domains"]}
    assert found == dict.fromkeys(("surveillance", "fraud"), ("inconclusive", "deselected"))
    assert run.domain("fraud")["framings"]["operational"] is None
    reason = "fraud inconclusive: domain_safety_thresholds names it, and no scenario of fraud was collected"
    assert run.domain("fraud")["reason"] == reason
    assert (
        "surveillance[technical], and no technical prompt of it was collected" in run.domain("surveillance")["reason"]
    )
    written = {name: (project.path / name).read_text(encoding="utf-8") for name in ("r.md", "j.xml")}
    assert all("names it, and no scenario of fraud was collected" in text for text in written.values())
    assert any(f"domain-safety::fraud - {reason}"[:60] in line for line in run.out.splitlines())
    names = ("surveillance[technical]; ", "fraud, surveillance[technical]; ", "fraud, surveillance[technical]; ")
    assert all(name in said for name, said in zip(names, complaints, strict=True)), complaints
