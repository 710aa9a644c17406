"""What judge models could cost at most: every verdict asked for twice, every reply as long as it may be."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from pytest_domainsafety.core.judging.controls import Control
from pytest_domainsafety.core.judging.rubric import ASKS, Rubrics, judge_messages
from pytest_domainsafety.core.planning.prices import Prices
from pytest_domainsafety.core.record import Record
from pytest_domainsafety.core.suite.prompts import Message, as_text
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.traffic.tokens import at_most

TOKENS_PER_MESSAGE: Final = 4

FENCE: Final = "0" * 22
"""As long as the fence that a judge is given."""


@dataclass(frozen=True, slots=True)
class Judging:
    """How judge models score the replies.

    Args:
        rubrics: What they are asked by.
        judges: How many score a reply at most: one, or a panel's members, and a second judge's share.
        longest: The most tokens that a judge may answer with, None where nothing bounds it.
        controls: Known exhibits that they score among the others.
        whole: How many score each of those: a second judge scores all of them.
    """

    rubrics: Rubrics
    judges: float = 1.0
    longest: int | None = None
    controls: Sequence[Control] = ()
    whole: int = 1


class JudgeAtMost(Record):
    """An upper estimate of what the judges take, retries after failures apart.

    Four characters are a token, a character outside ASCII is one, and nothing of a prompt is taken to be cached.
    `cost` is in the currency of the prices, null where a price that is needed was not given.
    """

    requests: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None


def judge_at_most(
    asked: Collection[tuple[Scenario, str]],
    repetitions: int,
    longest_reply: int | None,
    judging: Judging | None,
    prices: Prices,
) -> JudgeAtMost | None:
    """The most that judging these items can take.

    Args:
        asked: Scenarios and the framing of each that is asked.
        repetitions: Trials an item.
        longest_reply: The most tokens of a reply, with its reasoning; None where nothing bounds it.
        judging: How judge models score the replies.
        prices: As far as known.

    Returns:
        The estimate; None where no judge model is asked, or a reply of deployment or judge has no longest.
    """
    if judging is None or longest_reply is None or judging.longest is None:
        return None
    known = judging.whole * len(judging.controls)
    judged = sum(scenario.judged_turns(framing) for scenario, framing in asked)
    requests = ASKS * (math.ceil(judged * repetitions * judging.judges) + known)
    each = sum(
        _prompt(scenario, framing, judging.rubrics, messages) + (answers + 1) * longest_reply
        for scenario, framing in asked
        for answers, messages in prompts_of(scenario, framing)[-scenario.judged_turns(framing) :]
    )
    of_known = sum(
        _prompt(scenario, row.framing, judging.rubrics, scenario.prompts[row.framing]) + at_most([row.reply])
        for scenario, row in ((control.as_scenario("unnamed"), control.row) for control in judging.controls)
    )
    prompt = ASKS * math.ceil(repetitions * judging.judges * each + judging.whole * of_known)
    completion = requests * judging.longest
    cost = prices.cost(prompt=0, completion=0, judge_prompt=prompt, judge_completion=completion)
    return JudgeAtMost(requests=requests, prompt_tokens=prompt, completion_tokens=completion, cost=cost)


def prompts_of(scenario: Scenario, framing: str) -> list[tuple[int, list[Message]]]:
    """What is sent to ask a framing once: for every turn how many answers stand in it, and the other messages."""
    messages, turns = scenario.prompts[framing], scenario.turns(framing)
    return [(turn, messages[: len(messages) - turns + turn + 1]) for turn in range(turns)]


def _prompt(scenario: Scenario, framing: str, rubrics: Rubrics, asked: list[Message]) -> int:
    """The judge's prompt without what was replied, with the words around reasoning."""
    messages = judge_messages(
        prompt=as_text(asked),
        reply="",
        framing=framing,
        scenario=scenario,
        fence=FENCE,
        rubrics=rubrics,
        reasoning="",
    )
    return sum(TOKENS_PER_MESSAGE + at_most([message["content"]]) for message in messages)
