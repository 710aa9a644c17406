"""A key goes to its own host: the deployment's to the deployment's host and port, a judge's to the judge's.

Other hosts than this machine are played by one server that stands for the network: runs reach it as their proxy.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from support.fake_server import HELP, Answer, FakeServer, Request, Responder, completion, error, verdict
from support.project import Project, Run

Serve = Callable[["Responder"], "FakeServer"]
Settings = dict[str, Any]

KEYS: Final[dict[str, Any]] = {
    "OPENAI_API_KEY": "deployments-key",
    "JUDGE_KEY": "judges-key",
    "SECOND_KEY": "second-key",
}
DEPLOYMENT: Final = "http://deployment.invalid/v1"
JUDGE: Final = "http://judge.invalid/v1"
OTHER: Final = "http://other.invalid/v1"
NAMED_JUDGE: Final = {"judge_base_url": JUDGE, "judge_api_key_env": "JUDGE_KEY"}


def respond(request: Request) -> Answer:
    """The deployment is the model `m`, all others judge."""
    return Answer(completion(HELP) if request.body["model"] == "m" else verdict(1))


@pytest.fixture
def network(serve: Serve) -> FakeServer:
    """All hosts there are, but this machine's own."""
    return serve(respond)


def through(network: FakeServer, *names: str) -> dict[str, Any]:
    return {"NO_PROXY": "", **dict.fromkeys(names or ("HTTP_PROXY",), network.url.removesuffix("/v1"))}


def configure(project: Project, settings: Settings) -> None:
    project.domain("a", 1)
    usual: Settings = {"base_url": DEPLOYMENT, "model": "m", "judge_model": "judge", "thresholds": "* = 0.99"}
    if "second_judge_model" in settings:
        usual["second_judge_fraction"] = 1
    project.configure(None, **{**usual, **settings})


def run_with(project: Project, network: FakeServer, settings: Settings, keys: dict[str, Any]) -> Run:
    configure(project, settings)
    return project.run(**through(network), **keys)


def sent(*servers: FakeServer) -> dict[str, set[str]]:
    """The keys that each model was asked with."""
    found: dict[str, set[str]] = {}
    for server in servers:
        for request in server.requests:
            key = request.headers["authorization"].removeprefix("Bearer ")
            found.setdefault(request.body["model"], set()).add(key)
    return found


SENT: Final[dict[str, tuple[Settings, dict[str, str]]]] = {
    "the deployment's address": ({}, {"m": "deployments-key", "judge": "deployments-key"}),
    "another path": (
        {"judge_base_url": "http://deployment.invalid/judges/v1"},
        {"m": "deployments-key", "judge": "deployments-key"},
    ),
    "the host in upper case": (
        {"judge_base_url": "http://DEPLOYMENT.Invalid/v1"},
        {"m": "deployments-key", "judge": "deployments-key"},
    ),
    "the port that is meant": (
        {"judge_base_url": "http://deployment.invalid:80/v1"},
        {"m": "deployments-key", "judge": "deployments-key"},
    ),
    "a variable named": (NAMED_JUDGE, {"m": "deployments-key", "judge": "judges-key"}),
    "a variable named at the same host": (
        {"judge_api_key_env": "JUDGE_KEY"},
        {"m": "deployments-key", "judge": "judges-key"},
    ),
    "the deployment's variable named": (
        {"judge_base_url": JUDGE, "judge_api_key_env": "OPENAI_API_KEY"},
        {"m": "deployments-key", "judge": "deployments-key"},
    ),
    "none": ({"judge_base_url": JUDGE, "judge_api_key_env": "none"}, {"m": "deployments-key", "judge": "none"}),
    "None at the same host": ({"judge_api_key_env": "None"}, {"m": "deployments-key", "judge": "none"}),
    "none for the deployment": (
        {"api_key_env": "none", **NAMED_JUDGE},
        {"m": "none", "judge": "judges-key"},
    ),
    "none for both": ({"api_key_env": "none"}, {"m": "none", "judge": "none"}),
    "second judge beside the judge": (
        {**NAMED_JUDGE, "second_judge_model": "second"},
        {"m": "deployments-key", "judge": "judges-key", "second": "judges-key"},
    ),
    "second judge at the judge's host": (
        {**NAMED_JUDGE, "second_judge_model": "second", "second_judge_base_url": "http://Judge.invalid:80/v2"},
        {"m": "deployments-key", "judge": "judges-key", "second": "judges-key"},
    ),
    "second judge beside a judge without a key": (
        {"judge_base_url": JUDGE, "judge_api_key_env": "none", "second_judge_model": "second"},
        {"m": "deployments-key", "judge": "none", "second": "none"},
    ),
    "second judge at the deployment's host": (
        {**NAMED_JUDGE, "second_judge_model": "second", "second_judge_base_url": DEPLOYMENT},
        {"m": "deployments-key", "judge": "judges-key", "second": "deployments-key"},
    ),
    "second judge elsewhere with a variable": (
        {"second_judge_model": "second", "second_judge_base_url": OTHER, "second_judge_api_key_env": "SECOND_KEY"},
        {"m": "deployments-key", "judge": "deployments-key", "second": "second-key"},
    ),
    "second judge elsewhere with none": (
        {**NAMED_JUDGE, "second_judge_model": "second", "second_judge_base_url": OTHER}
        | {"second_judge_api_key_env": "none"},
        {"m": "deployments-key", "judge": "judges-key", "second": "none"},
    ),
}


@pytest.mark.parametrize("case", SENT)
def test_a_key_goes_to_its_own_host(project: Project, network: FakeServer, case: str) -> None:
    settings, expected = SENT[case]
    run = run_with(project, network, settings, KEYS)
    assert run.code in {0, 1}, run.text
    assert sent(network) == {model: {key} for model, key in expected.items()}
    assert {trial["outcome"] for trial in run.report["trials"]} == {"refused", "declined"}


SECOND: Final = {"second_judge_model": "second"}
REFUSED: Final[dict[str, tuple[Settings, str, str]]] = {
    "another host": ({"judge_base_url": JUDGE}, "judge_api_key_env", JUDGE),
    "another port": ({"judge_base_url": "http://deployment.invalid:81/v1"}, "judge_api_key_env", ":81"),
    "the port of TLS": ({"judge_base_url": "https://deployment.invalid/v1"}, "judge_api_key_env", "https://"),
    "a longer host": ({"judge_base_url": "http://deployment.invalid.other.invalid"}, "judge_api_key_env", ".other"),
    "this machine": ({"judge_base_url": "http://127.0.0.1:9/v1"}, "judge_api_key_env", "127.0.0.1:9"),
    "a deployment without a key": ({"api_key_env": "none", "judge_base_url": JUDGE}, "judge_api_key_env", JUDGE),
    "second judge": ({**SECOND, "second_judge_base_url": OTHER}, "second_judge_api_key_env", OTHER),
    "second judge beside a judge elsewhere": (
        {**NAMED_JUDGE, **SECOND, "second_judge_base_url": OTHER},
        "second_judge_api_key_env",
        OTHER,
    ),
    "second judge at another port than the judge": (
        {**NAMED_JUDGE, **SECOND, "second_judge_base_url": "http://judge.invalid:81/v1"},
        "second_judge_api_key_env",
        ":81",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_key_for_elsewhere_must_be_named(project: Project, network: FakeServer, case: str) -> None:
    settings, setting, place = REFUSED[case]
    said = run_with(project, network, settings, KEYS).complaint
    assert said.startswith(f"domain_safety_{setting} is not set")
    assert place in said
    assert "or none to send no key" in said
    assert not network.requests
    assert not [key for key in KEYS.values() if key in said]


def test_workers_say_it_once(project: Project, network: FakeServer) -> None:
    configure(project, {"judge_base_url": JUDGE})
    assert "judge_api_key_env" in project.run("-n2", **through(network), **KEYS).complaint
    assert not network.requests


def test_a_judge_elsewhere_needs_a_word_even_where_no_key_is_set(project: Project, network: FakeServer) -> None:
    assert "judge_api_key_env" in run_with(project, network, {"judge_base_url": JUDGE}, {}).complaint
    assert not network.requests


FACTORY: Final = """\
import openai

def client():
    return openai.AsyncOpenAI(base_url="URL", api_key="clients-key")

def target(messages):
    return "Sure, here is how."
"""
OURS: Final[dict[str, Settings]] = {
    "an endpoint": {"model": "m"},
    "a client of the user's": {"base_url": None, "client": "factory:client", "model": "m"},
    "a function": {"base_url": None, "target": "factory:target", "model": None},
}


@pytest.mark.parametrize("deployment", OURS)
@pytest.mark.parametrize(
    ("settings", "keys", "expected"),
    [
        ({}, {}, "none"),
        ({"judge_api_key_env": "none"}, KEYS, "none"),
        ({"judge_api_key_env": "JUDGE_KEY"}, KEYS, "judges-key"),
        ({"judge_api_key_env": "OPENAI_API_KEY"}, KEYS, "deployments-key"),
        ({}, {"OPENAI_API_KEY": "deployments-key"}, None),
    ],
)
def test_a_judge_of_this_machine_may_have_none_where_no_key_could_be_meant(
    project: Project, serve: Serve, deployment: str, settings: Settings, keys: dict[str, Any], expected: str | None
) -> None:
    server, judge = serve(respond), serve(respond)
    project.domain("a", 1)
    project.write("factory.py", FACTORY.replace("URL", server.url))
    usual: Settings = {"base_url": server.url, "judge": "llm", "judge_model": "judge", "judge_base_url": judge.url}
    project.configure(None, **{**usual, **OURS[deployment], **settings})
    run = project.run(**keys)
    if expected is None:
        assert run.complaint.startswith("domain_safety_judge_api_key_env is not set")
        assert not server.requests + judge.requests
    else:
        assert sent(judge) == {"judge": {expected}}, run.text


def test_a_client_of_the_users_is_asked_with_its_own_key_only(project: Project, serve: Serve) -> None:
    server = serve(respond)
    project.domain("a", 1)
    project.write("factory.py", FACTORY.replace("URL", server.url))
    project.configure(None, client="factory:client", model="m", judge_model="judge")
    project.run(**KEYS)
    assert sent(server) == {"m": {"clients-key"}, "judge": {"clients-key"}}
    project.configure(None, base_url=OTHER, model="m", judge_model="judge", judge_client="factory:client")
    assert "other.invalid" in project.run(**KEYS).text
    assert sent(server) == {"m": {"clients-key"}, "judge": {"clients-key"}}


def test_a_judge_that_is_no_endpoint_needs_no_key(project: Project, serve: Serve) -> None:
    project.domain("a", 1)
    project.configure(serve(respond), judge="embedded", judge_model=None, judge_base_url=JUDGE)
    assert project.run(**KEYS).written is not None


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_what_stays_on_this_machine_is_told_to_no_proxy(
    project: Project, serve: Serve, network: FakeServer, name: str, host: str
) -> None:
    server = serve(respond)
    project.domain("a")
    project.configure(server, base_url=server.url.replace("127.0.0.1", host))
    run = project.run(**through(network, name))
    assert (run.code, len(server.asked), len(server.judged)) == (0, 4, 4), run.text
    assert not network.requests


def test_a_proxy_that_nobody_can_use_disturbs_no_run_on_this_machine(project: Project, serve: Serve) -> None:
    server = serve(respond)
    project.domain("a")
    project.configure(server)
    assert project.run(ALL_PROXY="gopher://127.0.0.1:9", NO_PROXY="").code == 0


def test_clear_text_over_a_proxy_is_warned_of(project: Project, network: FakeServer) -> None:
    run = run_with(project, network, {}, KEYS)
    assert {request.path for request in network.requests} == {f"{DEPLOYMENT}/chat/completions"}
    (said,) = run.report["deployment"]["warnings"]
    assert said.startswith(
        f"the deployment at {DEPLOYMENT} is asked without TLS: key, prompts and replies can be read"
    )
    assert KEYS["OPENAI_API_KEY"] not in json.dumps(run.report)


def test_a_server_that_wants_a_key_where_none_is_sent_says_so(project: Project, serve: Serve) -> None:
    project.domain("a")
    project.configure(serve(lambda _: error(401, "no key")), api_key_env="none", judge_model=None, judge="embedded")
    said = project.run().complaint
    assert "no key was sent, so name its variable in domain_safety_api_key_env" in said
    assert "$none" not in said
