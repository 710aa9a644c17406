"""An endpoint that denies: what is one prompt's fate, what stops the run, and what is sent after that."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from pytest_domainsafety.core.evidence.failures import DeadEndpointError, FailedAskError, StoppedError
from pytest_domainsafety.core.traffic.refusals import IN_A_ROW
from support.effects_support import no_wait, open_endpoint
from support.fake_server import Answer, FakeServer, Request, answers, completion, error

FLAGGED_INPUT = {"flagged_input": "my account", "reasons": ["x"]}


def fates(answers_: Iterable[Answer]) -> list[Exception | str]:
    """What becomes of prompts that are asked one after the other, each with its own answer of the server."""
    left = list(answers_)

    def respond(request: Request) -> Answer:
        return left[int(request.prompt)]

    async def main(url: str) -> list[Exception | str]:
        met: list[Exception | str] = []
        async with open_endpoint(url) as endpoint:
            for number in range(len(left)):
                try:
                    met.append((await endpoint.ask([{"role": "user", "content": f"{number}"}])).text)
                except (FailedAskError, StoppedError) as met_error:
                    met.append(met_error)
        return met

    with FakeServer(respond) as server:
        found = asyncio.run(main(server.url))
        sent.append(len(server.requests))
    return found


sent: list[int] = []
"""How many requests each of them took."""

YES = Answer(completion("Hi."))


@pytest.mark.parametrize("status", [401, 403, 404])
def test_after_an_answer_a_denial_is_the_prompts(status: int) -> None:
    _, denied, again = fates([YES, error(status), YES])
    assert isinstance(denied, FailedAskError)
    assert (denied.reason, denied.filtered, denied.retry) == (f"HTTP {status}", False, False)
    assert again == "Hi."


def test_a_filter_of_contents_is_an_answer_too() -> None:
    _, denied = fates([error(400, code="content_filter"), error(403)])
    assert isinstance(denied, FailedAskError)


@pytest.mark.parametrize(
    ("answer", "filtered"),
    [
        (error(403, "input was flagged"), True),
        (error(403, "no", metadata=FLAGGED_INPUT), True),
        (error(403, "no", type="moderation"), True),
        (Answer(b"flagged by moderation", 403), True),
        (error(403, "this account was flagged"), False),
        (error(404, "input was flagged"), False),
        (error(401, "input was flagged"), False),
    ],
)
def test_a_403_of_moderation_is_filtered(answer: Answer, *, filtered: bool) -> None:
    _, denied = fates([YES, answer])
    assert isinstance(denied, FailedAskError)
    assert denied.filtered is filtered


def test_moderation_before_any_answer_is_no_bad_key() -> None:
    met = fates([*[error(403, "flagged")] * 4, YES])
    assert [isinstance(each, FailedAskError) and each.filtered for each in met] == [True] * 4 + [False]
    *_, stop = fates([error(403, "flagged")] * 5)
    assert isinstance(stop, StoppedError)
    assert "answered 403 (flagged) to each of the first 5 prompts" in str(stop)


def test_moderation_that_names_the_prompt_says_that_the_key_is_good() -> None:
    met = fates([error(403, "no", metadata=FLAGGED_INPUT)] * 30 + [error(403)])
    assert all(isinstance(each, FailedAskError) for each in met)


@pytest.mark.parametrize("answer", [error(401), error(403, "flagged"), error(404)])
def test_many_in_a_row_stop_it_and_nothing_is_sent_after(answer: Answer) -> None:
    _, *denied, stop, after = fates([YES, *[answer] * IN_A_ROW, YES])
    assert all(isinstance(each, FailedAskError) for each in denied)
    assert isinstance(stop, DeadEndpointError)
    assert not stop.usage
    assert stop.failure is not None
    assert stop.failure.reason == f"HTTP {answer.status}"
    assert "the last of 20 prompts in a row" in str(stop)
    assert "--domain-safety-resume" in str(stop)
    assert isinstance(after, DeadEndpointError)
    assert after.failure is None
    assert sent[-1] == 1 + IN_A_ROW


def test_an_answer_in_between_ends_the_row() -> None:
    met = fates([YES, *[error(403)] * 19, YES, *[error(403)] * 19])
    assert not [each for each in met if isinstance(each, StoppedError)]


@pytest.mark.parametrize(
    ("answer", "mend"),
    [
        (error(402, "pay"), "no quota left"),
        (error(405, "Method Not Allowed"), "check domain_safety_base_url"),
        (error(400, "Your credit balance is too low"), "no quota left"),
        (error(403, "insufficient credits"), "no quota left"),
        (error(400, "x", code="insufficient_quota"), "no quota left"),
        (error(429, "x", code="insufficient_quota"), "no quota left"),
    ],
)
def test_what_is_hopeless_stops_at_any_time_with_the_servers_sentence(answer: Answer, mend: str) -> None:
    assert isinstance(answer.body, dict)
    (first,) = fates([answer])
    assert isinstance(first, StoppedError)
    assert first.usage
    _, later = fates([YES, answer])
    assert isinstance(later, DeadEndpointError)
    assert not later.usage
    for stop in (first, later):
        assert f"answered {answer.status} ({answer.body['error']['message']}): " in str(stop)
        assert mend in str(stop)


@pytest.mark.parametrize("status", [400, 413, 418, 446])
def test_the_same_for_the_first_five_prompts_stops(status: int) -> None:
    *failed, stop = fates([error(status, "bad\n\x1b[31m" + "x" * 500 + " secret-key")] * 5)
    assert all(isinstance(each, FailedAskError) for each in failed)
    assert isinstance(stop, StoppedError)
    assert f"answered {status} (bad " in str(stop)
    assert "to each of the first 5 prompts" in str(stop)
    assert "\x1b" not in str(stop)
    assert len(str(stop)) < 450


def test_the_key_is_not_repeated() -> None:
    *_, stop = fates([error(418, "not with secret-key")] * 5)
    assert "secret-key" not in str(stop)


def test_after_an_answer_five_of_the_same_are_five_prompts() -> None:
    met = fates([YES, *[error(413)] * 30])
    assert not [each for each in met if isinstance(each, StoppedError)]


def test_one_prompt_asked_five_times_is_one() -> None:
    async def main(url: str) -> None:
        async with open_endpoint(url) as endpoint:
            for _ in range(10):
                with pytest.raises(FailedAskError):
                    await endpoint.ask([{"role": "user", "content": "the same"}])

    with FakeServer(lambda _: error(413)) as server:
        asyncio.run(main(server.url))


@pytest.mark.parametrize(("status", "requests"), [(504, 2), (524, 2), (500, 4), (503, 4)])
def test_a_gateway_that_waited_its_whole_time_is_asked_once_more(status: int, requests: int) -> None:
    async def main(url: str) -> FailedAskError:
        async with open_endpoint(url) as endpoint:
            with pytest.raises(FailedAskError) as caught:
                await no_wait(max_retries=3).run(lambda: endpoint.ask([{"role": "user", "content": "x"}]))
        return caught.value

    with FakeServer(lambda _: error(status)) as server:
        failure = asyncio.run(main(server.url))
    assert len(server.requests) == failure.attempts == requests
    assert failure.resamples is (status != 503)


def test_what_is_sent_is_what_is_counted() -> None:
    async def main(url: str) -> int:
        retrying = no_wait()
        async with open_endpoint(url) as endpoint:
            for _ in range(3):
                with pytest.raises(StoppedError):
                    await retrying.run(lambda: endpoint.ask([{"role": "user", "content": "x"}]))
        return retrying.meter.requests

    with FakeServer(lambda _: error(402)) as server:
        assert asyncio.run(main(server.url)) == len(server.requests) == 1


def test_the_longest_reply_is_by_whichever_name_is_sent() -> None:
    async def main(url: str) -> list[int | None]:
        longest = []
        for body in ({"max_tokens": 5}, {"max_completion_tokens": 6}, {}, {"max_tokens": "many"}):
            async with open_endpoint(url, **body) as endpoint:
                longest.append(endpoint.longest_reply)
        return longest

    with FakeServer(answers("Hi.")) as server:
        assert asyncio.run(main(server.url)) == [5, 6, None, None]
