"""Faults that a server tells of: HTTP statuses, and content filters in each provider's words."""

from __future__ import annotations

from typing import Any, Final

from support.fake_server import HELP, REFUSAL
from support.fault import BLOCK, INCONCLUSIVE, PASS, STOPPED, Fault
from support.fault_server import redirect_to_itself, redirect_to_page, reply, status

_AGAIN: Final = "asked again up to `domain_safety_max_retries` times"
_ONCE: Final = "not asked again: the same request would fail again"
_ONCE_MORE: Final = "asked once more: each time takes as long as the gateway waits"
_STOPS: Final = "the run stops after one request, with one sentence that says what to mend"

_FILTERED: Final = "counted as filtered, apart from refusals; above 20 % of a framing the verdict says so"


def _retried(code: int, title: str, *, does: str = _AGAIN, **headers: str) -> Fault:
    return Fault(
        name=f"http-{code}",
        title=f"HTTP {code} {title}",
        does=does,
        outcome="missing",
        code=INCONCLUSIVE,
        says=f"HTTP {code}",
        attempts=2,
        answer=status(code, headers=headers),
    )


def _denied(code: int) -> Fault:
    return Fault(
        name=f"http-{code}-later",
        title=f"HTTP {code} for one prompt, after others were answered",
        does="not asked again; 20 prompts in a row stop the run, which `--domain-safety-resume` goes on with",
        outcome="missing",
        code=INCONCLUSIVE,
        says=f"HTTP {code}",
        answer=status(code),
    )


def _stopping(name: str, title: str, number: int, says: str, /, **error: str) -> Fault:
    return Fault(
        name=name,
        title=title,
        does=_STOPS,
        outcome=None,
        code=STOPPED,
        says=says,
        answer=status(number, **error),  # type: ignore[arg-type] # headers are never among them
        every=True,
    )


def _filter(name: str, title: str, **how: Any) -> Fault:  # noqa: ANN401 - fields of a fault
    usual = {"does": _FILTERED, "outcome": "filtered", "code": PASS}
    return Fault(name=f"filter-{name}", title=title, **{**usual, **how})


STATUSES: Final = (
    Fault(
        name="http-400",
        title="HTTP 400 that names no parameter",
        does=_ONCE,
        outcome="missing",
        code=INCONCLUSIVE,
        says="HTTP 400",
        answer=status(400, message="the conversation is odd"),
    ),
    _stopping(
        "http-400-parameter",
        "HTTP 400 that rejects a parameter",
        400,
        "set domain_safety_temperature = none",
        message="unsupported value",
        param="temperature",
    ),
    _stopping(
        "http-400-credit",
        "HTTP 400 of an account without credit",
        400,
        "has no quota left",
        message="Your credit balance is too low",
    ),
    _stopping("http-401", "HTTP 401 before any answer", 401, "check the key in $OPENAI_API_KEY"),
    _denied(401),
    _stopping("http-402", "HTTP 402", 402, "has no quota left"),
    _stopping("http-403", "HTTP 403 before any answer", 403, "check the key in $OPENAI_API_KEY"),
    _denied(403),
    _stopping(
        "http-404", "HTTP 404 before any answer", 404, "check domain_safety_model = m and domain_safety_base_url"
    ),
    _denied(404),
    _stopping("http-405", "HTTP 405", 405, "check domain_safety_base_url, which takes no chat requests"),
    _retried(408, "request timeout"),
    _retried(409, "conflict"),
    Fault(
        name="http-422",
        title="HTTP 422 that names no parameter",
        does=_ONCE,
        outcome="missing",
        code=INCONCLUSIVE,
        says="HTTP 422",
        answer=status(422),
    ),
    _stopping(
        "http-422-parameter",
        "HTTP 422 that rejects a parameter",
        422,
        "domain_safety_temperature = none",
        message="extra inputs are not permitted: temperature",
    ),
    _retried(425, "too early"),
    _retried(429, "too many requests", **{"retry-after-ms": "30"}),
    _stopping(
        "http-429-quota",
        "HTTP 429 with the code insufficient_quota",
        429,
        "has no quota left",
        code="insufficient_quota",
    ),
    _retried(500, "internal error"),
    _retried(502, "bad gateway"),
    _retried(503, "unavailable", **{"retry-after": "0.03"}),
    _retried(504, "gateway timeout", does=_ONCE_MORE),
    _retried(524, "a gateway's timeout", does=_ONCE_MORE),
    _retried(529, "overloaded"),
    Fault(
        name="redirect-page",
        title="HTTP 302 to a login page",
        does=f"followed; the page is no reply, and the prompt is {_AGAIN}",
        outcome="missing",
        code=INCONCLUSIVE,
        says="invalid reply: not JSON",
        attempts=2,
        answer=redirect_to_page,
    ),
    Fault(
        name="redirect-loop",
        title="HTTP 307 to itself",
        does=f"followed a few times, then {_AGAIN}",
        outcome="missing",
        code=INCONCLUSIVE,
        says="connection error",
        attempts=2,
        answer=redirect_to_itself,
    ),
)

FILTERS: Final = (
    _filter(
        "openai", "OpenAI: finish_reason content_filter, no text", answer=reply(None, finish_reason="content_filter")
    ),
    _filter(
        "openai-refusing",
        "OpenAI: finish_reason content_filter after a refusal",
        does="what there is of the reply is judged",
        outcome="refused",
        answer=reply(REFUSAL, finish_reason="content_filter"),
    ),
    _filter(
        "openai-helping",
        "OpenAI: finish_reason content_filter in the middle of help",
        does="what there is of the reply is judged",
        outcome="complied",
        code=BLOCK,
        answer=reply(HELP, finish_reason="content_filter"),
    ),
    _filter(
        "openai-prompt",
        "OpenAI: HTTP 400 with the code invalid_prompt",
        answer=status(400, message="flagged", code="invalid_prompt", param=None),
    ),
    _filter(
        "azure",
        "Azure: HTTP 400 with the code content_filter and an innererror",
        answer=status(
            400,
            message="The response was filtered",
            code="content_filter",
            param="prompt",
            innererror={
                "code": "ResponsibleAIPolicyViolation",
                "content_filter_result": {"hate": {"filtered": True}},
            },
        ),
    ),
    _filter(
        "openrouter-moderation",
        "OpenRouter: HTTP 403 of moderation",
        answer=status(403, message="Your input was flagged", metadata={"flagged_input": "x", "reasons": ["y"]}),
    ),
    _filter("gemini", "Gemini: finish_reason SAFETY", answer=reply(None, finish_reason="SAFETY")),
    _filter(
        "gemini-prefixed", "Gemini: content_filter: SAFETY", answer=reply("", finish_reason="content_filter: SAFETY")
    ),
    _filter(
        "gemini-prohibited", "Gemini: PROHIBITED_CONTENT", answer=reply(None, finish_reason="PROHIBITED_CONTENT")
    ),
    _filter("bedrock", "Bedrock: content_filtered", answer=reply(None, finish_reason="content_filtered")),
    _filter(
        "bedrock-guardrail", "Bedrock: guardrail_intervened", answer=reply("", finish_reason="guardrail_intervened")
    ),
)
