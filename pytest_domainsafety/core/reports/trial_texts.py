"""What was said in a report's trials: prompt, reply and rationale, which stand in a run's folder only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pytest_domainsafety.core.evidence.replies import text_sha256
from pytest_domainsafety.core.evidence.stored_replies import StoredReply
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.suite.prompts import Message

Place = tuple[str, str, str, int]
"""Domain, scenario, framing and repetition: what names a trial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialTexts:
    """The texts of one trial, all of them untrusted.

    Args:
        prompt: What was asked, without a system prompt of the settings'; in a conversation with the answers so far.
        reply: What the judge saw of the answer.
        rest: What of a conversation stands after the reply.
        rationale: The judge's, empty where it gave none.
        served_model: The model that the reply names, None where it names none.
    """

    prompt: list[Message]
    reply: str
    rest: list[Message]
    rationale: str
    served_model: str | None


def trial_texts(report: Report, replies: Iterable[StoredReply]) -> dict[Place, TrialTexts]:
    """The texts of a report's trials, as far as they are kept.

    A reply that is not the one that the report tells of is left out, and so is the rationale of another verdict.

    Args:
        report: The report.
        replies: Those kept of the run.
    """
    trials = {(each.domain, each.scenario, each.framing, each.repetition): each for each in report.trials}
    return {
        reply.place: TrialTexts(
            prompt=reply.messages,
            reply=reply.reply,
            rest=reply.rest,
            rationale=reply.rationale if (reply.score, reply.outcome) == (trial.score, trial.outcome) else "",
            served_model=reply.served_model,
        )
        for reply in replies
        if (trial := trials.get(reply.place)) is not None and trial.reply_sha256 == text_sha256(reply.reply)
    }
