"""A history as a page: a chart and a table a domain, and nothing in it can act."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.history.assemble import history
from pytest_domainsafety.core.history.report import History
from pytest_domainsafety.render.html.history_page import to_html
from support.histories import hostile, run, several
from support.html_pages import Page


def test_each_domain_has_a_chart_for_either_width_and_a_table_of_its_runs() -> None:
    text = to_html(several())
    page = Page.of(text)
    labels = [each.attributes["aria-label"] for each in page.all("div") if each.attributes.get("role") == "img"]
    assert labels == [
        f"Compliance of {name} over {runs}. The table below holds the same figures."
        for name, runs in (("fraud", "6 runs"), ("fraud[technical]", "1 run"), ("quiet", "1 run"))
        for _ in ("wide", "narrow")
    ]
    assert [row for row in page.texts("th") if row.startswith("#")][:6] == ["#7", "#6", "#5", "#3", "#2", "#1"]
    row = text[text.index(">2026-01-05 10:00<") :].partition("</tr>")[0]
    assert "inconclusive, interrupted" in row
    assert "- not measured" in row
    assert "suite changed (20 -&gt; 30 scenarios); threshold 0.30 -&gt; 0.40" in text


def test_a_chart_shows_decisions_marks_models_and_judges() -> None:
    text = to_html(several())
    chart = text[text.index("<svg") : text.index("</svg>")]
    shown = {each.text.strip() for each in Page.of(f"{chart}</svg>").all("text")}
    assert {"passed", "blocked", "inconclusive", "suite", "threshold", "0.30 -> 0.40"} <= shown
    assert {"#5 interrupted", "candidate-5", "by judge-model"} <= shown
    assert "only reported" not in shown


def test_many_runs_are_cut_to_the_newest_and_that_is_told() -> None:
    runs = {f"r{n}": run(1 + n % 28, "fraud", suite=n).model_copy(update={"sha256": f"{n}"}) for n in range(40)}
    text = to_html(history(runs))
    assert "room for the newest 36 runs" in text
    assert "room for" not in to_html(several())
    chart = text[text.index("<svg") : text.index("</svg>")]
    assert "#40 candidate" in chart
    assert "#4 candidate" not in chart
    assert "#5 candidate" in chart


@pytest.mark.parametrize("made", [several(), hostile()])
def test_nothing_in_it_can_act(made: History) -> None:
    text = to_html(made)
    page = Page.of(text)
    assert "script-src &#39;none&#39;" in text
    assert (
        page.all("script", "img", "iframe", "object", "embed", "form", "link", "image", "use", "foreignObject") == []
    )
    named = {name for element in page.elements for name in element.attributes}
    assert not {name for name in named if name.startswith("on") or name in {"style", "src", "srcdoc", "action"}}
    links = [link.attributes["href"] or "" for link in page.all("a")]
    assert all(link.startswith("#") for link in links)
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert "49" not in page.texts("h2")[0]
