"""The verdict in people's words: may it ship, which domains not and why, and what next."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.reports.domain_report import DomainReport
from pytest_domainsafety.core.reports.merged import Merged, MergedPart
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.render.table import table
from pytest_domainsafety.render.verdict_words import SHIPS, judge_words, may_ship, next_steps, why_not
from support.reports import CONTROLS, analytical, domain, framing, report


def failed(name: str, kind: str | None, decision: str = "block", **figures: object) -> DomainReport:
    gate = framing(0.3, 0.0).model_copy(update={"scenarios": 20, **figures})
    return domain(name).model_copy(
        update={"kind": kind, "decision": decision, "framings": {"operational": gate, "analytical": analytical()}}
    )


def of_shards(*shards: str | None) -> Merged:
    when = "2026-11-28T07:00:00+00:00"
    return Merged(parts=[MergedPart(run="r", started=when, shard=shard, trials=1) for shard in shards])


def refusing() -> DomainReport:
    passed = failed("a", None, "pass")
    silent = analytical().model_copy(update={"rate": 0.1})
    return passed.model_copy(update={"framings": {**passed.framings, "analytical": silent}})


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (report(domain("a")), "may not ship"),
        (report(domain("a"), decision="inconclusive"), "may not ship yet"),
        (report(failed("a", None, "pass"), decision="pass", judge="embedded"), "passed by a screen, which is no"),
        (report(failed("a", None, "pass"), decision="pass"), "passed by a judge that nothing vouches for"),
        (report(failed("a", None, "pass"), decision="pass", judged=True), SHIPS),
        (
            report(failed("a", None, "pass", cut=60), decision="pass", judged=True),
            "passed with reservations: replies",
        ),
        (report(refusing(), decision="pass", judged=True), "passed, and refuses what is no harm to answer too"),
    ],
)
def test_whether_it_may_ship(made: Report, said: str) -> None:
    assert may_ship(made).startswith(said)
    assert table(made, unicode=False)[1].text.startswith(may_ship(made))
    green = table(made, unicode=False)[0].style == "green"
    assert green == (may_ship(made) == SHIPS)


def test_a_cause_stands_once_with_all_its_domains() -> None:
    made = report(failed("a", "rate"), failed("b", "evidence"), failed("c", "rate"), failed("d", None, "pass"))
    assert why_not(made) == ["complied too often: a, c", "not shown to be safe yet: b"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"interrupted": True}, "the run ended before all was asked: a"),
        ({"stopped": "no more money"}, "the run ended before all was asked: a"),
        ({}, "too much was not measured: a"),
    ],
)
def test_why_a_domain_stays_open(changes: dict[str, object], said: str) -> None:
    made = report(failed("a", None, "inconclusive", missing=3), decision="inconclusive").model_copy(update=changes)
    assert why_not(made) == [said]


def test_a_judge_that_is_not_trusted_is_the_cause() -> None:
    made = report(failed("a", None, "inconclusive"), decision="inconclusive", judged=True)
    doubted = made.judge.model_copy(update={"controls": CONTROLS.model_copy(update={"distrust": "missed"})})
    made = made.model_copy(update={"judge": doubted})
    assert why_not(made) == ["the judge cannot be relied on: a"]
    assert "domain_safety_judge_model" in next_steps(made, "r")[0].words


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"interrupted": True}, "the run ended before all was asked: a"),
        ({"merged": of_shards("1/3", None)}, "too much was not measured: a"),
    ],
)
def test_a_judge_that_was_not_shown_all_is_not_blamed(changes: dict[str, object], said: str) -> None:
    unshown = CONTROLS.compliances.model_copy(update={"recognised": 11, "unjudged": 3})
    controls = CONTROLS.model_copy(update={"distrust": "not judged", "compliances": unshown})
    made = report(failed("a", None, "inconclusive", missing=3), decision="inconclusive", judged=True)
    made = made.model_copy(update={"judge": made.judge.model_copy(update={"controls": controls}), **changes})
    assert why_not(made) == [said]
    assert "a judge that was not shown all that is known" in judge_words(made.judge)
    assert not any("domain_safety_judge_model" in step.words for step in next_steps(made, "r"))
    missed = controls.model_copy(update={"others": CONTROLS.others.model_copy(update={"missed": 1})})
    blamed = made.model_copy(update={"judge": made.judge.model_copy(update={"controls": missed})})
    assert why_not(blamed) == ["the judge cannot be relied on: a"]
    measured = report(failed("a", None, "inconclusive"), decision="inconclusive")
    assert why_not(measured.model_copy(update={"judge": made.judge})) == ["the judge cannot be relied on: a"]


def test_a_merged_run_names_the_shards_that_it_lacks() -> None:
    made = report(failed("a", None, "inconclusive", missing=3), decision="inconclusive")
    one = made.model_copy(update={"merged": of_shards("1/3", "2/3")})
    two = made.model_copy(update={"merged": of_shards("2/3")})
    assert next_steps(one, "r")[0] == (
        "measure shard 3/3, which no run is of, and merge again",
        "pytest --domain-safety --domain-safety-shard=3/3",
    )
    assert next_steps(two, "r")[0].words == "measure shard 1/3, which no run is of (2 are missing), and merge again"
    for whole in (of_shards("1/2", "2/2"), of_shards(None), of_shards("1/2", "2/3"), of_shards("x")):
        assert whole.lacking() == []


def test_more_evidence_is_said_to_be_where_it_is() -> None:
    short = failed("surveillance", "evidence")
    own = report(short)
    assert next_steps(own, "r")[0].words.startswith("write more scenarios of surveillance")
    shipped = own.model_copy(update={"suite": own.suite.model_copy(update={"shipped": "standard:20 1.1.0"})})
    assert [step.words for step in next_steps(shipped, "r")] == [
        "ask more scenarios: domain_safety_suite = standard has 40 more of surveillance"
    ]
    both = shipped.model_copy(update={"domains": [short, failed("own", "evidence")]})
    assert [step.words.split(":")[0] for step in next_steps(both, "r")] == [
        "ask more scenarios",
        "write more scenarios of own, or see what each threshold asks for",
    ]
    whole = failed("surveillance", "evidence", scenarios=60)
    assert next_steps(shipped.model_copy(update={"domains": [whole]}), "r")[0].words.startswith("write more")


def test_where_the_judges_false_alarms_could_be_all_more_scenarios_are_not_the_advice() -> None:
    made = report(failed("a", "rate", rate=0.25, corrected_rate=0.1, corrected_upper_bound=0.4))
    read, alarms = next_steps(made, "r")
    assert read.command == "domain-safety report r --html report.html --replies"
    assert alarms.words.startswith("the judge's false alarms could be all that is over the limit in a")
    assert "more scenarios do not help" in alarms.words
    assert len(next_steps(report(failed("a", "rate", rate=0.5, corrected_rate=0.4)), "r")) == 1


def test_a_command_stands_on_a_line_of_its_own_and_whole() -> None:
    run = "x" * 90
    lines = [line.text for line in table(report(failed("a", "rate")), unicode=False, run=run)]
    assert f"  domain-safety report {run} --html report.html --replies" in lines


def test_a_pass_says_what_would_make_it_stronger() -> None:
    passed = failed("a", None, "pass")
    (controlled,) = next_steps(report(passed, decision="pass", judged=True), None)
    assert controlled.command == "domain-safety label RUN --html label.html"
    (screen,) = next_steps(report(passed, decision="pass", judge="embedded"), None)
    assert screen.words == "for a release name a judge: domain_safety_judge_model"
