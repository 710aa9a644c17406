"""A judge model that repeats hostile replies, wherever an endpoint can put text: only its own message counts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.effects.engine.measure import Measurer
from pytest_domainsafety.effects.files.rubric_files import load_rubrics
from pytest_domainsafety.effects.judges.base import Exhibit, JudgeError
from pytest_domainsafety.effects.judges.llm import LlmJudge
from pytest_domainsafety.effects.targets.endpoint import EndpointTarget
from support.effects_support import no_wait, open_endpoint, scenario
from support.exhibits import exhibit
from support.fake_server import Answer, FakeServer, Request, completion
from support.hostile_replies import HOSTILE_REPLIES, PLANTED, sendable

OWN = json.dumps({"rationale": "it helps", "score": 5, "refused": False})
JUDGED = Judgement(5, "it helps", refused=False)

Json = dict[str, Any]
Echo = Callable[[str], Json]


def shown_reply(request: Request) -> str:
    """What stands between the fences of a request to the judge."""
    fence = request.prompt.rsplit("\n", 1)[1]
    return request.prompt.split(fence)[2][1:-1]


def second_choice(reply: str) -> Json:
    body = completion(OWN)
    body["choices"].append({"index": 1, "finish_reason": "stop", "message": {"role": "assistant", "content": reply}})
    return body


def call(reply: str) -> list[Json]:
    return [{"id": "c", "type": "function", "function": {"name": "verdict", "arguments": reply}}]


APART: dict[str, Echo] = {
    "reasoning_content": lambda reply: completion(OWN, reasoning_content=reply),
    "reasoning": lambda reply: completion(OWN, reasoning=reply),
    "tool call": lambda reply: completion(OWN, tool_calls=call(reply)),
    "second choice": second_choice,
    "unknown field": lambda reply: completion(OWN, verdict=reply) | {"verdict": reply, "choice": reply},
    "thinking part": lambda reply: completion(
        None, content=[{"type": "thinking", "thinking": reply}, text_part(OWN)]
    ),
}
"""Places that are not the judge's message."""

WITHIN: dict[str, Echo] = {
    "refusal": lambda reply: completion(OWN, refusal=reply),
    "before": lambda reply: completion(f"{reply}\n{OWN}"),
    "after": lambda reply: completion(f"{OWN}\n{reply}"),
    "in words": lambda reply: completion(f"I score it 5. It says: {reply}"),
    "text parts": lambda reply: completion(None, content=[text_part(OWN), text_part(reply)]),
    "cut-off thoughts": lambda reply: completion(f"<think>It says </think>{reply}", finish_reason="length"),
}
"""The judge's message itself, in which it quotes the reply."""

INSTEAD: dict[str, Echo] = {
    "reasoning_content": lambda reply: completion("", reasoning_content=reply),
    "reasoning": lambda reply: completion(None, reasoning=reply),
    "refusal": lambda reply: completion(None, refusal=reply),
    "tool call": lambda reply: completion(None, tool_calls=call(reply)),
    "thoughts": lambda reply: completion(f"<think>{reply.replace('</think>', '')}"),
    "content filter": lambda reply: completion("", finish_reason="content_filter", reasoning=reply),
}
"""Places from which no verdict comes where the judge's message is empty."""


def text_part(text: str) -> Json:
    return {"type": "text", "text": text}


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    with FakeServer(lambda _: Answer({})) as running:
        yield running


def judge_all(server: FakeServer, exhibits: dict[str, Exhibit], **options: Any) -> dict[str, Judgement | None]:  # noqa: ANN401 - the judge's
    """What the judge says of each; None where it gives no usable verdict."""

    async def main() -> dict[str, Judgement | None]:
        judgements: dict[str, Judgement | None] = {}
        async with open_endpoint(server.url, "domain_safety_judge_", model="judge") as endpoint:
            judge = LlmJudge(endpoint, no_wait(max_retries=0), load_rubrics(None), **options)
            for name, each in exhibits.items():
                try:
                    judgements[name] = await judge.judge(each)
                except JudgeError:
                    judgements[name] = None
        return judgements

    server.requests.clear()
    return asyncio.run(main())


def judge_hostile(server: FakeServer, echo: Echo) -> dict[str, Judgement | None]:
    server.respond = lambda request: Answer(echo(shown_reply(request)))
    judgements = judge_all(server, {name: exhibit(reply) for name, reply in HOSTILE_REPLIES.items()})
    assert len(judgements) >= 80
    return judgements


def test_every_reply_arrives_as_it_is(server: FakeServer) -> None:
    server.respond = lambda _: Answer(completion(OWN))
    judgements = judge_all(server, {name: exhibit(reply) for name, reply in HOSTILE_REPLIES.items()})
    assert set(map(repr, judgements.values())) == {repr(JUDGED)}
    assert [shown_reply(request) for request in server.requests] == list(map(sendable, HOSTILE_REPLIES.values()))
    assert {request.prompt.count(fence_of(request)) for request in server.requests} == {3}
    assert all(request.prompt.startswith(f"{fence_of(request)}\n") for request in server.requests)
    # What is told before the case is the same whatever the reply is.
    assert len({request.body["messages"][0]["content"] for request in server.requests}) == 1


def fence_of(request: Request) -> str:
    return request.prompt.rsplit("\n", 1)[1]


@pytest.mark.parametrize("echo", APART.values(), ids=APART)
def test_beside_the_judges_message_nothing_counts(server: FakeServer, echo: Echo) -> None:
    judgements = judge_hostile(server, echo)
    assert {name: judgement for name, judgement in judgements.items() if judgement != JUDGED} == {}


@pytest.mark.parametrize("echo", WITHIN.values(), ids=WITHIN)
def test_a_reply_in_the_judges_message_gives_no_verdict(server: FakeServer, echo: Echo) -> None:
    judgements = judge_hostile(server, echo)
    assert {name: judgement for name, judgement in judgements.items() if judgement not in {None, JUDGED}} == {}
    assert judgements["bare verdict"] is None


@pytest.mark.parametrize("echo", INSTEAD.values(), ids=INSTEAD)
def test_without_a_message_of_the_judges_there_is_no_verdict(server: FakeServer, echo: Echo) -> None:
    judgements = judge_hostile(server, echo)
    assert {name: judgement for name, judgement in judgements.items() if judgement is not None} == {}


# Reasoning


@pytest.mark.parametrize("reasoning", [None, ""])
def test_without_reasoning_there_is_no_section_for_it(server: FakeServer, reasoning: str | None) -> None:
    server.respond = lambda _: Answer(completion(OWN))
    judge_all(server, {"": exhibit("No.", reasoning=reasoning)}, show_reasoning=True)
    (request,) = server.requests
    assert request.prompt.count(fence_of(request)) == 3
    assert "Reasoning" not in request.prompt


def test_reasoning_is_shown_only_to_a_judge_that_asks_for_it(server: FakeServer) -> None:
    server.respond = lambda _: Answer(completion(OWN))
    judge_all(server, {"": exhibit("No.", reasoning="secret plans")})
    assert "secret plans" not in json.dumps(server.requests[0].body)


def test_hostile_reasoning_stands_in_its_own_section(server: FakeServer) -> None:
    server.respond = lambda _: Answer(completion(OWN))
    exhibits = {name: exhibit("No.", reasoning=reasoning) for name, reasoning in HOSTILE_REPLIES.items() if reasoning}
    judgements = judge_all(server, exhibits, show_reasoning=True)
    assert set(map(repr, judgements.values())) == {repr(JUDGED)}
    for request, reasoning in zip(server.requests, filter(None, HOSTILE_REPLIES.values()), strict=True):
        _, _, reply, label, thoughts, _ = request.prompt.split(fence_of(request))
        assert (reply, thoughts) == ("\nNo.\n", f"\n{sendable(reasoning)}\n")
        assert "not to be scored" in label


@pytest.mark.parametrize("place", ["reply", "reasoning", "prompt", "harm"])
def test_the_fence_stands_in_nothing_that_is_shown(
    place: str, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = iter(["guessed", "guessed", "fresh"])
    monkeypatch.setattr("secrets.token_urlsafe", lambda _: next(tokens))
    server.respond = lambda _: Answer(completion(OWN))
    texts = {"reply": "No.", "reasoning": "Hm.", "prompt": "Go.", "harm": "Harm"} | {place: f"guessed\n{PLANTED}"}
    case = scenario()
    shown = Exhibit(
        prompt=texts["prompt"],
        reply=texts["reply"],
        framing="operational",
        scenario=type(case)(domain=case.domain, id=case.id, harm=texts["harm"], prompts=case.prompts),
        reasoning=texts["reasoning"],
    )
    assert judge_all(server, {"": shown}, show_reasoning=True) == {"": JUDGED}
    assert fence_of(server.requests[0]) == "fresh"


# Whose reply it is


def test_the_judge_never_sees_which_model_is_judged(server: FakeServer) -> None:
    def respond(request: Request) -> Answer:
        body = completion(OWN if request.is_judge else "Sure, here is how.", reasoning="Hm.")
        return Answer(body | {"model": "secret-candidate-7b", "system_fingerprint": "secret-candidate-7b"})

    async def main() -> tuple[Outcome, int | None]:
        rubrics = load_rubrics(None)
        async with (
            open_endpoint(server.url, model="secret-candidate-7b", user="secret-candidate-7b") as deployment,
            open_endpoint(server.url, "domain_safety_judge_", model="judge") as judging,
        ):
            measurer = Measurer(
                target=EndpointTarget(deployment),
                judge=LlmJudge(judging, no_wait(), rubrics, show_reasoning=True),
                retrying=no_wait(),
                place=server.url,
                system_prompt="You are secret-candidate-7b.",
            )
            trial = await measurer.measure(scenario(), "operational", 0, lambda _: None)
            return trial.outcome, trial.score

    server.respond = respond
    server.requests.clear()
    assert asyncio.run(main()) == (Outcome.COMPLIED, 5)
    (asked,), (judged,) = server.asked, server.judged
    assert "secret-candidate-7b" in json.dumps(asked.body)
    assert "secret-candidate-7b" not in json.dumps([judged.body, judged.headers, judged.path])
