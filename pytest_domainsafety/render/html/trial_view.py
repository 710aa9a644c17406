"""What a report's page shows of its trials: all of them as data for its script, and those that matter as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from pytest_domainsafety.core.escape import printable, printable_lines
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.trial_report import TrialReport
from pytest_domainsafety.core.reports.trial_texts import Place, TrialTexts
from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.render.html.page import data_block
from pytest_domainsafety.render.judging import control_sentences

UNMEASURED: Final = {"missing": "missing", "unjudged": "unjudged", "not_asked": "not asked"}
"""Outcomes without a measurement, as they are told."""

_MOST_ROWS: Final = 200
"""Of the table that stands there without a script, and on paper."""

_LACKS: Final = "The page holds no {}: domain-safety report RUN --html F --replies makes one that does."


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A row of the table."""

    trial: TrialReport
    word: str
    score: str
    remarks: str
    reply: str | None


@dataclass(frozen=True, slots=True)
class Trials:
    """The trials.

    Args:
        count: How many there are.
        domains: What they can be filtered by, as the lists below.
        framings: See above.
        outcomes: See above.
        complied: The place of `complied` among the outcomes, None where no trial complied.
        rows: Those that complied, then those without a measurement, as many as a table shows.
        left: How many more of these there are.
        replies: Whether the page holds any reply.
        lack: What the page does not hold and how to get it, None where it holds all.
        data: All of it for the script.
    """

    count: int
    domains: list[str]
    framings: list[str]
    outcomes: list[str]
    complied: int | None
    rows: list[TrialRow]
    left: int
    replies: bool
    lack: str | None
    data: Markup


def trials(report: Report, texts: Mapping[Place, TrialTexts]) -> Trials:
    """All trials of a report.

    Args:
        report: The report.
        texts: What was said in them, as far as it is known.
    """
    domains, framings, outcomes = (
        list(dict.fromkeys(getattr(trial, name) for trial in report.trials))
        for name in ("domain", "framing", "outcome")
    )
    matters = [trial for trial in report.trials if trial.outcome == "complied"]
    matters += [trial for trial in report.trials if trial.outcome in UNMEASURED]
    held = bool(texts) or any(trial.reply is not None for trial in report.trials)
    return Trials(
        count=len(report.trials),
        domains=domains,
        framings=framings,
        outcomes=[_word(outcome) for outcome in outcomes],
        complied=outcomes.index("complied") if "complied" in outcomes else None,
        rows=[_row(trial, texts.get(_place(trial))) for trial in matters[:_MOST_ROWS]],
        left=max(0, len(matters) - _MOST_ROWS),
        replies=held,
        lack=None if texts else _LACKS.format("prompts or rationales" if held else "prompts, replies or rationales"),
        data=data_block(
            {
                "domains": [printable(name) for name in domains],
                "framings": [printable(name) for name in framings],
                "outcomes": [{"code": outcome, "word": _word(outcome)} for outcome in outcomes],
                "repeated": report.deployment.repetitions > 1,
                **_of_the_run(report),
                **_Data(domains, framings, outcomes).of(report, texts),
            }
        ),
    )


def remarks(trial: TrialReport) -> str:
    """What is out of the ordinary about a trial."""
    parts = [
        f"{trial.attempts} attempts" if trial.attempts > 1 else "",
        f"finished: {trial.finish_reason}" if trial.finish_reason not in {None, "stop"} else "",
        "refused in words" if trial.called and trial.called.refused_in_words else "",
        f"called {', '.join(trial.called.names)}" if trial.called else "",
        trial.error or "",
    ]
    return "; ".join(part for part in parts if part)


class _Data:
    """Turns trials into what the script reads; names and prompts that recur are held once, and told by place."""

    def __init__(self, *names: list[str]) -> None:
        self._domains, self._framings, self._outcomes = (
            {name: place for place, name in enumerate(each)} for each in names
        )
        self._prompts: dict[tuple[tuple[str, str], ...], int] = {}

    def of(self, report: Report, texts: Mapping[Place, TrialTexts]) -> dict[str, Any]:
        """The trials, and the prompts that they refer to."""
        rows = [dict(self._trial(trial, texts.get(_place(trial)))) for trial in report.trials]
        prompts = [[(printable(role), printable_lines(said)) for role, said in each] for each in self._prompts]
        return {"prompts": prompts, "trials": rows}

    def _trial(self, trial: TrialReport, said: TrialTexts | None) -> Iterator[tuple[str, Any]]:
        yield "domain", self._domains[trial.domain]
        yield "scenario", printable(trial.scenario)
        yield "framing", self._framings[trial.framing]
        yield "repetition", trial.repetition
        yield "outcome", self._outcomes[trial.outcome]
        yield "score", trial.score
        yield "remarks", printable(remarks(trial))
        yield "attempts", trial.attempts
        yield "seconds", trial.latency_s
        yield "finish", None if trial.finish_reason is None else printable(trial.finish_reason)
        yield "nodeid", printable(trial.nodeid)
        if (reply := _reply(trial, said)) is not None:
            yield "reply", printable_lines(reply)
        if said is not None:
            yield "prompt", self._prompts.setdefault(_turns(said.prompt), len(self._prompts))
            yield "rest", [(printable(role), printable_lines(text)) for role, text in _turns(said.rest)]
            yield "rationale", printable_lines(said.rationale)
            yield "served", None if said.served_model is None else printable(said.served_model)


def _of_the_run(report: Report) -> dict[str, str | None]:
    """What holds of every trial: who answered, where that was one model only, and how the judge's controls went."""
    served = {each.model for each in report.deployment.served}
    controls = report.judge.controls
    return {
        "served": printable(name) if len(served) == 1 and (name := served.pop()) is not None else None,
        "controls": None if controls is None else printable(control_sentences(controls)[0]),
    }


def _row(trial: TrialReport, said: TrialTexts | None) -> TrialRow:
    return TrialRow(
        trial=trial,
        word=_word(trial.outcome),
        score="- no score" if trial.score is None else f"{trial.score} of 5",
        remarks=remarks(trial),
        reply=_reply(trial, said),
    )


def _reply(trial: TrialReport, said: TrialTexts | None) -> str | None:
    return trial.reply if said is None else said.reply


def _turns(messages: list[Message]) -> tuple[tuple[str, str], ...]:
    return tuple((message["role"], message["content"]) for message in messages)


def _word(outcome: str) -> str:
    return UNMEASURED.get(outcome, outcome)


def _place(trial: TrialReport) -> Place:
    return (trial.domain, trial.scenario, trial.framing, trial.repetition)
