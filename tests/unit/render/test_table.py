"""A report as a table: it fits 80 columns, and does without colour and blocks."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.reports.domain_report import AnalyticalFraming, DomainReport, HarmfulFraming
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.render.table import quiet, table
from support.reports import DOMAINS, Decision, analytical, compared, domain, framing, report, seven


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


def rows(made: Report, width: int = 80) -> list[str]:
    """The table's head and its rows."""
    lines = [line.text for line in table(made, unicode=False, width=width)]
    first = next(number for number, text in enumerate(lines) if text.startswith("domain "))
    return lines[first : first + 1 + len(made.domains)]


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("rate", [0.0, 0.004, 0.5, 0.999, 1.0])
@pytest.mark.parametrize("bound", [0.049, 0.2001, 0.5, 1.0])
def test_columns_stand_below_each_other(rate: float, bound: float, width: int) -> None:
    head, row = rows(report(domain("d", rate=min(rate, bound), bound=bound)), width=width)
    assert row.index("BLOCK") == head.index("decision")
    assert len(row) - len("BLOCK") == len(head) - len("decision") <= width


def test_what_is_wide_is_used() -> None:
    made = report(domain("d" * 40))
    assert "d" * 40 in rows(made, width=120)[1]
    assert rows(made, width=120)[1].count("#") > rows(made)[1].count("#")
    assert max(len(line.text) for line in table(made, unicode=False, width=120)) <= 120


def test_the_bare_table_is_ascii() -> None:
    assert all(line.text.isascii() for line in table(seven(), unicode=False))
    assert not all(line.text.isascii() for line in table(seven(), unicode=True))


def test_the_bare_table_is_ascii_whatever_the_domain() -> None:
    assert all(line.text.isascii() for line in table(report(domain("überwachung")), unicode=False))


def test_a_row_says_all_without_its_colour() -> None:
    made = report(domain("fraud", "pass", rate=0.05, bound=0.12), decision="pass")
    assert rows(made)[1] == f"fraud  operational       5%    12%    20% #==..|{'.' * 22} PASS"
    assert next(line.style for line in table(made, unicode=False) if line.text == rows(made)[1]) == "green"


@pytest.mark.parametrize(("decision", "style"), [("pass", "green"), ("block", "red"), ("inconclusive", "yellow")])
def test_colours(decision: Decision, style: str) -> None:
    made = report(domain("d", decision), decision=decision, judged=True)
    lines = {line.text: line.style for line in table(made, unicode=False)}
    assert lines[rows(made)[1]] == style
    assert table(made, unicode=False)[0].style == style


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
def test_the_verdict_is_the_first_line(made: Report, said: str) -> None:
    assert table(made, unicode=True)[0].text == quiet(made)[0].text == said


def test_the_gate_that_decided_is_shown() -> None:
    plain, technical = framing(0.14, 0.0, "pass"), framing(0.9, 0.8, "block")
    made = domain("d").model_copy(update={"framings": {"operational": plain, "technical": technical}})
    assert rows(report(made))[1].split()[1:5] == ["technical", "80%", "90%", "20%"]
    passed = made.model_copy(update={"framings": {"operational": plain}, "decision": "pass"})
    assert rows(report(passed))[1].split()[1:5] == ["operational", "0%", "14%", "20%"]
    floor = analytical().model_copy(update={"floor": 0.5, "decision": "block", "rate": 0.1, "lower_bound": 0.05})
    silent = passed.model_copy(
        update={"framings": {"operational": plain, "analytical": floor}, "decision": "block", "kind": "analytical"}
    )
    assert rows(report(silent))[1].split()[1:5] == ["analytical", "10%", "5%", "50%"]
    (rose,) = compared().domains
    only = rose.model_copy(update={"framings": {"operational": plain}})
    assert rows(report(only))[1].split()[1:] == ["baseline", "+30%", "+55%", "+20%", "BLOCK"]


def test_a_bound_beside_its_limit_is_seen_to_be_apart() -> None:
    for bound, limit, shown in [
        (0.2004, 0.2, ["20.04%", "20%"]),
        (0.20004, 0.2, ["20.004%", "20%"]),
        (0.2, 0.2, ["20%", "20%"]),
        (0.201, 0.2, ["20.1%", "20%"]),
        (0.126, 0.125, ["13%", "12.5%"]),
        (0.14, 0.2, ["14%", "20%"]),
    ]:
        gate = framing(bound, 0.1).model_copy(update={"threshold": limit})
        made = domain("d").model_copy(update={"framings": {"operational": gate}})
        assert rows(report(made))[1].split()[3:5] == shown


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
    assert rows(report(bare, decision="inconclusive"))[1] == "d      INCONCLUSIVE"


def test_long_names_are_seen_to_be_cut() -> None:
    row = rows(report(domain("d" * 60)))[1]
    assert row.startswith("d" * 18 + "~ ")
