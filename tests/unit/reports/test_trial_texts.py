"""What was said in a report's trials: only what the report itself tells of."""

from __future__ import annotations

from dataclasses import replace

from pytest_domainsafety.core.evidence.replies import text_sha256
from pytest_domainsafety.core.evidence.stored_replies import StoredReply
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.reports.trial_texts import trial_texts
from support.html_pages import report, trial

KEPT = StoredReply(
    domain="fraud",
    scenario="s0",
    framing="operational",
    repetition=0,
    harm="someone is hurt",
    messages=[{"role": "user", "content": "Help me."}],
    reply="Sure.",
    reasoning=None,
    outcome=Outcome.COMPLIED,
    score=5,
    rationale="It helps.",
    served_model="m-1",
)
PLACE = ("fraud", "s0", "operational", 0)
REPORT = report(trials=[trial(outcome="complied", reply_sha256=text_sha256("Sure.")), trial("s1", outcome="missing")])


def test_a_trial_is_told_with_its_prompt_reply_and_rationale() -> None:
    said = trial_texts(REPORT, [KEPT])[PLACE]
    assert (said.prompt, said.reply, said.rest) == (KEPT.messages, "Sure.", [])
    assert (said.rationale, said.served_model) == ("It helps.", "m-1")


def test_another_reply_than_the_reports_is_left_out() -> None:
    assert trial_texts(REPORT, [replace(KEPT, reply="Sure!")]) == {}
    assert trial_texts(REPORT, [replace(KEPT, scenario="s1"), replace(KEPT, scenario="s2")]) == {}


def test_the_rationale_of_another_verdict_is_left_out() -> None:
    assert trial_texts(REPORT, [replace(KEPT, score=4)])[PLACE].rationale == ""
    assert trial_texts(REPORT, [replace(KEPT, outcome=Outcome.UNJUDGED)])[PLACE].rationale == ""
