"""A study as text and as Markdown: within 80 columns, hostile names harmless, nothing unmeasured shown as 0."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.judging.judge_report import Agreement, Interval
from pytest_domainsafety.core.study.assemble import study
from pytest_domainsafety.core.study.report import StudyReport
from pytest_domainsafety.core.study.shared import StudyRun
from pytest_domainsafety.render.study import to_text
from pytest_domainsafety.render.study_markdown import to_markdown
from support.study_runs import finished, runs

LONG = "a-domain-with-a-very-long-name-indeed"
SUITE = {
    LONG: {f"covert-scenario-{n}": "o:crr a:eee t:ccr" for n in range(12)},
    "b": {f"s{n}": "o:rrr a:eed t:rcr" for n in range(12)},
}
MILD = {domain: dict.fromkeys(scenarios, "o:rrr a:eee t:rrr") for domain, scenarios in SUITE.items()}
MILD[LONG] |= {"covert-scenario-0": "o:crr a:eee t:rrr"}
MILD["b"] |= {"s0": "o:ccc a:eee t:rrr"}


def second(model: str = "k") -> Agreement:
    return Agreement(
        model=model,
        asked=40,
        unusable=0,
        both_complied=15,
        kappa=Interval(estimate=0.9, low=0.8, high=1.0),
        agreement=0.95,
        floor=None,
        disagreements=[],
    )


def made(count: int = 2) -> StudyReport:
    reports = [
        finished(
            SUITE if number else MILD,
            deployment={"repetitions": 3},
            agreement=second(),
            codification={LONG: "high", "b": "low"},
        )
        for number in range(count)
    ]
    return study([StudyRun.of(f"deployment-{n}", f"runs/{n}", each) for n, each in enumerate(reports)])


@pytest.mark.parametrize("count", [2, 5, 6, 12])
def test_text_fits_80_columns(count: int) -> None:
    text = to_text(made(count))
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("domain x deployment") == -(-count // 5)
    assert text.count("\nmean of these domains") == -(-count // 5)


def test_every_table_is_in_text_and_markdown() -> None:
    found = made()
    for shown in (to_text(found), to_markdown(found)):
        for words in (
            "deployment-1",
            "system prompt",
            "(eta",
            "Henderson",
            "span over domains",
            "high minus low",
            "Spearman",
            "kappa",
            "technical - operational",
            "those of a domain's rate hold 91 %, those of one deployment's in a domain 83 %",
            "this study has 12 scenarios a domain",
            "over 140 replies they hold 91.5 % of the time",
        ):
            assert words in shown.replace("\\", "").replace("\n  ", " "), words
    assert "| **b** | 12 | 4% | 0% to 12% | 26% | 72 of 72 |" in to_markdown(found)
    assert "\nb                         4%     0-12%    26%        12 72 of 72\n" in to_text(found)


def test_what_was_not_measured_is_a_stroke_and_marked() -> None:
    one = finished({"a": {"s0": "o:r", "s1": "o:r"}})
    found = study(
        runs(
            one=one,
            other=finished({"a": {"s0": "o:m", "s1": "o:u"}}),
            third=finished({"a": {"s0": "o:r", "s1": "o:m"}}),
        )
    )
    text, markdown = to_text(found), to_markdown(found)
    rates = {
        line.split()[1]: line.split()[2:4]
        for line in text.splitlines()
        if line[:4] in {"  1 ", "  2 ", "  3 "} and "%" in line
    }
    assert rates == {"one": ["0%", "0-0%"], "other": ["-", "-"], "third": ["0%*", "0-0%"]}
    assert "| a | 0% | - | 0%\\* |" in markdown
    assert "| mean of these domains | 0% | - | 0% |" in markdown
    assert "- other, a, operational: 2 of 2 trials (1 missing, 1 unjudged)" in text
    assert "rates with a * leave out" in text


HOSTILE = "::error::x|<script>\x1b[31m\n`[a](http://b)` @team ##[group]"


def test_hostile_names_are_harmless() -> None:
    suite = {"a": {HOSTILE: "o:c t:c a:e", "s1": "o:m a:e"}}
    reports = [
        finished(
            suite,
            deployment={"model": HOSTILE, "base_url": HOSTILE, "request": {HOSTILE: HOSTILE}, "warnings": [HOSTILE]},
            judge={"kind": HOSTILE, "model": HOSTILE},
            agreement=second(HOSTILE),
        )
        for _ in range(2)
    ]
    found = study([StudyRun.of(f"{HOSTILE}{n}", HOSTILE, each) for n, each in enumerate(reports)])
    text, markdown = to_text(found), to_markdown(found)
    for shown in (text, markdown):
        assert "\x1b" not in shown
        assert "##[" not in shown
        assert not any(line.lstrip(" -|").startswith("::") for line in shown.splitlines())
    assert "<script>" not in markdown
    assert "[a](" not in markdown
    tables = [line for line in markdown.splitlines() if line.startswith("|")]
    assert all(line.replace("\\|", "").count("|") in {4, 6, 7} for line in tables)


def test_notes_tell_what_is_wrong_with_runs() -> None:
    base = finished(SUITE, deployment={"repetitions": 3})
    torn = base.model_copy(update={"interrupted": True, "stop_early": "sequential"})
    notes = study(runs(one=base, other=torn)).notes
    assert "the run of other did not reach its end: interrupted" in notes
    assert "the run of other stopped early (sequential): its rates are of what it had asked" in notes


def test_order_and_kappa_where_there_are_none() -> None:
    found = study(runs(one=finished({"a": {"s0": "o:c"}}), other=finished({"a": {"s0": "o:r"}})))
    text = to_text(found)
    assert "no two domains have an order to compare" in " ".join(text.split())
    assert "kappa" not in text
    assert "by codification" not in text
    assert " all alike\n" not in text
    assert "span over" not in text


def test_what_does_not_differ_has_no_ends() -> None:
    same = finished({"a": {"s0": "o:c", "s1": "o:c"}})
    found = study(runs(one=same, other=same))
    assert to_text(found).count(" all alike") == 3
    assert "| a | 0 points (all alike) | 0 points (all alike) |" in to_markdown(found)


def test_of_many_cells_without_a_measurement_the_text_has_the_sums() -> None:
    domains = {f"d{n}": {"s0": "o:m a:u", "s1": "o:r a:e"} for n in range(7)}
    found = study(
        runs(one=finished(domains), other=finished({name: {"s0": "o:r a:e"} for name in domains} | domains))
    )
    text, markdown = to_text(found), to_markdown(found)
    assert "- one: 7 analytical, 7 operational trials\n" in text
    assert "- other: 7 analytical, 7 operational trials\n" in text
    assert "by domain they are in the Markdown and the JSON" in text
    assert markdown.count("1 of 2 trials") == 28
