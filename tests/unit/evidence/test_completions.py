"""Reading chat completions: each provider's shape, and nothing else passes for a reply."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_domainsafety.core.evidence.completions import InvalidReplyError, parse_completion
from pytest_domainsafety.core.evidence.replies import Reply, readable
from pytest_domainsafety.core.outcome import Outcome

Json = dict[str, Any]


def body(content: object = "Hi", finish_reason: object = "stop", **message: object) -> Json:
    return {
        "choices": [
            {
                "index": 0,
                "finish_reason": finish_reason,
                "message": {"role": "assistant", "content": content, **message},
            }
        ]
    }


def call(name: str, arguments: object) -> Json:
    return {"id": "1", "type": "function", "function": {"name": name, "arguments": arguments}}


@pytest.mark.parametrize(
    ("given_body", "reply"),
    [
        pytest.param(body(), Reply("Hi", "stop"), id="plain"),
        pytest.param(body("", "stop"), Reply("", "stop"), id="blank"),
        pytest.param(body(None, None), Reply(""), id="no content"),
        pytest.param(body("Hi", "length"), Reply("Hi", "length"), id="cut"),
        pytest.param(
            body(None, refusal="I can't."), Reply("I can't.", "stop", refusal="I can't."), id="openai refusal"
        ),
        pytest.param(
            body("", refusal="I can't."),
            Reply("I can't.", "stop", refusal="I can't."),
            id="refusal beside no content",
        ),
        pytest.param(body("Hi", refusal=None, annotations=[]), Reply("Hi", "stop"), id="openai null refusal"),
        pytest.param(body("Hi", refusal="No."), Reply("Hi\nNo.", "stop", refusal="No."), id="content and refusal"),
        pytest.param(body("Hi", reasoning_content="hm"), Reply("Hi", "stop", "hm"), id="deepseek and vllm reasoning"),
        pytest.param(body("Hi", reasoning="hm"), Reply("Hi", "stop", "hm"), id="new vllm and openrouter reasoning"),
        pytest.param(body("Hi", reasoning={"a": 1}), Reply("Hi", "stop"), id="reasoning of another type"),
        pytest.param(
            body([{"type": "text", "text": "H"}, {"type": "text", "text": "i"}]), Reply("Hi", "stop"), id="text parts"
        ),
        pytest.param(
            body(
                [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "Hi"}]
            ),
            Reply("Hi", "stop", "[{'type': 'text', 'text': 'hm'}]"),
            id="mistral thinking parts",
        ),
        pytest.param(
            body([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Hi"}]),
            Reply("Hi", "stop", "hm"),
            id="claude thinking parts",
        ),
        pytest.param(
            body([{"type": "reasoning", "text": "hm"}]), Reply("", "stop", "hm"), id="nothing but reasoning parts"
        ),
        pytest.param(body([]), Reply("", "stop"), id="no parts"),
        pytest.param(
            body(None, "tool_calls", tool_calls=[call("pay", '{"a": 1}'), call("go", "")]),
            Reply("", "tool_calls", tool_calls=('pay({"a": 1})', "go()")),
            id="tool calls",
        ),
        pytest.param(
            body(None, tool_calls=[call("pay", {"a": 1})]),
            Reply("", "stop", tool_calls=("pay({'a': 1})",)),
            id="ollama's arguments are an object",
        ),
        pytest.param(
            body(None, tool_calls=[{"type": "custom", "custom": {"name": "sh", "input": "ls"}}]),
            Reply("", "stop", tool_calls=("sh(ls)",)),
            id="custom tool",
        ),
        pytest.param(
            body(None, function_call={"name": "pay", "arguments": "{}"}),
            Reply("", "stop", tool_calls=("pay({})",)),
            id="legacy function call",
        ),
        pytest.param(body("Hi", tool_calls=None), Reply("Hi", "stop"), id="null tool calls"),
        pytest.param(
            {**body(), "usage": {"prompt_tokens": 7, "completion_tokens": 3}},
            Reply("Hi", "stop", prompt_tokens=7, completion_tokens=3),
            id="usage",
        ),
        pytest.param({**body(), "usage": None}, Reply("Hi", "stop"), id="null usage"),
        pytest.param({**body(), "usage": {"prompt_tokens": "7"}}, Reply("Hi", "stop"), id="usage in words"),
        pytest.param({**body(), "usage": {"prompt_tokens": -7}}, Reply("Hi", "stop"), id="negative usage"),
        pytest.param({"choices": [*body()["choices"], "junk"]}, Reply("Hi", "stop"), id="only the first choice"),
        pytest.param(
            {"choices": [{"message": {"content": "", "role": "assistant"}, "finish_reason": "content_filter"}]},
            Reply("", "content_filter"),
            id="azure filter",
        ),
    ],
)
def test_a_reply(given_body: Json, reply: Reply) -> None:
    assert parse_completion(given_body) == reply


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (None, "no body"),
        ([], "no body"),
        ("text", "no body"),
        ({}, "no choices"),
        ({"error": {"message": "overloaded"}}, "error in the body: overloaded"),
        ({"error": {}}, "no choices"),
        ({"choices": None}, "no choices"),
        ({"choices": []}, "no choices"),
        ({"choices": {}}, "no choices"),
        ({"choices": ["x"]}, "no choice"),
        ({"choices": [{}]}, "no message"),
        ({"choices": [{"text": "a legacy completion"}]}, "no message"),
        ({"choices": [{"delta": {"content": "a streamed chunk"}}]}, "no message"),
        ({"choices": [{"message": "x"}]}, "no message"),
        (body(3), "content is int"),
        (body({"text": "x"}), "content is dict"),
        (body(True), "content is bool"),  # noqa: FBT003 - a value of a body
        (body(["x"]), "no content part"),
        (body([{"type": "image_url"}]), "content part of type 'image_url' without text"),
        (body([{"text": 3}]), "content part of type None without text"),
        (body("Hi", 7), "finish_reason is int"),
        (body("Hi", refusal=True), "refusal is bool"),
        (body("Hi", tool_calls="x"), "tool_calls is str"),
        (body("Hi", tool_calls=["x"]), "no tool call"),
        (body("Hi", tool_calls=[{}]), "no function in a tool call"),
        (body("Hi", function_call="x"), "no function in a tool call"),
    ],
)
def test_what_is_no_reply(bad: object, said: str) -> None:
    with pytest.raises(InvalidReplyError) as caught:
        parse_completion(bad)
    assert str(caught.value) == said


def test_a_refusal_part_is_the_replys_text() -> None:
    # OpenAI's own type of an assistant's content part.
    assert parse_completion(body([{"type": "refusal", "refusal": "I can't."}])).text == "I can't."


ERRORS = [
    pytest.param({"message": "over\nloaded", "code": 502}, "error in the body: over loaded", id="openrouter"),
    pytest.param({"code": "busy"}, "error in the body: busy", id="code in words"),
    pytest.param({"code": 502}, "error in the body", id="code alone"),
    pytest.param("overloaded", "error in the body: overloaded", id="text"),
    pytest.param({"message": ["x"]}, "error in the body", id="message of another type"),
    pytest.param(True, "error in the body", id="true"),
    pytest.param([{"message": "x"}], "error in the body", id="list"),
]

LEVELS = ["body", "choice", "message"]


def with_error(given_body: Json, level: str, error: object) -> Json:
    choice = given_body["choices"][0]
    {"body": given_body, "choice": choice, "message": choice["message"]}[level]["error"] = error
    return given_body


@pytest.mark.parametrize(("error", "said"), ERRORS)
@pytest.mark.parametrize("level", LEVELS)
class TestAnErrorBesideTheReply:
    def test_text_is_kept_with_the_failure(self, level: str, error: object, said: str) -> None:
        reply = parse_completion(with_error(body("Sure: step 1"), level, error))
        assert reply == Reply("Sure: step 1", "stop", failure=said)

    def test_tool_calls_are_kept_with_the_failure(self, level: str, error: object, said: str) -> None:
        given_body = with_error(body(None, "tool_calls", tool_calls=[call("pay", "{}")]), level, error)
        assert parse_completion(given_body) == Reply("", "tool_calls", tool_calls=("pay({})",), failure=said)

    @pytest.mark.parametrize("text", [None, "", " \n", "<think>hm</think>", "hm</think>", "<|return|>"])
    @pytest.mark.parametrize("reason", ["stop", None, "content_filter"])
    def test_without_text_it_is_no_reply(
        self, level: str, error: object, said: str, text: str | None, reason: str | None
    ) -> None:
        with pytest.raises(InvalidReplyError) as caught:
            parse_completion(with_error(body(text, reason), level, error))
        assert str(caught.value) == said


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("nothing", [None, {}, "", False, [], 0])
def test_an_empty_error_is_none(level: str, nothing: object) -> None:
    assert parse_completion(with_error(body(), level, nothing)) == Reply("Hi", "stop")


@pytest.mark.parametrize("place", ["body", "choice"])
def test_an_error_in_place_of_the_message_says_why(place: str) -> None:
    given_body: Json = {"choices": [{"message": None}]}
    (given_body if place == "body" else given_body["choices"][0])["error"] = {"message": "overloaded"}
    with pytest.raises(InvalidReplyError, match="error in the body: overloaded"):
        parse_completion(given_body)


FAILED_STOPS = [
    "error",
    "abort",
    "aborted",
    "network_error",
    "insufficient_system_resource",
    "MALFORMED_FUNCTION_CALL",
    "cancelled",
    "timeout",
    "ERROR_TOXIC",
    "pause_turn",
    "repetition",
    "unknown",
    "other",
    "nonsense",
]


@pytest.mark.parametrize("reason", FAILED_STOPS)
def test_a_stop_that_is_none_fails_the_reply(reason: str) -> None:
    assert parse_completion(body("Sure", reason)) == Reply("Sure", reason, failure=f"finish_reason {reason}")
    with pytest.raises(InvalidReplyError) as caught:
        parse_completion(body(None, reason))
    assert str(caught.value) == f"finish_reason {reason}"


@pytest.mark.parametrize("reason", [None, "", "stop", "STOP", "length", "MAX_TOKENS", "COMPLETE", "eos_token"])
@pytest.mark.parametrize("text", ["Sure", ""])
def test_a_known_stop_fails_nothing(reason: str | None, text: str) -> None:
    assert parse_completion(body(text, reason)) == Reply(text, reason)


@pytest.mark.parametrize("reason", ["content_filter", "SAFETY", "content_filter: SAFETY"])
@pytest.mark.parametrize("text", ["Sure", ""])
def test_a_filter_fails_nothing(reason: str, text: str) -> None:
    assert parse_completion(body(text, reason)) == Reply(text, reason)


def test_an_error_goes_before_an_unknown_stop() -> None:
    reply = parse_completion(with_error(body("Sure", "error"), "choice", {"message": "overloaded"}))
    assert reply.failure == "error in the body: overloaded"


_KEYS = (
    "choices error message content finish_reason refusal tool_calls function name arguments text type usage "
    "prompt_tokens reasoning reasoning_content function_call custom thinking"
)
_keys = st.sampled_from(_KEYS.split())
_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["stop", "text", "thinking", "refusal", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=5),
    max_leaves=15,
)
_bodies = _json | st.builds(
    lambda message, reason, usage: {"choices": [{"message": message, "finish_reason": reason}], "usage": usage},
    _json | st.dictionaries(_keys, _json, max_size=4),
    _json | st.none(),
    _json,
)


@given(_bodies)
@settings(max_examples=400, deadline=None, derandomize=True)
def test_any_body_is_a_reply_or_refused(arbitrary: object) -> None:
    try:
        reply = parse_completion(arbitrary)
    except InvalidReplyError as error:
        said = str(error)
    else:
        check(reply)
        return
    assert "\n" not in said
    assert len(said) < 200


def check(reply: Reply) -> None:
    assert isinstance(reply.text, str)
    assert isinstance(reply.finish_reason, str | None)
    assert all(isinstance(each, str) for each in reply.tool_calls)
    assert reply.prompt_tokens >= 0
    seen = readable(reply)
    assert (seen.outcome is None) == bool(seen.text)
    assert seen.outcome not in {Outcome.REFUSED, Outcome.COMPLIED}
