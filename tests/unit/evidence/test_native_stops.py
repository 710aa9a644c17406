"""Which of two finish reasons decides: the gateway's, or the provider's own beside it."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_domainsafety.core.evidence.completions import InvalidReplyError, parse_completion
from pytest_domainsafety.core.evidence.native_stops import finish_reason_of
from pytest_domainsafety.core.evidence.replies import readable
from pytest_domainsafety.core.outcome import Outcome


def litellm(native: object) -> dict[str, Any]:
    return {"provider_specific_fields": {"native_finish_reason": native}}


def openrouter(native: object) -> dict[str, Any]:
    return {"native_finish_reason": native}


@pytest.mark.parametrize("beside", [litellm, openrouter])
@pytest.mark.parametrize(
    ("said", "native", "decides"),
    [
        ("stop", "safety", "safety"),
        ("stop", "error", "error"),
        (None, "network_error", "network_error"),
        ("stop", "MAX_TOKENS", "length"),
        ("stop", "max_output_tokens", "length"),
        *[
            ("stop", native, "stop")
            for native in ("STOP", "end_turn", "stop_sequence", "eos", "COMPLETE", "completed")
        ],
        ("length", "error", "length"),
        ("content_filter", "STOP", "content_filter"),
        ("tool_calls", "unheard_of", "tool_calls"),
        ("error", "STOP", "error"),
        ("stop", None, "stop"),
        ("stop", " ", "stop"),
        ("stop", 3, "stop"),
    ],
)
def test_the_harder_word_decides(beside: Any, said: str | None, native: object, decides: str) -> None:  # noqa: ANN401
    assert finish_reason_of(beside(native), said) == decides


def test_a_word_that_nobody_knows_is_as_good_as_the_gateway_that_passed_it_on() -> None:
    assert finish_reason_of(litellm("unheard_of"), "stop") == "unheard_of"
    assert finish_reason_of(openrouter("unheard_of"), "stop") == "stop"
    assert finish_reason_of({"provider_specific_fields": "safety"}, "stop") == "stop"


def test_the_deciding_word_is_the_replys() -> None:
    def body(text: str, native: str) -> dict[str, Any]:
        return {"choices": [{"message": {"content": text}, "finish_reason": "stop", **litellm(native)}]}

    assert readable(parse_completion(body("", "safety"))).outcome is Outcome.FILTERED
    assert parse_completion(body("Half", "error")).failure == "finish_reason error"
    with pytest.raises(InvalidReplyError, match="finish_reason error"):
        parse_completion(body("", "error"))
