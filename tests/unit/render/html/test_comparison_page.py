"""A comparison as a page: every figure and changed scenario is there, and nothing in it can act."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.configuration.limits import parse_domain_limits
from pytest_domainsafety.core.reports.comparison import Comparison, compare_runs
from pytest_domainsafety.render.html.comparison_page import to_html
from support.html_pages import Page
from support.study_runs import finished

HOSTILE = "</title></style><script>alert(1)</script><img src=x onerror=alert(1)>\"' style='top:0'{{ 7 * 7 }}\u202e"


def compared(name: str = "later", scenario: str = "s") -> Comparison:
    before = finished({"a": {f"{scenario}{n}": "o:r a:e" for n in range(4)}, "gone": {"x": "o:r a:e"}})
    after = finished(
        {
            "a": {f"{scenario}{n}": "o:c a:e" if n < 3 else "o:m a:e" for n in range(4)},
            "fresh": {"y": "o:r a:e"},
        }
    )
    margins = parse_domain_limits(["* = 0.2"], "a margin", most=1)
    return compare_runs({f"{name}-before": before, name: after}, margins, 0.05)


def test_every_change_is_on_the_page() -> None:
    html = to_html(compared())
    told = ("later-before", "Blocked: worse than the baseline", "Exit code 1")
    wanted = (*told, "s0", "0 of 1", "1 of 1", "+1.00", "gone", "fresh")
    assert [words for words in wanted if words not in html] == []


def test_what_was_not_measured_has_no_figure() -> None:
    page = to_html(compared())
    row = page[page.index(">s3<") :].partition("</tr>")[0]
    assert "- not measured" in row
    assert "0.00" not in row


@pytest.mark.parametrize("made", [compared(), compared(HOSTILE, HOSTILE)])
def test_nothing_in_it_can_act(made: Comparison) -> None:
    text = to_html(made)
    page = Page.of(text)
    assert "script-src &#39;none&#39;" in text
    assert page.all("script", "img", "iframe", "object", "embed", "form", "link") == []
    named = {name for element in page.elements for name in element.attributes}
    assert not {name for name in named if name.startswith("on") or name in {"style", "src", "srcdoc", "action"}}
    links = [link.attributes["href"] or "" for link in page.all("a")]
    assert all(link.startswith("#") for link in links)
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in links} <= set(ids)
