"""A chat endpoint: what is sent, and what each answer of the server means."""

from __future__ import annotations

import asyncio
import re
import socket
from typing import Any

import pytest

from pytest_domainsafety.core.evidence.failures import FailedAskError, StoppedError
from pytest_domainsafety.core.evidence.replies import Reply
from support.effects_support import MESSAGES, no_wait, open_endpoint
from support.fake_server import Answer, FakeServer, Request, Responder, answers, completion, error


def ask(url: str, prefix: str = "domain_safety_", **body: Any) -> Reply:  # noqa: ANN401 - JSON
    async def main() -> Reply:
        async with open_endpoint(url, prefix, **body) as endpoint:
            return await endpoint.ask(MESSAGES)

    return asyncio.run(main())


def always(answer: Answer) -> Responder:
    return lambda _: answer


def stopped(answer: Answer, prefix: str = "domain_safety_", **body: Any) -> str:  # noqa: ANN401 - JSON
    """The sentence with which a run stops."""
    with FakeServer(always(answer)) as server, pytest.raises(StoppedError) as caught:
        ask(server.url, prefix, **body)
    said = str(caught.value)
    assert server.url in said
    assert "\n" not in said
    return said.replace(server.url, "URL")


def failed(answer: Answer, **body: Any) -> FailedAskError:  # noqa: ANN401 - JSON
    with FakeServer(always(answer)) as server, pytest.raises(FailedAskError) as caught:
        ask(server.url, **body)
    assert len(server.requests) == 1
    return caught.value


def test_a_reply_is_read_and_the_body_is_what_was_configured() -> None:
    with FakeServer(answers("Hi.")) as server:
        reply = ask(server.url, temperature=0.7, top_k=3)
    assert reply == Reply("Hi.", "stop", prompt_tokens=7, completion_tokens=3, served_model="fake")
    request = server.requests[0]
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer secret-key"
    assert request.body == {"model": "gpt-x", "messages": MESSAGES, "temperature": 0.7, "top_k": 3}


def test_no_model_is_sent_where_none_is_configured() -> None:
    async def main(url: str) -> None:
        async with open_endpoint(url) as endpoint:
            del endpoint.body["model"]
            await endpoint.ask(MESSAGES)

    with FakeServer(answers("Hi.")) as server:
        asyncio.run(main(server.url))
    assert server.requests[0].body == {"messages": MESSAGES}


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_stops_with_its_variable(status: int) -> None:
    assert stopped(error(status, "bad  \n\x07key")) == (
        f"the deployment at URL answered {status} (bad \N{REPLACEMENT CHARACTER}key): "
        "check the key in $MY_KEY (domain_safety_api_key_env names the variable)"
    )


def test_an_unknown_model_stops_with_its_setting() -> None:
    assert stopped(error(404, "no such model")) == (
        "the deployment at URL answered 404 (no such model): "
        "check domain_safety_model = gpt-x and domain_safety_base_url"
    )


def test_the_judges_failures_name_the_judges_settings() -> None:
    prefix = "domain_safety_judge_"
    assert "the judge at URL" in stopped(error(404), prefix)
    assert "domain_safety_judge_model = gpt-x and domain_safety_judge_base_url" in stopped(error(404), prefix)
    assert "domain_safety_judge_api_key_env" in stopped(error(401), prefix)
    assert 'set domain_safety_judge_request = {"temperature": null}' in stopped(
        error(400, "temperature is unsupported"), prefix, temperature=0
    )


def test_an_empty_account_stops_and_is_not_retried() -> None:
    said = stopped(error(429, "You exceeded your quota", code="insufficient_quota"))
    assert said == (
        "the deployment at URL answered 429 (You exceeded your quota): "
        "the account has no quota left, so add credit or use another key"
    )


@pytest.mark.parametrize(
    "answer",
    [
        error(400, "Unsupported value", param="temperature"),
        error(400, "Unsupported value: 'temperature' does not support 0.7 with this model."),
        error(422, "temperature: Extra inputs are not permitted"),
        error(400, "only temperature=1 is supported"),
    ],
)
def test_a_rejected_temperature_stops_with_the_setting(answer: Answer) -> None:
    said = stopped(answer, temperature=0.7, max_tokens=9)
    assert f"answered {answer.status} because it rejects the parameter temperature (" in said
    assert said.endswith("set domain_safety_temperature = none to leave it out")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            b'{"detail": "Unexpected fields in the request: {\'top_k\'}"}',
            "Unexpected fields in the request: {'top_k'}",
        ),
        (
            b'{"detail": [{"loc": ["body", "top_k"], "msg": "Extra inputs are not permitted", "input": 3}]}',
            "top_k: Extra inputs are not permitted",
        ),
        (b'{"error": "top_k is not supported. More at x.com."}', "top_k is not supported."),
    ],
    ids=["transformers serve", "FastAPI", "error as text"],
)
def test_a_parameter_that_a_422_rejects_in_other_words_stops_too(body: bytes, said: str) -> None:
    assert stopped(Answer(body, 422), top_k=3) == (
        f"the deployment at URL answered 422 because it rejects the parameter top_k ({said}): "
        'set domain_safety_request = {"top_k": null} to leave it out'
    )


def test_what_is_shown_of_the_servers_words_is_one_sentence_without_keys() -> None:
    assert failed(error(400, "key secret-key is\n odd. And more.")).told == "HTTP 400: key *** is odd."
    assert len(failed(error(503, "x" * 500)).said) == 120
    assert failed(Answer(b"<p>busy</p>", status=503)).told == "HTTP 503: <p>busy</p>"
    assert failed(Answer(b"", status=400)).told == "HTTP 400"
    assert "answered 401 (without a word): check" in stopped(Answer(b"", status=401))


def test_another_rejected_field_stops_with_the_request_setting() -> None:
    said = stopped(error(400, "Unknown parameter: 'top_k'", param="top_k"), top_k=3)
    assert said.endswith('set domain_safety_request = {"top_k": null} to leave it out')


def test_a_nested_parameter_is_named_by_its_field() -> None:
    said = stopped(error(400, "bad", param="reasoning.effort"), reasoning={"effort": "x"})
    assert said.endswith('set domain_safety_request = {"reasoning": null} to leave it out')


def test_a_rejected_model_stops_with_its_setting() -> None:
    said = stopped(error(400, "gpt-x is not a valid model ID", param="model"))
    assert said == (
        "the deployment at URL answered 400 (gpt-x is not a valid model ID): check domain_safety_model = gpt-x"
    )


def test_a_long_message_is_cut() -> None:
    said = stopped(error(401, "word " * 500))
    assert len(said) < 400


def rejects_max_tokens(request: Request) -> Answer:
    if "max_tokens" in request.body:
        return error(400, "Unsupported parameter: 'max_tokens' is not supported", param="max_tokens")
    return Answer(completion("Hi."))


def test_rejected_max_tokens_switch_the_session_once_with_many_in_flight() -> None:
    async def main(url: str) -> tuple[list[Reply], list[str], int]:
        # No retry is left for it: the switch must use none up.
        retrying = no_wait(max_retries=0)
        async with open_endpoint(url, max_tokens=9) as endpoint:
            tasks = [retrying.run(lambda: endpoint.ask(MESSAGES)) for _ in range(8)]
            replies = [reply for reply, _ in await asyncio.gather(*tasks)]
            replies.append((await retrying.run(lambda: endpoint.ask(MESSAGES)))[0])
            return replies, endpoint.notes, retrying.meter.requests

    with FakeServer(rejects_max_tokens) as server:
        replies, notes, sent = asyncio.run(main(server.url))
    assert [reply.text for reply in replies] == ["Hi."] * 9
    assert notes == ["max_completion_tokens sent in place of max_tokens, which the endpoint rejects"]
    assert sent == len(server.requests) <= 17
    assert server.requests[-1].body["max_completion_tokens"] == 9
    assert "max_tokens" not in server.requests[-1].body


def test_a_switch_is_told_as_an_adaption() -> None:
    failure = failed(error(400, "max_tokens is not supported"), max_tokens=9)
    assert (failure.adapted, failure.retry, failure.reason) == (True, False, "HTTP 400")


def test_max_tokens_beside_max_completion_tokens_stop_with_the_setting() -> None:
    said = stopped(error(400, "max_tokens is not supported"), max_tokens=9, max_completion_tokens=9)
    assert said.endswith("set domain_safety_max_tokens = none to leave it out")


def test_where_both_names_are_rejected_the_mend_takes_max_tokens_out() -> None:
    def respond(request: Request) -> Answer:
        name = next(name for name in ("max_tokens", "max_completion_tokens") if name in request.body)
        return error(400, f"{name} is not supported", param=name)

    async def main(url: str) -> None:
        async with open_endpoint(url, max_tokens=9) as endpoint:
            await no_wait().run(lambda: endpoint.ask(MESSAGES))

    with FakeServer(respond) as server, pytest.raises(StoppedError, match="domain_safety_max_tokens = none"):
        asyncio.run(main(server.url))


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
def test_a_passing_failure_is_worth_a_retry(status: int) -> None:
    failure = failed(error(status))
    assert (failure.reason, failure.retry, failure.unreachable) == (f"HTTP {status}", True, False)


@pytest.mark.parametrize("status", [400, 413, 415, 422, 451])
def test_another_failure_is_not(status: int) -> None:
    failure = failed(error(status, "context is too long"), temperature=0.7, max_tokens=9)
    assert (failure.reason, failure.retry, failure.adapted, failure.filtered) == (
        f"HTTP {status}",
        False,
        False,
        False,
    )


def test_a_message_that_only_speaks_of_a_parameter_does_not_stop() -> None:
    # No word of rejection: it may be this prompt's own failure.
    assert failed(error(400, "the temperature outside is 20 degrees"), temperature=0.7).reason == "HTTP 400"


def test_an_error_without_a_json_body_is_read() -> None:
    assert failed(Answer(b"<html>busy</html>", status=503)).reason == "HTTP 503"
    assert failed(Answer(b"", status=400)).reason == "HTTP 400"


@pytest.mark.parametrize("code", ["content_filter", "content_policy_violation", "invalid_prompt"])
@pytest.mark.parametrize("param", [None, "prompt", "temperature"])
def test_a_filtered_prompt_is_a_measurement(code: str, param: str | None) -> None:
    failure = failed(error(400, "temperature invalid", code=code, param=param), temperature=0.7, response_format={})
    assert (failure.filtered, failure.retry, failure.adapted) == (True, False, False)


def test_a_filter_code_with_another_status_is_no_filter() -> None:
    assert not failed(error(500, code="content_filter")).filtered


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"not json", "invalid reply: not JSON"),
        (b"", "invalid reply: not JSON"),
        (b"\xff\xfe\x00", "invalid reply: not JSON"),
        (b"[" * 100_000, "invalid reply: not JSON"),
        (b"9" * 5000, "invalid reply: not JSON"),
        (b"{}", "invalid reply: no choices"),
        (b'{"choices": []}', "invalid reply: no choices"),
        (b"[]", "invalid reply: no body"),
        (b'{"choices": [{"message": null}]}', "invalid reply: no message"),
        (b'{"error": {"message": "overloaded"}}', "invalid reply: error in the body: overloaded"),
        (b'{"choices": [{"message": {"content": ""}, "error": {"code": 502}}]}', "invalid reply: error in the body"),
        (b'{"choices": [{"message": {}, "finish_reason": "abort"}]}', "invalid reply: finish_reason abort"),
    ],
)
def test_a_body_that_is_no_reply_is_retried(body: bytes, reason: str) -> None:
    failure = failed(Answer(body))
    assert (failure.reason, failure.retry, failure.unreachable) == (reason, True, False)


def test_text_of_a_reply_that_failed_is_kept_with_why() -> None:
    broken = {**completion("Sure:"), "error": {"message": "key secret-key\n\x1b[2J" + "x" * 200}}
    with FakeServer(always(Answer(broken))) as server:
        reply = ask(server.url)
    assert (reply.text, reply.finish_reason) == ("Sure:", "stop")
    assert reply.failure is not None
    assert reply.failure.startswith("error in the body: key ")
    assert reply.failure.isprintable()
    assert "secret-key" not in reply.failure
    assert len(reply.failure) == 80


def test_a_key_is_taken_out_of_a_long_error_before_it_is_cut() -> None:
    broken = {**completion("Sure:"), "error": {"message": "x" * 55 + " secret-key"}}
    with FakeServer(always(Answer(broken))) as server:
        reply = ask(server.url)
    assert reply.failure is not None
    assert "secr" not in reply.failure


def test_a_connection_hung_up_is_unreachable() -> None:
    with FakeServer(always(Answer({}, hang_up=True))) as server, pytest.raises(FailedAskError) as caught:
        ask(server.url)
    assert (caught.value.reason, caught.value.retry, caught.value.unreachable) == ("connection error", True, True)


def test_a_closed_port_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(FailedAskError) as caught:
        ask(f"http://127.0.0.1:{port}/v1")
    assert (caught.value.reason, caught.value.retry, caught.value.unreachable) == ("connection error", True, True)


def test_the_clients_own_timeout_is_no_unreachable_server() -> None:
    async def main(url: str) -> None:
        async with open_endpoint(url, timeout_s=0.2) as endpoint:
            await endpoint.ask(MESSAGES)

    with (
        FakeServer(always(Answer(completion("late"), delay_s=2.0))) as server,
        pytest.raises(FailedAskError) as caught,
    ):
        asyncio.run(main(server.url))
    assert (caught.value.reason, caught.value.retry, caught.value.unreachable) == ("timeout", True, False)


def test_no_variable_of_openai_reaches_the_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "API_KEY": "leak-key",
        "ORG_ID": "leak-org",
        "PROJECT_ID": "leak-project",
        "CUSTOM_HEADERS": "X-Leak: leak-header",
        "BASE_URL": "http://leak.invalid/v1",
        "ADMIN_KEY": "leak-admin",
        "WEBHOOK_SECRET": "leak-webhook",
    }.items():
        monkeypatch.setenv(f"OPENAI_{name}", value)
    with FakeServer(answers("Hi.")) as server:
        ask(server.url)
    headers = server.requests[0].headers
    assert "leak" not in repr(headers).lower()
    assert not [name for name in headers if re.match("openai-|x-leak", name)]
    assert headers["authorization"] == "Bearer secret-key"
