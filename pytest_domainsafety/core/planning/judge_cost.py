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
    requests = ASKS * (math.ceil(len(asked) * repetitions * judging.judges) + known)
    each = sum(_prompt(*item, judging.rubrics) + longest_reply for item in asked)
    of_known = sum(
        _prompt(control.as_scenario("unnamed"), control.row.framing, judging.rubrics) + at_most([control.row.reply])
        for control in judging.controls
    )
    prompt = ASKS * math.ceil(repetitions * judging.judges * each + judging.whole * of_known)
    completion = requests * judging.longest
    cost = prices.cost(prompt=0, completion=0, judge_prompt=prompt, judge_completion=completion)
    return JudgeAtMost(requests=requests, prompt_tokens=prompt, completion_tokens=completion, cost=cost)


def _prompt(scenario: Scenario, framing: str, rubrics: Rubrics) -> int:
    """The judge's prompt without what was replied, with the words around reasoning."""
    messages = judge_messages(
        prompt=scenario.prompt_text(framing),
        reply="",
        framing=framing,
        scenario=scenario,
        fence=FENCE,
        rubrics=rubrics,
        reasoning="",
    )
    return sum(TOKENS_PER_MESSAGE + at_most([message["content"]]) for message in messages)
