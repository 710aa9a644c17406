"""Faults of what comes over the wire: connections, bodies, time, and a judge that fails."""

from __future__ import annotations

from typing import Any, Final

from support import fault_server as server
from support.fake_server import completion
from support.fault import INCONCLUSIVE, PASS, STOPPED, Fault

_AGAIN: Final = "asked again up to `domain_safety_max_retries` times"
_NO_REPLY: Final = f"no valid reply: {_AGAIN}"
_SHORT: Final = {"timeout": "1.5", "max_retries": 0}


def _wire(name: str, title: str, answer: server.Misbehave, **how: Any) -> Fault:  # noqa: ANN401 - fields of a fault
    usual = {"does": _AGAIN, "outcome": "missing", "code": INCONCLUSIVE, "says": "connection error", "attempts": 2}
    return Fault(name=name, title=title, answer=answer, **{**usual, **how})


def _body(name: str, title: str, answer: server.Misbehave, says: str, **how: Any) -> Fault:  # noqa: ANN401 - the same
    return _wire(name, title, answer, **{"says": says, "does": _NO_REPLY, **how})


def _judge(name: str, title: str, answer: server.Misbehave, **how: Any) -> Fault:  # noqa: ANN401 - the same
    usual = {
        "does": f"the reply is kept, the judge {_AGAIN}",
        "outcome": "unjudged",
        "says": "",
        "attempts": 1,
        "judge": True,
    }
    return _wire(f"judge-{name}", title, answer, **{**usual, **how})


def _nothing_there(name: str, title: str, url: str, **how: Any) -> Fault:  # noqa: ANN401 - the same
    return Fault(
        name=name,
        title=title,
        does="the run stops once one prompt was tried, with one sentence",
        outcome=None,
        code=STOPPED,
        says="nothing answers at",
        settings={"base_url": url, "timeout": "15", "max_retries": 0},
        **how,
    )


CONNECTIONS: Final = (
    _nothing_there("refused", "connection refused from the start", "http://127.0.0.1:9/v1", every=True),
    _nothing_there("no-such-host", "a host name that does not resolve", "http://nonexistent.invalid/v1", every=True),
    _nothing_there(
        "tls", "TLS error: https spoken to a server that has no TLS", "https://127.0.0.1:{port}/v1", every=True
    ),
    _wire("reset", "connection reset before the reply", server.reset),
    _wire("hang-up", "connection closed before the reply", server.hang_up),
    _wire("reset-in-body", "connection reset in the middle of the body", server.reset_in_body),
    _wire("cut-short", "connection closed in the middle of the body", server.cut_short),
    _wire("no-http", "an answer that is not HTTP", server.no_http),
    _wire(
        "slow",
        "a body that comes late, within `domain_safety_timeout`",
        server.slow,
        does="waited for, and judged",
        outcome="refused",
        code=PASS,
        says="",
        attempts=1,
    ),
    _wire(
        "trickle",
        "a body that trickles on past `domain_safety_timeout`",
        server.trickle,
        does=f"given up at the time-out, which is for a whole reply; {_AGAIN}",
        says="timeout",
        attempts=1,
        settings=_SHORT,
    ),
    _wire(
        "hang",
        "a server that accepts the request and says nothing",
        server.hang,
        does=f"given up at the time-out; {_AGAIN}",
        says="timeout",
        attempts=1,
        settings=_SHORT,
    ),
)

BODIES: Final = (
    _body(
        "html", "HTTP 200 with a page of HTML", server.body(b"<html>hi</html>", content_type="text/html"), "not JSON"
    ),
    _body("broken-json", "HTTP 200 with broken JSON", server.body(b'{"choices": [{"mess'), "not JSON"),
    _body("nothing", "HTTP 200 with an empty body", server.body(b""), "not JSON"),
    _body("no-text", "HTTP 200 with bytes that are no text", server.body(b"\xff\xfe\x00\x80"), "not JSON"),
    _body("deep-json", "HTTP 200 with JSON nested without end", server.body(b"[" * 200_000), "not JSON"),
    _body("no-gzip", "HTTP 200 said to be gzip, and is not", server.body(b"no", content_encoding="gzip"), ""),
    _body("json-list", "HTTP 200 with a JSON list", server.body(b"[]"), "no body"),
    _body("no-choices", "no `choices`", server.body({"id": "x"}), "no choices"),
    _body("null-choices", "`choices` is null, as with an error in the body", server.choices(None), "no choices"),
    _body("no-choice", "`choices` is empty", server.choices([]), "no choices"),
    _body("choices-dict", "`choices` is no list", server.choices({"0": {}}), "no choices"),
    _body("choice-text", "a choice is no object", server.choices(["I cannot"]), "no choice"),
    _body("no-message", "a choice without a message", server.choices([{"index": 0}]), "no message"),
    _body("content-number", "`content` is a number", server.body(completion(7)), "content is int"),  # type: ignore[arg-type]
    _body("content-dict", "`content` is an object", server.body(completion({})), "content is dict"),  # type: ignore[arg-type]
    _body(
        "error-beside",
        "`error` beside `choices`, without text",
        server.body({**completion(None), "error": {"message": "overloaded"}}),
        "error in the body: overloaded",
    ),
    _body(
        "error-in-choice",
        "`choices[0].error`, without text",
        server.choices([{"message": {"content": ""}, "finish_reason": "stop", "error": {"code": 502}}]),
        "error in the body",
    ),
    _body(
        "error-in-message",
        "`choices[0].message.error`, without text",
        server.reply("", error={"message": "overloaded"}),
        "error in the body: overloaded",
    ),
    _body(
        "failed-stop",
        "a `finish_reason` that is neither a known stop nor a filter, without text",
        server.reply("", finish_reason="abort"),
        "finish_reason abort",
    ),
    _body(
        "empty",
        "empty content",
        server.reply(""),
        "empty reply",
        does="not a refusal: nothing was said",
        attempts=1,
    ),
    _body(
        "blank",
        "content of white space and invisible characters only",
        server.reply(" \n\u200b"),
        "empty reply",
        does="not a refusal: nothing was said",
        attempts=1,
    ),
    _body(
        "thought-only",
        "a thought without an answer",
        server.reply("<think>I will not"),
        "reasoning without an answer",
        does="not a refusal: nothing was said",
        attempts=1,
    ),
    _body(
        "lone-thought",
        "a thought without an answer, its opening mark left out",
        server.reply("I will not</think>"),
        "reasoning without an answer",
        does="not a refusal: nothing was said",
        attempts=1,
    ),
    _body(
        "harmony-thought",
        "the same in gpt-oss's channels, cut off",
        server.reply("<|channel|>analysis<|message|>I will not", finish_reason="length"),
        "reasoning without an answer",
        does="not a refusal: nothing was said",
        attempts=1,
    ),
    _body(
        "huge",
        "a reply of 50 MB",
        server.huge,
        "",
        does="read, kept and judged as any other",
        outcome="refused",
        code=PASS,
        attempts=1,
        alone=True,
    ),
)

JUDGES: Final = (
    _judge("http-500", "HTTP 500", server.status(500)),
    _judge("html", "a page of HTML", server.body(b"<html></html>")),
    _judge("no-verdict", "words in place of a verdict", server.reply("I would rather not say.")),
    _judge("empty", "an empty reply", server.reply("")),
    _judge("hang", "no answer", server.hang, settings=_SHORT),
    _judge("score-9", "a score that is none", server.reply('{"rationale": "x", "score": 9, "refused": true}')),
    Fault(
        name="judge-http-401",
        title="HTTP 401",
        does="the run stops after one reply, with one sentence that says what to mend",
        outcome=None,
        code=STOPPED,
        says="the judge at",
        answer=server.status(401),
        judge=True,
        every=True,
    ),
)
