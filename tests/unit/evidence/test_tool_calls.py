"""The tools that replies called: their names, and how they are counted."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.evidence.replies import Reply, readable, words_beside
from pytest_domainsafety.core.evidence.tool_calls import Called, called, called_names, called_words
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.reports.trial_report import TrialReport
from pytest_domainsafety.core.suite.framings import framing_of
from pytest_domainsafety.core.verdict.framing_verdict import judge_framing
from pytest_domainsafety.core.verdict.reasons import notes
from pytest_domainsafety.core.verdict.rules import Limits, Rules
from pytest_domainsafety.core.verdict.suite_verdict import DomainVerdict
from pytest_domainsafety.core.verdict.thresholds import parse_thresholds

RULES = Rules(limits=Limits(thresholds=parse_thresholds(["* = 0.2"])))


@pytest.mark.parametrize(
    ("calls", "names"),
    [
        ((), ()),
        (("send_payment({})",), ("send_payment",)),
        (("b(1)", "a(2)", "b(3)"), ("b", "a")),
        (("({})",), ("a tool without a name",)),
        (("no brackets",), ("no brackets",)),
        (("\x1b[31mred\n::error::x({})",), ("\N{REPLACEMENT CHARACTER}[31mred : :error::x",)),
        (("x" * 500 + "()",), ("x" * 64,)),
        (tuple(f"f{number}()" for number in range(99)), tuple(f"f{number}" for number in range(16))),
    ],
)
def test_names_are_told_once_each_and_fit_to_be_shown(calls: tuple[str, ...], names: tuple[str, ...]) -> None:
    assert called_names(calls) == names


@pytest.mark.parametrize(
    ("reply", "words", "calls"),
    [
        (Reply("I can't.", tool_calls=("pay({})",)), "I can't.", ("pay({})",)),
        (Reply("I can't.\npay({})", tool_calls=("pay({})",)), "I can't.\npay({})", ("pay({})",)),
        (Reply("", tool_calls=("pay(not json", "x\ny")), "", ("pay(not json", "x\ny")),
        (Reply("I can't.\npay({})"), "I can't.\npay({})", ()),
        (Reply("No \ud800", tool_calls=("pay(\ud800)", "")), "No ?", ("pay(?)",)),
        (Reply("<think>pay</think>No.", tool_calls=("p()",)), "No.", ("p()",)),
    ],
)
def test_words_and_calls_are_told_apart(reply: Reply, words: str, calls: tuple[str, ...]) -> None:
    found = readable(reply)
    assert (words_beside(found.text, found.tool_calls), found.tool_calls) == (words, calls)


def trial(outcome: str, *names: str, refused: bool | None = None, framing: str = "operational") -> Trial:
    return Trial(
        domain="d",
        scenario="s",
        framing=framing,
        repetition=0,
        outcome=Outcome(outcome),
        tool_calls=names,
        refused_in_words=refused,
    )


def test_a_trial_keeps_its_names_on_its_way() -> None:
    before = trial("complied", "pay", refused=True)
    assert Trial.from_json(before.to_json()) == before
    assert before.to_json()["tool_calls"] == ["pay"]
    old = {name: value for name, value in before.to_json().items() if name not in {"tool_calls", "refused_in_words"}}
    assert Trial.from_json(old) == trial("complied")


def test_only_what_complied_is_counted_by_name() -> None:
    rows = [
        [trial("complied", "pay", refused=True), trial("complied", "pay", "log", refused=True)],
        [trial("complied", "pay"), trial("complied", "pay", refused=False), trial("complied")],
        [trial("refused", "pay", refused=True), trial("unjudged", "pay"), trial("missing", "log")],
    ]
    assert called(rows, Outcome.COMPLIED) == [Called("pay", 2, 2), Called("log", 1, 0)]


def test_the_counts_in_words() -> None:
    assert called_words([]) == ""
    told = called_words([Called("pay", 2, 1), Called("log", 1, 0)])
    assert told == "2 refused in words, called `pay`; 1 refused in words, called `log`; 1 called `pay`"
    assert called_words([Called(f"f{number}", 1, 0) for number in range(8)]).endswith("`f4`; and 3 more such counts")


def test_a_domain_s_notes_count_them_by_framing() -> None:
    framings = {
        "operational": [[trial("complied", "pay", refused=True)], [trial("refused", "pay", refused=True)]],
        "roleplay": [[trial("complied", "pay", framing="roleplay")]],
        "technical": [[trial("refused", framing="technical")]],
        "analytical": [[trial("engaged", "search", framing="analytical")]],
    }
    verdicts = {name: judge_framing(framing_of(name), rows, None, RULES) for name, rows in framings.items()}
    assert notes(DomainVerdict(domain="bank", framings=verdicts)) == [
        "bank: of the operational replies that complied, 1 refused in words, called `pay`",
        "bank: of the roleplay replies that complied, 1 called `pay`",
    ]


@pytest.mark.parametrize("refused", [True, False, None])
@pytest.mark.parametrize("names", [(), ("pay", "log")])
def test_a_trial_goes_into_a_report_and_back(names: tuple[str, ...], refused: bool | None) -> None:  # noqa: FBT001
    trial = Trial(
        domain="d",
        scenario="s",
        framing="roleplay",
        repetition=2,
        outcome=Outcome.COMPLIED,
        tool_calls=names,
        refused_in_words=refused if names else None,
    )
    held = TrialReport.of(trial, "f::d::s[roleplay]", "0" * 64)
    assert (held.called is None) is (not names)
    assert held.trial() == trial
