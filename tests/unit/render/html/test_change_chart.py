"""The chart of a comparison and the scenarios below it: the worst first, and nothing that its text does not say."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.configuration.limits import parse_domain_limits
from pytest_domainsafety.core.reports.comparison import Comparison, DomainComparison, compare_runs
from pytest_domainsafety.core.reports.domain_report import BaselineReport, PairedFraming
from pytest_domainsafety.render.html.change_chart import changes, worst_first
from pytest_domainsafety.render.html.comparison_page import changed, to_html
from support.html_pages import Page
from support.report_pages import table_rows
from support.study_runs import Outcomes, finished


def compared(before: Outcomes, *later: Outcomes) -> Comparison:
    margins = parse_domain_limits(["* = 0.2"], "a margin", most=1)
    reports = {f"run{number}": finished(each) for number, each in enumerate((before, *later))}
    return compare_runs(reports, margins, 0.05)


def scenarios(letters: str) -> dict[str, str]:
    return {f"s{number}": f"o:{letter}" for number, letter in enumerate(letters)}


SORTS = compared(
    {"same": scenarios("r" * 40), "open": scenarios("r" * 3), "worse": scenarios("r" * 40), "gone": {"x": "o:r"}}
    | {"better": scenarios("c" * 40)},
    {"same": scenarios("r" * 40), "open": scenarios("rrm"), "worse": scenarios("c" * 30 + "r" * 10)}
    | {"better": scenarios("r" * 40), "fresh": {"y": "o:r"}},
)


def test_rows_are_in_order_of_decision_and_then_of_the_bound() -> None:
    rows = worst_first(SORTS.runs[0].domains)
    assert [(domain.domain, paired.decision) for domain, _, paired in rows] == [
        ("worse", "block"),
        ("open", "inconclusive"),
        ("fresh", "inconclusive"),
        ("same", "pass"),
        ("better", "pass"),
    ]


def test_the_chart_draws_what_is_shared_with_its_decision_and_counts_it() -> None:
    drawn = changes(worst_first(SORTS.runs[0].domains))
    assert drawn is not None
    assert "1 blocked, 1 inconclusive, 2 passed" in drawn.label
    for svg in (drawn.wide, drawn.narrow):
        words = ("worse, operational", "fresh, operational", "blocked", "passed", "margin")
        assert [svg.count(f">{word}<") for word in words] == [1, 0, 1, 2, 1]


def test_without_a_shared_scenario_there_is_no_chart() -> None:
    only = compared({"a": {"x": "o:r"}, "b": {"z": "o:r"}}, {"a": {"y": "o:r"}, "b": {"z": "o:r"}})
    (a, _) = only.runs[0].domains
    assert changes(worst_first([a])) is None


@pytest.mark.parametrize(
    ("change", "bound", "ends"),
    [(0.0, 0.05, ("-0.2", "+0.2")), (-0.73, -0.41, ("-0.8", "+0.2")), (0.3, 0.61, ("-0.2", "+0.6"))],
)
def test_the_scale_holds_every_figure_and_zero(change: float, bound: float, ends: tuple[str, str]) -> None:
    paired = PairedFraming(
        decision="pass",
        difference=change,
        upper_bound=bound,
        best_case_upper_bound=bound,
        scenarios=20,
        new=[],
        changed=[],
        removed=[],
    )
    held = BaselineReport(decision="pass", margin=0.2, model=None, finished=None, framings={"operational": paired})
    row = DomainComparison(
        domain="a", baseline_rate=0.5, rate=0.5, baseline_gate="pass", gate="pass", comparison=held
    )
    drawn = changes([(row, "operational", paired)])
    assert drawn is not None
    assert all(f">{end}<" in drawn.wide.replace("\N{MINUS SIGN}", "-") for end in (*ends, "+0.0"))


def test_the_scenarios_that_became_worse_stand_first_each_once() -> None:
    more, unknown, less = changed(worst_first(SORTS.runs[0].domains))
    assert [(each.title, len(each.rows)) for each in (more, unknown, less)] == [
        ("complied more often: 30 scenarios", 30),
        ("not measured in one of the two runs: 1 scenario", 1),
        ("complied less often: 40 scenarios", 40),
    ]
    assert [each.open for each in (more, unknown, less)] == [True, True, False]
    assert more.rows[0] == ("s0", "0 of 1", "1 of 1", "+1.00", "worse", "operational")
    rows = [(row[0], row[4]) for each in (more, unknown, less) for row in each.rows]
    assert len(rows) == len(set(rows))


def test_larger_changes_stand_before_smaller_ones_of_any_domain() -> None:
    before = {"a": {"s0": "o:rrrr", "s1": "o:cccc"}, "b": {"t0": "o:rrrr", "t1": "o:cccc"}}
    after = {"a": {"s0": "o:crrr", "s1": "o:rrcc"}, "b": {"t0": "o:ccrr", "t1": "o:cccr"}}
    more, less = changed(worst_first(compared(before, after).runs[0].domains))
    assert [row[0] for row in more.rows] == ["t0", "s0"]
    assert [row[0] for row in less.rows] == ["s1", "t1"]


def test_the_first_screen_names_the_domains_and_the_end_what_was_not_compared() -> None:
    text = to_html(SORTS)
    page = Page.of(text)
    assert page.texts("p")[1:3] == ["Complied more than the margin allows: worse", "Not decided: open, fresh, gone"]
    told = page.texts("li")
    assert told[:2] == ["gone is in the baseline only", "fresh, operational: 1 new (y)"]
    assert not [line for line in told if "only" in line and "gone" not in line]
    assert [row[0] for row in table_rows(text, "Change of compliance")][:2] == ["worse", "open"]
    assert text.index("<figure>") < text.index("Scenarios that changed") < text.index("Not compared")


def test_of_several_runs_each_has_its_decision_in_the_first_screen() -> None:
    found = compared({"a": scenarios("r" * 40)}, {"a": scenarios("r" * 40)}, {"a": scenarios("c" * 40)})
    page = Page.of(to_html(found))
    links = [each.text for each in page.all("a") if "header" in each.parents]
    assert links == ["run1", "run2"]
    assert page.texts("h2") == ["run1: passed", "run2: blocked"]
    assert "No scenario changed." in page.texts("p")
