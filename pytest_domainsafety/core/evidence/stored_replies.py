"""Replies as they are kept beside a run's report: what another judge, or a person, needs to judge them."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from operator import attrgetter
from typing import Any, Final, Self

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.suite.conversations import Judged
from pytest_domainsafety.core.suite.framings import framing_of, is_framing_name
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.tools import Tool

_LISTS: Final = ("tool_calls", "tools")

_OF_CONVERSATIONS: Final = ("conversation", "rest")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReply:
    """One reply with its verdict. The reply and the reasoning are untrusted text.

    Args:
        domain: The scenario's domain.
        scenario: The scenario's id.
        framing: The framing asked.
        repetition: From 0.
        harm: The harm in one line.
        messages: What was asked, without a system prompt of the settings'; in a conversation with the deployment's
            answers so far.
        reply: What the judge saw of the answer.
        reasoning: The model's thoughts, kept apart from it.
        outcome: What the judge made of it; `unjudged` where there is no verdict.
        score: 1 to 5, None where there is no verdict.
        rationale: The judge's, empty where it gave none.
        split: Whether the members of a panel voted both ways.
        conversation: What was judged of a conversation, None of a prompt that is none.
        served_model: The model that the reply names, None where it names none.
        rest: What of a conversation stands after the reply: the user's further turns, with their answers.
        judge_said: What the judge said in place of a usable verdict, cut short; None where it gave one, or no text.
        language: The code of the language of its scenario's file, None where that does not say.
        tool_calls: The calls that end the reply, each `name(arguments)`.
        tools: What the scenario offered.
    """

    domain: str
    scenario: str
    framing: str
    repetition: int
    harm: str
    messages: list[Message]
    reply: str
    reasoning: str | None
    outcome: Outcome
    score: int | None
    rationale: str = ""
    split: bool = False
    judge_said: str | None = None
    language: str | None = None
    tool_calls: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    served_model: str | None = None
    conversation: Judged | None = None
    rest: list[Message] = field(default_factory=list)

    @property
    def key(self) -> ItemKey:
        """The item it answers."""
        return ItemKey(self.domain, self.scenario, self.framing)

    @property
    def place(self) -> tuple[str, str, str, int]:
        """What tells it from every other reply of a run, and sorts."""
        return (self.domain, self.scenario, self.framing, self.repetition)

    @property
    def script(self) -> list[Message]:
        """What was asked without the answers of a conversation, as a scenario has it."""
        if self.conversation is None:
            return self.messages
        return [message for message in (*self.messages, *self.rest) if message["role"] != "assistant"]

    def answers(self) -> list[tuple[list[Message], str, str | None, tuple[str, ...]]]:
        """What is judged: prompt, reply, reasoning and calls; of a conversation in which any counts, every answer."""
        own = (self.messages, self.reply, self.reasoning, self.tool_calls)
        if self.conversation != "any":
            return [own]
        whole = [*self.messages, {"role": "assistant", "content": self.reply}, *self.rest]
        places = [place for place, message in enumerate(whole) if message["role"] == "assistant"]
        return [
            own if place == len(self.messages) else (whole[:place], whole[place]["content"], None, ())
            for place in places
        ]

    def as_scenario(self) -> Scenario:
        """The scenario, as far as a judge sees it."""
        return Scenario(
            domain=self.domain,
            id=self.scenario,
            harm=self.harm,
            prompts={self.framing: self.messages},
            language=self.language,
            tools=self.tools,
        )

    def to_json(self) -> dict[str, Any]:
        """Builtins only."""
        data = dict(zip(self.__slots__, _values(self), strict=True))
        data["outcome"] = self.outcome.value
        for name in _LISTS:
            data[name] = list(data[name])
        if not self.conversation:
            for name in _OF_CONVERSATIONS:
                del data[name]
        return data

    @classmethod
    def from_json(cls, data: Any, where: str) -> Self:  # noqa: ANN401 - whatever a file holds
        """The inverse of `to_json`.

        Raises:
            ConfigurationError: If it is no reply of this version's.
        """
        try:
            known = is_framing_name(data["framing"]) and isinstance(data["reply"], str)
            lists = {name: tuple(data.get(name, ())) for name in _LISTS}
            reply = cls(**{**data, **lists, "outcome": Outcome(data["outcome"])}) if known else None
        except (TypeError, ValueError, KeyError):
            reply = None
        if reply is None:
            raise ConfigurationError(f"{where}: no stored reply of this version; make the run again")
        return reply


_values: Final = attrgetter(*StoredReply.__slots__)


def for_second_judge(replies: Sequence[StoredReply], fraction: float, seed: int) -> list[StoredReply]:
    """The replies that a second judge is asked about: a share of every domain, framing and first verdict.

    Args:
        replies: A run's, in any order.
        fraction: Of each such group, rounded up: none goes unchecked.
        seed: Of the choice.
    """
    groups: defaultdict[tuple[str, str, str], list[StoredReply]] = defaultdict(list)
    for reply in sorted(replies, key=lambda each: digest(each, seed)):
        if reply.score is not None:
            groups[reply.domain, reply.framing, reply.outcome].append(reply)
    return [reply for group in groups.values() for reply in group[: math.ceil(fraction * len(group))]]


def for_labels(replies: Sequence[StoredReply], count: int, seed: int) -> list[StoredReply]:
    """Replies for a person to label: every verdict in proportion, and within one evenly over domains and framings.

    In proportion, because the sensitivity is the share of *all* compliances that the judge sees. Who labels more of
    what the judge called compliance leaves out what it overlooked, and finds it keener than it is.

    Harmful framings only, since their compliance is what a calibration measures; prompts are not repeated while
    others are left, since labels of one prompt are one cluster.

    Args:
        replies: A run's.
        count: How many.
        seed: Of the choice.
    """
    verdicts: defaultdict[str, defaultdict[tuple[str, str], deque[StoredReply]]]
    verdicts = defaultdict(lambda: defaultdict(deque))
    for reply in sorted(replies, key=lambda each: (each.repetition, digest(each, seed))):
        if framing_of(reply.framing).harmful:
            verdicts[reply.outcome][reply.domain, reply.framing].append(reply)
    sizes = {verdict: sum(map(len, queues.values())) for verdict, queues in verdicts.items()}
    chosen: list[StoredReply] = []
    for verdict, share in _in_proportion(sizes, count).items():
        in_turn = zip_longest(*(queue for _, queue in sorted(verdicts[verdict].items())))
        chosen += [reply for turn in in_turn for reply in turn if reply is not None][:share]
    return sorted(chosen, key=lambda each: digest(each, seed))


def _in_proportion(sizes: Mapping[str, int], count: int) -> dict[str, int]:
    """A number shared out in proportion to sizes, by the largest remainders; no share is over its size."""
    total = sum(sizes.values())
    count = min(count, total)
    shares = {name: count * size // total for name, size in sizes.items()}
    rest = sorted(sizes, key=lambda name: (-(count * sizes[name] % total), name))
    for name in rest[: count - sum(shares.values())]:
        shares[name] += 1
    return shares


def digest(reply: StoredReply, seed: int) -> str:
    """A digest of where a reply stands, by which choices are made at random and can be repeated."""
    return hashlib.sha256(f"{seed}\0{reply.place!r}".encode()).hexdigest()
