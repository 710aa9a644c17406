"""What asking some prompts takes: requests are counted, tokens and cost are estimated."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from typing import Final

from pytest_domainsafety.core.judging.rubric import Rubrics, judge_messages
from pytest_domainsafety.core.planning.judge_cost import FENCE, TOKENS_PER_MESSAGE, Judging, prompts_of
from pytest_domainsafety.core.planning.prices import Prices
from pytest_domainsafety.core.record import Record
from pytest_domainsafety.core.suite.prompts import Message, as_text
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.tools import tools_text
from pytest_domainsafety.core.traffic.tokens import CHARACTERS_PER_TOKEN

TYPICAL_REPLY_TOKENS: Final = 400
JUDGE_REPLY_TOKENS: Final = 120


class Spending(Record):
    """What would be asked, counted, and what it would take, estimated.

    Retries are not in it, nor a system prompt of the deployment's own. `cost` is in the currency of the prices,
    null where a price that is needed was not given.
    """

    requests: int
    judge_requests: int
    prompt_tokens: int
    completion_tokens: int
    judge_prompt_tokens: int
    judge_completion_tokens: int
    cost: float | None

    @property
    def tokens(self) -> int:
        """All of them, the judge's too."""
        return self.prompt_tokens + self.completion_tokens + self.judge_prompt_tokens + self.judge_completion_tokens


def spending_of(
    asked: Collection[tuple[Scenario, str]],
    repetitions: int,
    reply_tokens: int,
    prices: Prices,
    judging: Judging | None,
) -> Spending:
    """An estimate: four characters a token, a reply of typical length, a rationale of one sentence."""
    requests = sum(scenario.turns(framing) for scenario, framing in asked) * repetitions
    judges = 0.0 if judging is None else judging.judges
    judged = sum(scenario.judged_turns(framing) for scenario, framing in asked)
    judge_requests = math.ceil(judged * repetitions * judges)
    return priced(
        prices,
        requests=requests,
        judge_requests=judge_requests,
        prompt_tokens=repetitions
        * sum(
            _offered_tokens(item[0]) + _tokens(messages) + answers * reply_tokens
            for item in asked
            for answers, messages in prompts_of(*item)
        ),
        completion_tokens=requests * reply_tokens,
        judge_prompt_tokens=0
        if judging is None
        else math.ceil(
            judges
            * repetitions
            * sum(
                _judge_tokens(scenario, framing, judging.rubrics, messages) + (answers + 1) * reply_tokens
                for scenario, framing in asked
                for answers, messages in prompts_of(scenario, framing)[-scenario.judged_turns(framing) :]
            )
        ),
        judge_completion_tokens=judge_requests * JUDGE_REPLY_TOKENS,
    )


def spending_of_controls(judging: Judging | None, prices: Prices) -> list[Spending]:
    """What known exhibits take: the deployment is asked nothing for them."""
    if judging is None or not judging.controls:
        return []
    asked = [(each.as_scenario("unnamed"), each.row) for each in judging.controls]
    tokens = sum(
        _judge_tokens(scenario, row.framing, judging.rubrics, scenario.prompts[row.framing])
        + math.ceil(len(row.reply) / CHARACTERS_PER_TOKEN)
        for scenario, row in asked
    )
    requests = len(asked) * judging.whole
    return [
        priced(
            prices,
            requests=0,
            judge_requests=requests,
            prompt_tokens=0,
            completion_tokens=0,
            judge_prompt_tokens=tokens * judging.whole,
            judge_completion_tokens=requests * JUDGE_REPLY_TOKENS,
        )
    ]


def total(domains: Collection[Spending], prices: Prices) -> Spending:
    """All of them together."""
    counted = [name for name in Spending.model_fields if name != "cost"]
    return priced(prices, **{name: sum(getattr(domain, name) for domain in domains) for name in counted})


def priced(prices: Prices, **counted: int) -> Spending:
    """What was counted, with its cost."""
    cost = prices.cost(
        prompt=counted["prompt_tokens"],
        completion=counted["completion_tokens"],
        judge_prompt=counted["judge_prompt_tokens"],
        judge_completion=counted["judge_completion_tokens"],
    )
    return Spending(**counted, cost=cost)


def _offered_tokens(scenario: Scenario) -> int:
    return math.ceil(len(tools_text(scenario.tools)) / CHARACTERS_PER_TOKEN) if scenario.tools else 0


def _tokens(messages: Iterable[Message]) -> int:
    return sum(TOKENS_PER_MESSAGE + math.ceil(len(message["content"]) / CHARACTERS_PER_TOKEN) for message in messages)


def _judge_tokens(scenario: Scenario, framing: str, rubrics: Rubrics, messages: list[Message]) -> int:
    """The judge's prompt without what the deployment says."""
    prompt = as_text(messages)
    return _tokens(
        judge_messages(prompt=prompt, reply="", framing=framing, scenario=scenario, fence=FENCE, rubrics=rubrics)
    )
