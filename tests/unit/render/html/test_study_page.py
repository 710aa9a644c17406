"""A study as a page: every figure is there, nothing unmeasured is shown as 0, and nothing in it can act."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from pytest_domainsafety.core.judging.judge_report import Agreement, Interval
from pytest_domainsafety.core.study.assemble import study
from pytest_domainsafety.core.study.report import StudyReport
from pytest_domainsafety.core.study.shared import StudyRun
from pytest_domainsafety.core.suite.scenarios import Codification
from pytest_domainsafety.render.html.study_page import to_html
from support.html_pages import Page
from support.report_pages import table_rows
from support.study_runs import finished, runs

HOSTILE = (
    "</title></style><script>alert(1)</script><img src=x onerror=alert(1)>\"' style='top:0'{{ 7 * 7 }}\u202e\x1b[31m"
)


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


def usual(a: str = "a", s: str = "s", **names: str) -> StudyReport:
    """Two deployments in two domains; the second has half of its replies in a unmeasured."""
    one = {a: {f"{s}{n}": "o:cr a:ee t:cc" for n in range(4)}, "b": {f"{s}{n}": "o:rr a:ee t:rr" for n in range(4)}}
    other = {a: {f"{s}{n}": "o:cm a:ee t:cc" for n in range(4)}, "b": {f"{s}{n}": "o:cr a:ed t:rr" for n in range(4)}}
    codified: dict[str, Codification] = {a: "high", "b": "low"}
    deployed = {"repetitions": 2, **names}
    return study(
        [
            StudyRun.of(
                f"{names.get('model', 'run')}{n}",
                "runs",
                finished(
                    each,
                    deployment=deployed | {"temperature": n},
                    agreement=second(names.get("model", "k")),
                    codification=codified,
                ),
            )
            for n, each in enumerate((one, other))
        ]
    )


def unmeasured() -> StudyReport:
    domains = {"a": {"s0": "o:r"}, "b": {"s0": "o:r"}}
    return study(runs(one=finished(domains), other=finished(domains | {"a": {"s0": "o:m"}})))


ODD = {
    "usual": usual(),
    "an unmeasured cell": unmeasured(),
    "nothing measured": study(runs(one=finished({"a": {"s0": "o:m"}}), other=finished({"a": {"s0": "o:u"}}))),
    "one domain, all alike": study(
        runs(one=finished({"a": {"s0": "o:c", "s1": "o:c"}}), other=finished({"a": {"s0": "o:c", "s1": "o:c"}}))
    ),
    "hostile": usual(HOSTILE, HOSTILE, model=HOSTILE, base_url=HOSTILE),
}
PAGES = {name: to_html(found) for name, found in ODD.items()}


@pytest.mark.parametrize("name", PAGES)
def test_nothing_in_a_page_can_act(name: str) -> None:
    page = Page.of(PAGES[name])
    policies = [str(each.attributes["content"]) for each in page.all("meta") if "http-equiv" in each.attributes]
    assert [policy.split("; ")[2] for policy in policies] == ["script-src 'none'"]
    assert page.all("script", "img", "iframe", "link", "object") == []
    for element in page.elements:
        assert not [key for key in element.attributes if key.startswith("on") or key in {"style", "src"}]
        assert (element.attributes.get("href") or "#").startswith("#")
    assert all(line.isprintable() for line in PAGES[name].split("\n"))
    assert {"None", "nan", "NaN", "inf", "null"}.isdisjoint(re.findall(r"\w+", PAGES[name]))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_well_made(name: str) -> None:
    page = Page.of(PAGES[name])
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    assert {str(each.attributes["href"]).removeprefix("#") for each in page.all("a")} <= set(ids)
    levels = [int(element.tag[1]) for element in page.all("h1", "h2", "h3")]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(page.all("table")) == len(page.all("caption"))
    assert all("scope" in element.attributes for element in page.all("th"))


def test_every_figure_is_there() -> None:
    found, text = ODD["usual"], PAGES["usual"]
    assert Page.of(text).texts("h1") == ["0 of 2 deployments may ship"]
    assert len(Page.of(text).all("figure")) == 6
    summary = "Over 2 deployments, compliance with operational requests goes from 25% in b to 75% in a."
    assert summary in Page.of(text).texts("p")
    assert table_rows(text, "Settings that differ") == [["temperature", "0", "1"]]
    assert [row[2] for row in table_rows(text, "Compliance by domain")] == ["75%*", "25%"]
    assert table_rows(text, "Compliance of each") == [
        ["a", "50%", "100%*"],
        ["b", "0%", "50%"],
        ["mean of these domains", "25%", "75%"],
    ]
    assert table_rows(text, "Each deployment")[1][:3] == ["a", "run1", "100%*"]
    assert table_rows(text, "Heterogeneity")[1][3:] == ["50 points", "0% (run0) to 50% (run1)"]
    assert table_rows(text, "Framing gaps")[0][:3] == ["a", "technical - operational", "+0.25"]
    assert [row[0] for row in table_rows(text, "Shares")] == ["domain", "scenario", "deployment", "residual"]
    assert table_rows(text, "Agreement")[0] == ["run0", "k", "40 (0 without a verdict)", "0.90", "0.80 to 1.00"]
    assert table_rows(text, "Compliance by codification")[0][:3] == ["high", "a", "75%"]
    assert table_rows(text, "Trials without") == [["run1", "a", "operational", "8", "4", "0", "0"]]
    assert [note for note in found.notes if note.replace("'", "&#39;") not in text] == []
    assert "those of one deployment&#39;s in a domain 83 %" in text


def test_what_was_not_measured_says_so() -> None:
    assert table_rows(PAGES["an unmeasured cell"], "Compliance of each")[0] == ["a", "0%", "- not measured"]
    assert '<td class="unknown">- not measured</td>' in PAGES["an unmeasured cell"]
    assert "<td>- not in all domains</td>" in PAGES["an unmeasured cell"]
    assert "Nothing was measured in any domain of these 2 deployments." in PAGES["nothing measured"]
    assert table_rows(PAGES["nothing measured"], "Compliance by domain")[0][2:5] == [
        "- not measured",
        "- none",
        "100%",
    ]


def test_what_is_empty_is_not_on_the_page() -> None:
    assert Page.of(PAGES["nothing measured"]).texts("h2") == [
        "Domain by deployment",
        "Compliance by domain",
        "Missing evidence",
        "What the figures are worth",
        "The runs",
    ]
    assert [each.attributes["href"] for each in Page.of(PAGES["nothing measured"]).all("nav", "a")[2:]] == [
        "#heat",
        "#domains",
        "#missing",
        "#limits",
        "#runs",
    ]


def test_method_is_folded_below_what_was_found() -> None:
    page = Page.of(PAGES["usual"])
    folded = [each.text for each in page.all("h2") if "details" in each.parents]
    assert folded == [
        "Missing evidence",
        "Second judge",
        "Shares of the variance",
        "What the figures are worth",
        "The runs",
    ]
    assert page.texts("h2")[-5:] == folded
    assert not [each for each in page.all("details") if "open" in each.attributes]


def luminance(colour: tuple[float, ...]) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def rgb(text: str) -> tuple[float, ...]:
    digits = text if len(text) == 6 else "".join(2 * digit for digit in text)
    return tuple(int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))


@pytest.mark.parametrize("scheme", [0, 1])
def test_figures_are_readable_on_every_shade(scheme: int) -> None:
    style = Page.of(PAGES["usual"]).all("style")[0].text
    blocks = style.split(":root {")[1:]
    colours = {name: rgb(code) for name, code in re.findall(r"--([\w-]+): #(\w+);", blocks[scheme].split("}")[0])}
    shades = [int(share) / 100 for share in re.findall(r"color-mix\(in srgb, var\(--vermilion\) (\d+)%", style)]
    assert len(shades) == 5
    for share in shades:
        pairs = zip(colours["vermilion"], colours["paper"], strict=True)
        ground = tuple(share * strong + (1 - share) * paper for strong, paper in pairs)
        light, dark = sorted((luminance(ground), luminance(colours["ink"])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5
