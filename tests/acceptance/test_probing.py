"""An endpoint asked before anything is configured: what it lists, its first reply, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.effects.endpoints.probe import HELLO, Probe, ProbeError
from support.fake_server import Answer, FakeServer, Request, Responder, answers, completion, error

Serve = Callable[[Responder], FakeServer]


def probe(url: str, key_env: str = "none") -> Probe:
    return Probe("the deployment", "domain_safety_", url, key_env)


def complaint(asked: Callable[[], object]) -> ProbeError:
    with pytest.raises(ProbeError) as caught:
        asked()
    assert "\n" not in str(caught.value)
    return caught.value


def test_what_it_lists_is_offered_where_it_can_be_shown(serve: Serve) -> None:
    server = serve(answers("Hello"))
    server.models = ["one", "two", "one", "a\nb", "", "x" * 201]
    assert probe(server.url).models() == ["one", "two"]


def test_a_name_that_holds_the_key_is_none(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_KEY", "sk-very-secret")
    server = serve(answers("Hello"))
    server.models = ["m-sk-very-secret", "m"]
    assert probe(server.url, "AUDIT_KEY").models() == ["m"]


@pytest.mark.parametrize("status", [404, 405, 500])
def test_a_server_that_lists_nothing_may_answer_all_the_same(serve: Serve, status: int) -> None:
    server = serve(answers("Hello"))
    server.models = status
    assert probe(server.url).models() == []
    assert probe(server.url).hello("m") == "Hello"


def test_the_first_reply_is_one_short_line_and_the_key_is_not_in_it(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIT_KEY", "sk-very-secret")
    server = serve(answers("Hi\n::error::\x1b[2J sk-very-secret " + 99 * "x"))
    said = probe(server.url, "AUDIT_KEY").hello("m")
    assert said.startswith("Hi : :error::\N{REPLACEMENT CHARACTER}[2J ")
    assert (len(said), said[-4:]) == (63, "x...")
    assert "secret" not in said
    (request,) = server.requests
    assert (request.prompt, request.headers["authorization"]) == (HELLO, "Bearer sk-very-secret")


def test_what_a_reasoning_model_wants_is_sent(serve: Serve) -> None:
    def respond(request: Request) -> Answer:
        if "max_tokens" in request.body:
            return error(400, "use max_completion_tokens, max_tokens is not supported")
        return Answer(completion("Hello"))

    assert probe(serve(respond).url).hello("m") == "Hello"


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_is_told_by_the_list_and_by_the_reply(serve: Serve, status: int) -> None:
    server = serve(lambda _: error(status))
    server.models = status
    listed = complaint(probe(server.url).models)
    asked = complaint(lambda: probe(server.url).hello("m"))
    assert (listed.at, asked.at) == ("key", "key")
    assert f"answered {status}: it wants a key" in str(listed)


def test_an_address_without_its_path_is_told_what_most_end_in(serve: Serve) -> None:
    server = serve(answers("Hello"))
    server.models = 404
    root = server.url.removesuffix("/v1")
    told = complaint(probe(root).models)
    assert told.at == "address"
    assert f"try {root}/v1" in str(told)


def test_an_unknown_model_and_a_broken_server_are_told(serve: Serve) -> None:
    unknown = complaint(lambda: probe(serve(lambda _: error(404, "no such model")).url).hello("m"))
    assert unknown.at == "model"
    assert "answered 404 (no such model): check domain_safety_model = m" in str(unknown)
    broken = complaint(lambda: probe(serve(lambda _: error(503, "warming up")).url).hello("m"))
    assert "did not answer a first request (HTTP 503: warming up)" in str(broken)


def test_where_nothing_answers_it_is_the_address() -> None:
    for asked in (probe("http://127.0.0.1:9/v1").models, lambda: probe("http://127.0.0.1:9/v1").hello("m")):
        assert complaint(asked).at == "address"


def test_a_variable_that_is_not_set_is_told_before_anything_is_asked(serve: Serve) -> None:
    server = serve(answers("Hello"))
    with pytest.raises(ConfigurationError, match="NO_SUCH: this environment variable is not set"):
        probe(server.url, "NO_SUCH").hello("m")
    assert not server.requests
