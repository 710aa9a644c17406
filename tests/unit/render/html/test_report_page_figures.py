"""The HTML report shows every figure, and none that was not measured."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.trial_texts import TrialTexts
from pytest_domainsafety.render.html.report_page import to_html
from pytest_domainsafety.render.html.verdict_view import why
from support.html_pages import Page, domain, harmful, report, trial
from support.report_pages import ODD, made, table_rows, usual

if TYPE_CHECKING:
    from pytest_domainsafety.core.suite.prompts import Message


@pytest.mark.parametrize("name", ODD)
def test_nothing_is_shown_that_is_no_figure(name: str) -> None:
    assert {"None", "nan", "NaN", "inf", "null"}.isdisjoint(re.findall(r"\w+", made(name).split("<script")[0]))


def test_the_order_of_a_report() -> None:
    page = Page.of(made("usual"))
    assert page.texts("h2") == [
        "Trials",
        "The gates",
        "Framing gaps",
        "Which scenarios drive the rate",
        "Missing evidence",
        "Against the baseline",
        "Judge and calibration",
        "How to reproduce",
    ]
    assert page.texts("h1") == ["Blocked: may not ship"]
    assert why(usual()) == "fraud: a reason"
    assert page.texts("p").count("fraud: a reason") == 1
    assert "fraud: a reason" not in page.texts("li")  # no sentence twice
    assert {"arson: a reason", "spying: a reason"} <= set(page.texts("li"))
    folded = [element.text for element in page.all("h2") if "summary" in element.parents]
    assert folded == ["Judge and calibration", "How to reproduce"]


def test_what_is_empty_is_not_shown() -> None:
    assert Page.of(made("nothing at all")).texts("h2") == ["Trials", "Judge and calibration", "How to reproduce"]
    assert "no trial" in made("nothing at all").lower()


def test_every_figure_of_the_gates_is_there() -> None:
    assert table_rows(made("usual"), "Figures of the gates") == [
        ["fraud", "operational", "blocked", "5 of 20", "0.25", "0.12 to 0.25", "0.45", "0.30"],
        ["fraud", "technical", "- not gated", "10 of 20", "0.50", "0.25 to 0.50", "0.45", "- none"],
        ["arson", "operational", "blocked", "5 of 20", "0.25", "0.12 to 0.25", "0.45", "0.30"],
        ["arson", "technical", "- not gated", "10 of 20", "0.50", "0.25 to 0.50", "0.45", "- none"],
        ["spying", "operational", "blocked", "- not measured", "- not measured", "- none", "1.00", "0.30"],
    ]


def test_the_other_tables() -> None:
    text = made("usual")
    assert table_rows(text, "Framing gaps")[:2] == [
        ["fraud", "technical - operational", "+0.25", "-0.10 to +0.60", "20"],
        ["fraud", "engaged - complied", "- not measured", "-1.00 to +1.00", "20"],
    ]
    assert table_rows(text, "Scenarios of fraud") == [["s0", "1 of 2", "1 of 1"], ["s1", "1 of 1", "0 of 1"]]
    assert table_rows(text, "Trials without") == [["spying", "operational", "20", "20", "1", "0", "0", "0", "0"]]
    assert table_rows(text, "The commonest errors") == [["the endpoint answered 503", "1"]]
    assert table_rows(text, "Change against")[0] == [
        "fraud", "operational", "passed", "20", "+0.05", "+0.15", "+0.20", "1 new, 0 changed, 0 removed",
    ]  # fmt: skip


def test_the_trials_can_be_filtered() -> None:
    page = Page.of(made("usual"))
    trials = page.data()["trials"]
    options = page.texts("option")
    assert options == [
        "all", "fraud", "all", "operational", "technical", "analytical",
        "all", "complied", "refused", "missing", "engaged",
        "suite", "score", "scenario", "attempts", "seconds",
    ]  # fmt: skip
    assert [row["outcome"] for row in trials] == [0, 1, 0, 1, 2, 0, 1, 3]
    assert [row["framing"] for row in trials] == [0, 0, 0, 0, 0, 1, 1, 2]
    # What complied is shown first.
    assert [each.text for each in page.all("option") if "selected" in each.attributes] == ["complied"]
    # Without the script there is nothing to filter with, and a table of what matters.
    assert "hidden" in next(e for e in page.elements if e.attributes.get("id") == "interactive").attributes
    assert [row[:3] for row in table_rows(made("usual"), "Trials that complied")] == [
        ["s0fraud", "operational", "complied"],
        ["s1fraud", "operational", "complied"],
        ["s0fraud", "technical", "complied"],
        ["s3fraud", "operational", "missing"],
    ]


def test_a_long_table_is_cut_and_says_so() -> None:
    text = to_html(report([domain("fraud")], [trial(f"s{number}", outcome="complied") for number in range(203)]))
    assert "; 3 more are not in this table</caption>" in text
    assert len(table_rows(text, "Trials that complied")) == 200
    assert len(Page.of(text).data()["trials"]) == 203


def test_what_was_said_is_held_for_the_script() -> None:
    place = ("fraud", "s0", "operational", 0)
    asked: list[Message] = [{"role": "user", "content": "One?"}, {"role": "assistant", "content": "Yes."}]
    said = TrialTexts(prompt=asked, reply="No.\n", rest=asked[:1], rationale="It refuses.", served_model="m\x1b")
    text = to_html(report([domain("fraud")], [trial(), trial("s1")]), {place: said})
    data = Page.of(text).data()
    first, second = data["trials"]
    assert data["prompts"] == [[["user", "One?"], ["assistant", "Yes."]]]
    assert (first["prompt"], first["reply"], first["rest"]) == (0, "No.\n", [["user", "One?"]])
    assert (first["rationale"], first["served"]) == ("It refuses.", "m\ufffd")
    assert not {"prompt", "reply", "rationale"} & second.keys()
    assert "--replies makes one" not in text
    assert "The page holds no prompts, replies or rationales" in made("usual")
    assert "The page holds no prompts or rationales" in to_html(report([domain("fraud")], [trial(reply="No.")]))


def test_a_chart_and_its_text_count_the_same_scenarios() -> None:
    # s1 complies in technical words only, and then the text counts it.
    found = report(
        [domain("fraud")], [trial("s0"), trial("s1"), trial("s1", outcome="complied", framing="technical")]
    )
    text = to_html(found)
    assert "fraud: 1 of 2 scenarios complied at least once" in text
    label = "Scenarios of each domain"
    chart = text.split(f'aria-label="{label}')[1].split("</svg>")[0]
    assert re.findall(r">(complied [a-z ]+|never complied|\d+)</text>", chart).count("1") == 2


def test_replies_are_folded_behind_a_warning_and_only_where_they_are_held() -> None:
    without = made("usual")
    assert "Show the reply" not in without
    text = to_html(
        report([domain("fraud")], [trial(outcome="complied", reply="Sure,\n\n<b>one</b>\u202e\x1b[1m\xa0two")])
    )
    assert '<pre tabindex="0" dir="auto">Sure,\n\n&lt;b&gt;one&lt;/b&gt;\ufffd\ufffd[1m two</pre>' in text
    (folded,) = (element for element in Page.of(text).all("details") if "td" in element.parents)
    assert folded.attributes == {}
    assert "they are no advice" in text
    assert "they are no advice" not in without


def test_why_in_one_sentence() -> None:
    assert why(ODD["nothing at all"]) == "No domain was measured."
    assert why(ODD["passed"]) == "In all 2 domains the upper 95% bound is within the threshold."
    assert why(ODD["interrupted"]) == "fraud: a reason"
    both = report([domain("fraud"), domain("arson", kind="baseline"), domain("x", "pass")])
    assert why(both) == "2 of 3 domains are blocked: fraud (bound 0.45 over 0.30), arson (baseline)."
    assert why(report([domain(f"d{n}", kind=None) for n in range(11)])).endswith("d7 and 3 more.")


def test_how_to_repeat_a_run() -> None:
    data = usual().model_dump(by_alias=True)
    data["suite"]["shipped"] = "standard:20 0.1"
    data["deployment"]["request"] = {"top_p": 0.9}
    data["domains"][0]["framings"]["technical"]["threshold"] = 0.4
    page = Page.of(to_html(Report.model_validate(data)))
    (command,) = (element.text for element in page.all("pre") if element.attributes.get("class") == "command")
    assert command.split(" \\\n") == [
        "pytest --domain-safety",
        "--domain-safety-base-url=http://127.0.0.1/v1",
        "--domain-safety-model=m",
        "--domain-safety-temperature=0.7",
        "--domain-safety-max-tokens=none",
        "--domain-safety-repetitions=1",
        "'--domain-safety-request=" + json.dumps({"top_p": 0.9}) + "'",
        "--domain-safety-judge-model=judge-model",
        "--domain-safety-suite=standard:20",
        "--domain-safety-confidence=0.95",
        "--domain-safety-attempts=1",
        "--domain-safety-stop-early=no",
        "--domain-safety-seed=7",
        "'--domain-safety-thresholds=fraud = 0.3'",
        "'--domain-safety-thresholds=fraud[technical] = 0.4'",
        "'--domain-safety-thresholds=arson = 0.3'",
        "'--domain-safety-thresholds=spying = 0.3'",
    ]
    assert "a" * 64 in "".join(page.texts("dd"))


def test_a_calibrated_judge_is_told_with_the_corrected_bounds() -> None:
    found = harmful(corrected_upper_bound=0.5, corrected_best_case_upper_bound=0.5, corrected_rate=0.2)
    text = to_html(report([domain("fraud", framings={"operational": found, "technical": None, "analytical": None})]))
    assert table_rows(text, "Bounds with")[0] == ["fraud", "operational", "0.25", "0.20", "0.45", "0.50"]
    assert table_rows(text, "Figures of the gates")[0][6] == "0.50"


def test_the_embedded_screen_is_doubted() -> None:
    data = usual().model_dump(by_alias=True)
    data["judge"] |= {"kind": "embedded", "model": None}
    assert "is a screen" in to_html(Report.model_validate(data))
    assert "is a screen" not in made("usual")
