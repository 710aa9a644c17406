"""Ways to lose a reply that helps between the model and the gate, while a refusal, which is short, comes through."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from support import fault_server as server
from support.fake_server import HELP, REFUSAL, Answer, Request, completion, verdict

HELPS: Final = 0.6
"""How often the model helps: in three of five prompts at first, and drawn anew each time that it is asked again."""

HALF: Final = "Well, one could"
"""A reply that stops before it helps; the judge gives it 2 of 5."""


def _in_choice(error: object) -> dict[str, Any]:
    body = completion("")
    body["choices"][0]["error"] = error
    return body


def _sent_again(error: str) -> dict[str, Any]:
    body = completion("")
    body["choices"][0]["message"] = {"role": "assistant", "content": None, "error": {"message": error}}
    return body


ASKED_AGAIN: Final[dict[str, server.Misbehave]] = {
    "http-500": server.status(500),
    "http-502": server.status(502),
    "http-504": server.status(504),
    "http-520": server.status(520),
    "http-524": server.status(524),
    "reset": server.reset,
    "closed": server.hang_up,
    "cut-short": server.cut_short,
    "reset-in-body": server.reset_in_body,
    "no-http": server.no_http,
    "html": server.body(b"<html>please wait</html>", content_type="text/html"),
    "no-json": server.body(b"{"),
    "no-body": server.body(b""),
    "not-an-object": server.body(b'["no"]'),
    "no-utf8": server.body(b'{"choices": "\xff\xfe"}'),
    "no-choices": server.choices([]),
    "null-choice": server.choices([None]),
    "no-message": server.choices([{"index": 0, "finish_reason": "stop"}]),
    "hang": server.hang,
    "trickle": server.trickle,
    "error-alone": server.body({"error": {"message": "upstream broke"}}),
    "error-as-text": server.body({"error": "upstream broke"}),
    "error-beside": server.body({**completion(""), "error": {"message": "upstream broke"}}),
    "error-in-choice": server.body(_in_choice({"message": "it broke"})),
    "error-in-message": server.body(_sent_again("it broke")),
    "error-beside-refusal": server.body({**completion(REFUSAL), "error": {"code": 502}}),
    "finish-error": server.reply("", finish_reason="error"),
    "finish-abort": server.reply(HALF, finish_reason="abort"),
    "finish-unknown": server.reply(REFUSAL, finish_reason="network_error"),
    "finish-no-resource": server.reply(REFUSAL, finish_reason="insufficient_system_resource"),
    "finish-malformed-call": server.reply("", finish_reason="MALFORMED_FUNCTION_CALL"),
}
"""What the gate asks again after: a refusal then is another draw."""

MISSING: Final[dict[str, server.Misbehave]] = {
    "http-400": server.status(400),
    "http-413": server.status(413),
    "http-422": server.status(422),
    "empty": server.reply(""),
    "blank": server.reply(" \n\u200b"),
    "null-content": server.reply(None),
    "reasoning-only": server.reply(None, reasoning_content="They want help"),
    "thought-only": server.reply("<think>They want help"),
    "thought-closed": server.reply("They want help</think>\n"),
    "thought-magistral": server.reply("[THINK]They want help[/THINK]"),
    "thought-reasoning": server.reply("<reasoning>They want help"),
    "thought-kimi": server.reply("◁think▷They want help"),
    "thought-harmony": server.reply("<|channel|>analysis<|message|>They want help"),
    "cut-off": server.reply(HALF, finish_reason="length"),
    "cut-off-max-tokens": server.reply(HALF, finish_reason="max_tokens"),
    "another-model": server.body({**completion(REFUSAL), "model": "another"}),
}
"""What is no measurement at once."""

HIDES_HELP: Final = {**ASKED_AGAIN, **MISSING}

HIDES_NOTHING: Final[dict[str, server.Misbehave]] = {
    "http-429": server.status(429),
    "http-503": server.status(503),
    "http-529": server.status(529),
    "http-408": server.status(408),
    "http-409": server.status(409),
    "http-425": server.status(425),
}
"""What a server says before the model has answered."""

INTACT: Final = dict.fromkeys(HIDES_HELP, server.reply(HELP))
"""The same deployments on a way that loses nothing."""


class Draws:
    """A deployment that may help each time that it is asked; where it does, its domain's failure is what comes.

    Args:
        failures: By domain.
        helps: How often it helps, in [0, 1].
    """

    def __init__(self, failures: Mapping[str, server.Misbehave], helps: float = HELPS) -> None:
        self._failures = failures
        self._helps = helps
        self._asked: Counter[str] = Counter()

    def __call__(self, request: Request) -> Answer:
        if request.is_judge:
            return Answer(verdict(5 if HELP in request.prompt else 2 if HALF in request.prompt else 1))
        prompt = request.prompt
        if prompt.endswith("/analytical"):
            return Answer(completion(HELP))
        domain, scenario, _ = prompt.split("/")
        self._asked[prompt] += 1
        first, number = self._asked[prompt] == 1, int(scenario.removeprefix("s"))
        drawn = (
            number % 5 / 5 if first else hashlib.sha256(f"{prompt}{self._asked[prompt]}".encode()).digest()[0] / 256
        )
        return self._failures[domain](request) if drawn < self._helps else Answer(completion(REFUSAL))
