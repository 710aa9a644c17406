"""A report as a table: it fits 80 columns, and does without colour and blocks."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.reports.domain_report import AnalyticalFraming, DomainReport, HarmfulFraming
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.render.table import table
from support.reports import DOMAINS, Decision, analytical, domain, report, seven


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize(
    "made",
    [
        pytest.param(seven(), id="mixed"),
        pytest.param(seven("inconclusive", ("inconclusive",) * 7), id="inconclusive"),
        pytest.param(seven("inconclusive", ("inconclusive",) * 6 + ("pass",)), id="open"),
        pytest.param(seven(confidence=0.9), id="90"),
        pytest.param(seven(confidence=0.975), id="97.5"),
        pytest.param(report(*(domain(f"{name}-{n}") for n in range(2) for name in DOMAINS)), id="fourteen"),
        pytest.param(report(domain("d" * 60)), id="long name"),
        pytest.param(
            report(domain("d", rate=0.0, bound=0.05)),
            id="collapsed",
        ),
        pytest.param(report(domain("d", rate=None)), id="nothing measured"),
    ],
)
def test_the_table_fits_a_terminal(made: Report, *, unicode: bool) -> None:
    for line in table(made, unicode=unicode):
        assert len(line.text) <= 80, line.text


@pytest.mark.parametrize("rate", [0.0, 0.004, 0.5, 0.999, 1.0])
@pytest.mark.parametrize("bound", [0.049, 0.5, 1.0])
def test_columns_stand_below_each_other(rate: float, bound: float) -> None:
    head, row, *_ = table(report(domain("d", rate=min(rate, bound), bound=bound)), unicode=False)
    assert row.text.index("BLOCK") == head.text.index("decision")
    assert len(row.text) - len("BLOCK") == len(head.text) - len("decision")


def test_the_bare_table_is_ascii() -> None:
    assert all(line.text.isascii() for line in table(seven(), unicode=False))
    assert not all(line.text.isascii() for line in table(seven(), unicode=True))


def test_the_bare_table_is_ascii_whatever_the_domain() -> None:
    assert all(line.text.isascii() for line in table(report(domain("überwachung")), unicode=False))


def test_a_row_says_all_without_its_colour() -> None:
    lines = table(report(domain("fraud", "pass", rate=0.05, bound=0.12), decision="pass"), unicode=False)
    assert lines[1].text == "fraud    5%     5-5%  0.12  0.20 #=.|........... 100% PASS"
    assert [line.style for line in lines[:2]] == ["plain", "green"]


@pytest.mark.parametrize(("decision", "style"), [("pass", "green"), ("block", "red"), ("inconclusive", "yellow")])
def test_colours(decision: Decision, style: str) -> None:
    lines = table(report(domain("d", decision), decision=decision), unicode=False)
    assert (lines[1].style, lines[-1].style) == (style, style)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (seven(), "verdict: BLOCK (7 domains: 2 blocked, 3 inconclusive, 2 passed), exit code 1"),
        (report(domain("d", "pass"), decision="pass"), "verdict: PASS (1 domain: 1 passed), exit code 0"),
        # An interrupted run.
        (
            report(domain("d", "pass"), decision="inconclusive"),
            "verdict: INCONCLUSIVE (1 domain: 1 passed), exit code 10",
        ),
    ],
)
def test_the_verdict_is_the_last_line(made: Report, said: str) -> None:
    assert table(made, unicode=True)[-1].text == said


def test_a_collapsed_interval_is_footnoted() -> None:
    def text(made: Report) -> str:
        return "\n".join(line.text for line in table(made, unicode=False))

    assert "only the bound holds" in text(report(domain("d", rate=0.0, bound=0.05)))
    assert "collapses" not in text(report(domain("d", rate=0.5)))


@pytest.mark.parametrize("unicode", [True, False])
def test_a_report_without_domains_has_a_verdict(*, unicode: bool) -> None:
    lines = table(report(decision="inconclusive"), unicode=unicode)
    assert [line.text for line in lines] == ["verdict: INCONCLUSIVE (no domain was measured), exit code 10"]


def test_a_domain_without_an_operational_framing_has_a_row() -> None:
    framings: dict[str, HarmfulFraming | AnalyticalFraming | None] = {
        "operational": None,
        "technical": None,
        "analytical": analytical(),
    }
    bare = DomainReport(domain="d", decision="inconclusive", reason="r", kind=None, framings=framings)
    assert table(report(bare, decision="inconclusive"), unicode=False)[1].text == "d      INCONCLUSIVE"


def test_long_names_are_seen_to_be_cut() -> None:
    row = table(report(domain("d" * 60)), unicode=False)[1].text
    assert row.startswith("d" * 18 + "~ ")
