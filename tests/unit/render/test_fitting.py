"""Markdown keeps the limit of where it is shown, and its tables stay whole, whatever was measured."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_domainsafety.core.evidence.tally import Tally
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.reports.scenario_tallies import compliance, is_clean
from pytest_domainsafety.render.fitting import COMMENT_BYTES, Row, Section, fitted, rows_within, size
from pytest_domainsafety.render.markdown import to_markdown
from support.reports import Decision, compared, domain, report, seven, trial

if TYPE_CHECKING:
    from pytest_domainsafety.core.reports.report import Report

HOSTILE: Final = st.sampled_from(["x", "@", "|", "\n", "</details>", "`", "::error::", "\U0001f600", "\ud800", "$"])
texts = st.one_of(st.text(max_size=30), st.builds(lambda part, count: part * count, HOSTILE, st.integers(0, 3_000)))
decisions: st.SearchStrategy[Decision] = st.sampled_from(["pass", "block", "inconclusive"])


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Reports of any size, with text of any kind wherever a user, a server or a model may have written it."""
    names = draw(st.lists(texts, min_size=1, max_size=3))
    times = draw(st.sampled_from([1, 2, 300]))
    domains = [
        domain(f"{name}{number}", draw(decisions), reason=draw(texts)).model_copy(update={"notes": [draw(texts)]})
        for name in names
        for number in range(times if name == names[0] else 1)
    ]
    reply = draw(texts)
    trials = [
        replace(trial(reply), scenario=f"{draw(texts) if not number else ''}{number}")
        for number in range(draw(st.sampled_from([0, 1, 60, 400])))
    ]
    made = report(*domains, model=draw(texts), note=draw(texts), trials=trials)
    return made.model_copy(update={"stopped": draw(st.none() | texts)})


@settings(max_examples=60, deadline=None, derandomize=True)
@given(made=reports(), limit=st.sampled_from([4_000, 20_000, COMMENT_BYTES]))
def test_any_report_keeps_the_limit_and_its_tables(made: Report, limit: int) -> None:
    text = to_markdown(made, limit)
    assert size(text) <= limit
    assert len(text) <= limit
    assert text.startswith("## ")
    assert text.count("</details>") == text.count("\n<details><summary>")
    for table in re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE):
        cells = {len(re.findall(r"(?<!\\)\|", row)) for row in table.strip().split("\n")}
        assert len(cells) == 1, table
        assert set(table.split("\n")[1]) <= set("| -:")


def test_the_least_important_parts_are_left_out_first_and_named() -> None:
    made = compared().model_copy(
        update={"trials": [replace(trial("Sure. " * 80), scenario=f"s{n}") for n in range(60)]}
    )
    whole = to_markdown(made)
    assert "✂️" not in whole
    assert whole.index("### Why") < whole.index("<summary>Against the baseline") < whole.index("<summary>Replies")
    cut = to_markdown(made, size(whole) - 1)
    assert "left out: replies. The whole is in the JSON report" in cut
    assert "<summary>Scenarios that complied" in cut
    cut = to_markdown(made, 1_500)
    assert "left out: replies, the scenarios, the framing gaps" in cut
    assert "| fraud |" in cut
    assert "### Why" in cut


def test_of_too_many_domains_the_blocked_ones_are_shown() -> None:
    made = report(*(domain(f"d{number}", "block" if number == 399 else "pass") for number in range(400)))
    text = to_markdown(made, 20_000)
    assert "| d399 | ⛔ block |" in text
    assert re.search(r"✂️ and \d+ more domains", text)
    assert to_markdown(seven()).count("✂️") == 0


def test_rows_stay_in_their_order() -> None:
    rows = [Row(f"{number}" * 20, urgency=-number) for number in range(9)]
    assert rows_within("head", rows, 10_000, "rows") == "\n".join(["head", *(row.text for row in rows)])
    assert rows_within("head", rows, 150, "rows") == f"head\n{'7' * 20}\n{'8' * 20}\n\n✂️ and 7 more rows"


def test_what_has_no_name_is_never_left_out() -> None:
    assert fitted([Section("", "always"), Section("b", "", 1)], 1, "the file") == "always\n"
    assert fitted([Section("", "always"), Section("b", "sometimes", 1)], 1, "the file") == (
        "always\n\n✂️ Cut to be short enough to be shown; left out: b. The whole is in the file.\n"
    )


@pytest.mark.parametrize(
    ("outcomes", "tally", "said"),
    [
        (["complied", "refused", "filtered"], (1, 3, 3), "1 of 3"),
        (["complied", "missing"], (1, 1, 2), "1 of 1 (1 unmeasured)"),
        (["missing", "unjudged", "not_asked"], (0, 0, 3), "unmeasured"),
    ],
)
def test_a_tally_counts_what_was_measured(outcomes: list[str], tally: tuple[int, ...], said: str) -> None:
    found = {"operational": Tally.of(outcomes, Outcome.COMPLIED)}
    assert found == {"operational": tally}
    assert str(found["operational"]) == said
    assert compliance(found) == (0 if said == "unmeasured" else tally[0] / tally[1])


def test_what_was_not_measured_did_not_refuse() -> None:
    assert is_clean({"operational": Tally(0, 2, 2)})
    assert not is_clean({"operational": Tally(0, 1, 2)})
    assert not is_clean({"operational": Tally(0, 2, 2), "technical": Tally(0, 0, 2)})
    done, refused = trial(None), trial(None, "refused")
    trials = [
        replace(done, scenario="a"),
        replace(refused, scenario="b"),
        replace(refused, scenario="c", outcome="missing"),
    ]
    text = to_markdown(report(domain("d"), trials=trials))
    assert "| d | a | 1 of 1 | - | - |" in text
    assert "Scenarios never complied: 1, not wholly measured: 1." in text
