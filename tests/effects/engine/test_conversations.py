"""A trial of several turns: what is asked, what counts, what a turn that fails makes of it, and where it goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_domainsafety.core.evidence.failures import FailedAskError, StoppedError
from pytest_domainsafety.core.evidence.replies import Judgement, Reply, text_sha256
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.suite.conversations import Judged
from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.suite import Suite, prompt_sha256
from pytest_domainsafety.effects.engine.measure import Measurer
from pytest_domainsafety.effects.judges.base import Exhibit, JudgeError
from pytest_domainsafety.effects.judges.many_replies import exhibits_of, highest
from pytest_domainsafety.effects.runs.base import RunStore
from pytest_domainsafety.effects.runs.journal import Journal
from pytest_domainsafety.effects.runs.journal_rows import read_stored
from pytest_domainsafety.effects.runs.memory import MemoryRun
from support.effects_support import no_wait
from support.engine_support import Opinion

Said = str | Reply | Exception

BROKEN = FailedAskError("HTTP 500", retry=True, resamples=True)
FILTERED = FailedAskError("HTTP 400 content_filter", filtered=True)


def enough() -> StoppedError:
    return StoppedError("enough", usage=False)


class Script:
    """A deployment that says one thing after the other."""

    def __init__(self, *said: Said) -> None:
        self.said = list(said)
        self.asked: list[list[Message]] = []
        self.notes: list[str] = []

    async def ask(self, messages: list[Message], tools: Sequence[Mapping[str, Any]] = ()) -> Reply:
        assert not tools
        self.asked.append([dict(each) for each in messages])
        said = self.said.pop(0)
        if isinstance(said, Exception):
            raise said
        return Reply(said) if isinstance(said, str) else said

    async def close(self) -> None:
        """Nothing to release."""


def conversation(judged: Judged) -> Scenario:
    says: list[Message] = [{"role": "user", "content": each} for each in ("one", "two", "three")]
    return Scenario(
        domain="fraud",
        id="s0",
        harm="people lose money",
        prompts={"analytical": says[:1], "operational": says},
        conversations={"operational": judged},
    )


def score(shown: Exhibit) -> int:
    """What a reply ends with."""
    return int(shown.reply[-1])


def measured(
    judged: Judged,
    *said: Said,
    judge: Opinion | None = None,
    store: RunStore | None = None,
    max_retries: int = 0,
) -> tuple[Trial, Script]:
    target = Script(*said)
    measurer = Measurer(
        target=target,
        judge=judge or Opinion(rule=score),
        retrying=no_wait(max_retries),
        place="http://the.place/v1",
        system_prompt="Be kind.",
        keep_replies=True,
        store=store or MemoryRun(),
    )
    trial = asyncio.run(measurer.measure(conversation(judged), "operational", 0, lambda _: None))
    return trial, target


def said_in(messages: Sequence[Message]) -> list[str]:
    return [f"{each['role'][0]}:{each['content']}" for each in messages]


def journal(run: Path, *, keeps_text: bool = True) -> Journal:
    run.mkdir(exist_ok=True)
    found = Journal(keeps_text=keeps_text)
    found.open(run)
    return found


def test_each_turn_is_asked_with_the_answers_before_it() -> None:
    judge, store = Opinion(rule=score), MemoryRun()
    trial, target = measured("last", "a5", Reply("<think>hm</think>b1"), "c2", judge=judge, store=store)
    assert [said_in(each) for each in target.asked] == [
        ["s:Be kind.", "u:one"],
        ["s:Be kind.", "u:one", "a:a5", "u:two"],
        ["s:Be kind.", "u:one", "a:a5", "u:two", "a:b1", "u:three"],
    ]
    assert [each.prompt for each in judge.shown] == [
        "user: one\n\nassistant: a5\n\nuser: two\n\nassistant: b1\n\nuser: three"
    ]
    assert (trial.outcome, trial.score, trial.attempts, trial.reply) == (Outcome.REFUSED, 2, 3, "c2")
    assert trial.latency_s is not None
    (stored,) = store.replies()
    assert said_in(stored.messages) == ["u:one", "a:a5", "u:two", "a:b1", "u:three"]
    assert (stored.reply, stored.conversation, stored.rest) == ("c2", "last", [])


def test_of_any_answer_the_highest_counts() -> None:
    judge, store = Opinion(rule=score), MemoryRun()
    trial, target = measured("any", "a1", "b5", "c3", judge=judge, store=store)
    assert len(target.asked) == 3
    assert [(each.prompt, each.reply) for each in judge.shown] == [
        ("one", "a1"),
        ("user: one\n\nassistant: a1\n\nuser: two", "b5"),
        ("user: one\n\nassistant: a1\n\nuser: two\n\nassistant: b5\n\nuser: three", "c3"),
    ]
    assert (trial.outcome, trial.score, trial.attempts, trial.reply) == (Outcome.COMPLIED, 5, 3, "b5")
    (stored,) = store.replies()
    assert (said_in(stored.messages), stored.reply) == (["u:one", "a:a1", "u:two"], "b5")
    assert said_in(stored.rest) == ["u:three", "a:c3"]
    # Another judge sees what the first one saw, and its highest score counts too.
    again = exhibits_of([stored])
    assert [(each.prompt, each.reply) for each in again] == [(each.prompt, each.reply) for each in judge.shown]
    assert highest([stored], [Judgement(1), Judgement(2), Judgement(4)]) == [Judgement(4)]
    assert highest([stored], [Judgement(1), Judgement(None, "no"), Judgement(2)]) == [Judgement(None, "no")]
    assert highest([stored], [Judgement(3), Judgement(None, "no"), Judgement(2)]) == [Judgement(3)]


def test_a_stored_conversation_has_the_digest_of_its_prompt() -> None:
    for judged in ("last", "any"):
        store = MemoryRun()
        measured(judged, "a1", "b5", "c3", store=store)
        (stored,) = store.replies()
        suite = Suite()
        suite.add(conversation(judged), "x.yaml")
        assert prompt_sha256(stored.script, stored.conversation) in suite.prompt_digests().values()
        assert type(stored).from_json(json.loads(json.dumps(stored.to_json())), "here") == stored
        assert "rest" not in replace(stored, conversation=None, rest=[]).to_json()


@pytest.mark.parametrize(
    ("judged", "said", "outcome", "error", "asked"),
    [
        ("last", ["a1", ""], Outcome.MISSING, "empty reply", 2),
        ("last", ["a5", Reply("", "content_filter")], Outcome.FILTERED, None, 2),
        ("last", ["a5", FILTERED], Outcome.FILTERED, "HTTP 400 content_filter", 2),
        ("last", ["a1", Reply("half", "length")], Outcome.MISSING, "cut off", 2),
        ("last", ["a1", "b1", Reply("half 2", "length")], Outcome.MISSING, "cut off", 3),
        ("last", ["a1", "b1", Reply("half 1", "length")], Outcome.REFUSED, None, 3),
        ("last", ["a5", BROKEN], Outcome.MISSING, "HTTP 500", 2),
        ("last", ["a5", Reply("help 5", failure="broke")], Outcome.MISSING, "broke", 2),
        ("last", ["a1", "b1", Reply("help 5", failure="broke")], Outcome.COMPLIED, None, 3),
        ("any", ["a1", Reply("help 5", failure="broke")], Outcome.COMPLIED, None, 2),
        ("any", ["a1", ""], Outcome.MISSING, "empty reply", 2),
        ("any", ["a5", ""], Outcome.COMPLIED, None, 2),
        ("any", ["a1", FILTERED], Outcome.FILTERED, "HTTP 400 content_filter", 2),
        ("any", ["a3", FILTERED], Outcome.COMPLIED, None, 2),
        ("any", ["a0", FILTERED], Outcome.UNJUDGED, "no score", 2),
        ("any", ["a1", "b0", "c1"], Outcome.UNJUDGED, "no score", 3),
        ("any", ["a1", "b0", "c4"], Outcome.COMPLIED, None, 3),
        ("any", ["a1", Reply("half 2", "length"), "c1"], Outcome.MISSING, "cut off", 3),
        ("any", ["a1", "b2", "c1"], Outcome.REFUSED, None, 3),
    ],
)
def test_a_turn_that_fails(judged: Judged, said: list[Said], outcome: Outcome, error: str | None, asked: int) -> None:
    def rule(shown: Exhibit) -> int:
        if score(shown) == 0:
            raise JudgeError("no score")
        return score(shown)

    store = MemoryRun()
    trial, target = measured(judged, *said, judge=Opinion(rule=rule), store=store)
    assert (trial.outcome, trial.error, trial.attempts) == (outcome, error, asked)
    assert len(target.asked) == asked
    assert trial.is_settled == (error not in {"HTTP 500", "broke", "no score"})
    stored = [reply.outcome for reply in store.replies()]
    assert stored == ([outcome] if trial.reply is not None else [])


def test_a_turn_that_was_asked_again_leaves_the_conversation_open() -> None:
    trial, target = measured("last", "a1", BROKEN, "b1", "c1", max_retries=1)
    assert (trial.outcome, trial.reasked, trial.error, trial.attempts) == (Outcome.REFUSED, True, "HTTP 500", 4)
    assert [said_in(each)[-1] for each in target.asked] == ["u:one", "u:two", "u:two", "u:three"]


@pytest.mark.parametrize("judged", ["last", "any"])
@pytest.mark.parametrize("cut", [1, 2])
def test_no_answered_turn_is_asked_again(tmp_path: Path, judged: Judged, cut: int) -> None:
    answers = ["a4", "b1", "c2"]
    first = journal(tmp_path / "run")
    with pytest.raises(StoppedError) as stop:
        measured(judged, *answers[:cut], enough(), store=first)
    assert stop.value.trial is not None
    assert (stop.value.trial.outcome, stop.value.trial.attempts) == (Outcome.MISSING, cut)
    first.close()
    second = journal(tmp_path / "run")
    trial, target = measured(judged, *answers[cut:], store=second)
    assert said_in(target.asked[0])[1:] == [
        "u:one",
        "a:a4",
        *(["u:two", "a:b1"] if cut == 2 else []),
        ("u:two", "u:three")[cut - 1],
    ]
    assert len(target.asked) == 3 - cut
    whole, _ = measured(judged, *answers)
    assert replace(trial, latency_s=None) == replace(whole, latency_s=None)
    second.close()
    (stored,) = read_stored(tmp_path / "run" / "replies.jsonl")
    assert (stored.reply, stored.outcome) == (whole.reply, whole.outcome)
    third = journal(tmp_path / "run")
    _, target = measured(judged, store=third)
    third.close()
    assert target.asked == []


def test_a_judge_that_stopped_is_asked_again_and_the_deployment_is_not(tmp_path: Path) -> None:
    def stops(shown: Exhibit) -> int:
        if shown.reply == "b4":
            raise enough()
        return score(shown)

    first = journal(tmp_path / "run")
    with pytest.raises(StoppedError) as stop:
        measured("any", "a1", "b4", "c5", judge=Opinion(rule=stops), store=first)
    assert stop.value.trial is not None
    assert stop.value.trial.outcome is Outcome.UNJUDGED
    first.close()
    second = journal(tmp_path / "run")
    trial, target = measured("any", store=second)
    second.close()
    assert target.asked == []
    assert (trial.outcome, trial.score, trial.attempts, trial.reasked) == (Outcome.COMPLIED, 5, 3, False)
    assert trial.reply_sha256 == text_sha256("c5")


def test_compliance_that_was_seen_stands_where_the_judge_stops(tmp_path: Path) -> None:
    def stops(shown: Exhibit) -> int:
        if shown.reply == "b4":
            raise enough()
        return score(shown)

    first = journal(tmp_path / "run")
    with pytest.raises(StoppedError):
        measured("any", "a3", "b4", "c5", judge=Opinion(rule=stops), store=first)
    first.close()
    second = journal(tmp_path / "run")
    trial, _ = measured("any", judge=Opinion(rule=lambda _: 1), store=second)
    second.close()
    assert (trial.outcome, trial.score) == (Outcome.COMPLIED, 3)


def test_without_texts_a_conversation_begins_anew_and_stays_open(tmp_path: Path) -> None:
    first = journal(tmp_path / "run", keeps_text=False)
    with pytest.raises(StoppedError):
        measured("last", "a1", enough(), store=first)
    first.close()
    second = journal(tmp_path / "run", keeps_text=False)
    trial, target = measured("last", "a1", "b1", "c1", store=second)
    second.close()
    assert len(target.asked) == 3
    assert (trial.outcome, trial.reasked) == (Outcome.REFUSED, True)
