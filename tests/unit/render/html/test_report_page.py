"""The HTML report: it shows every figure, none that was not measured, and nothing in it can act."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import cycle, pairwise
from typing import Any, cast

import pytest

from pytest_domainsafety.core.reports.report import Framings, Report
from pytest_domainsafety.render.html.page import render
from pytest_domainsafety.render.html.report_page import to_html
from pytest_domainsafety.render.html.verdict_view import why
from support.hostile_replies import HOSTILE_REPLIES
from support.html_pages import Page, analytical, domain, harmful, report, trial

MARKUP = (
    "</title></style></script><script>alert(1)</script><img src=x onerror=alert(1)>"
    "<svg/onload=alert(1)><iframe src=http://evil.example></iframe>\"' onmouseover='alert(1)' style='top:0'"
    "{{ 7 * 7 }}{% raw %}<!-- ]]> \u202e\u2066\x00\x1b[31m\ud800 javascript:alert(1) &lt;b&gt;"
)
EMPTY = Framings(operational=None, technical=None, analytical=None)


def usual() -> Report:
    trials = [
        trial("s0", outcome="complied"),
        trial("s0", outcome="refused", repetition=1),
        trial("s1", outcome="complied"),
        trial("s2", outcome="refused"),
        trial("s3", outcome="missing", score=None),
        trial("s0", outcome="complied", framing="technical"),
        trial("s1", outcome="refused", framing="technical", attempts=3),
        trial("s0", outcome="engaged", framing="analytical"),
    ]
    lacking = harmful(None, 1.0, unjudged=1)
    return report(
        [
            domain("fraud"),
            domain("arson", "pass", kind=None),
            domain("spying", "inconclusive", framings=Framings(operational=lacking, technical=None, analytical=None)),
        ],
        trials,
    )


ODD: dict[str, Report] = {
    "usual": usual(),
    "nothing at all": report(decision="inconclusive"),
    "no trial": report([domain("fraud")]),
    "no framing": report([domain("fraud", framings=EMPTY, gaps={}, baseline=None)], decision="inconclusive"),
    "nothing measured": report(
        [
            domain(
                "fraud",
                framings=Framings(operational=harmful(None, 1.0), technical=None, analytical=analytical(None)),
            )
        ],
        [trial(f"s{number}", outcome="missing") for number in range(20)],
        decision="inconclusive",
    ),
    "stopped in sequence": report(
        [domain("fraud", "pass", framings=Framings(operational=harmful(0.0, None), technical=None, analytical=None))]
    ),
    "only analytical": report(
        [domain("fraud", framings=Framings(operational=None, technical=None, analytical=analytical()))]
    ),
    "interrupted": report([domain("fraud")], interrupted=True, stopped="the budget of requests is spent"),
    "passed": report([domain("fraud", "pass"), domain("arson", "pass")], decision="pass"),
}


def hostile() -> Report:
    """The usual report with hostile text wherever a report holds text that is not ours."""
    numbers: Iterator[int] = iter(range(10**6))

    def planted(value: Any, key: str = "") -> Any:  # noqa: ANN401
        if isinstance(value, dict):
            return {name: planted(part, name) for name, part in value.items()}
        if isinstance(value, list):
            return [planted(part, key) for part in value]
        ours = {"schema", "decision", "kind", "framing", "outcome", "stop_early", "sha256"}
        if isinstance(value, str) and key not in ours:
            return f"{MARKUP}{next(numbers)}"
        return value

    plain = usual().model_dump(by_alias=True)
    data = cast("dict[str, Any]", planted(plain))
    data["judge"] |= {"kind": MARKUP, "warnings": [MARKUP]}
    data["deployment"] |= {"request": {MARKUP: MARKUP}, "headers_note": MARKUP, "warnings": [MARKUP]}
    said = {"error": MARKUP, "finish_reason": MARKUP}
    data["trials"] = [
        {**each, **said, "reply": reply} for each, reply in zip(cycle(data["trials"]), HOSTILE_REPLIES.values())
    ]
    return Report.model_validate(data)


@pytest.fixture(params=[*ODD, "hostile"])
def text(request: pytest.FixtureRequest) -> str:
    return made(request.param)


@cache
def made(name: str) -> str:
    """A page, drawn once."""
    return to_html(hostile() if name == "hostile" else ODD[name])


def test_nothing_in_a_page_can_act(text: str) -> None:
    page = Page.of(text)
    allowed = {"html", "head", "meta", "title", "style", "body", "a", "header", "p", "h1", "h2", "h3", "span", "nav"}
    allowed |= {
        "ul",
        "li",
        "main",
        "section",
        "div",
        "figure",
        "svg",
        "g",
        "path",
        "line",
        "text",
        "table",
        "caption",
    }
    allowed |= {"thead", "tbody", "tr", "th", "td", "details", "summary", "dl", "dt", "dd", "pre", "label", "select"}
    allowed |= {"option", "input", "button", "output", "small", "footer", "script"}
    assert {element.tag for element in page.elements} <= allowed
    for element in page.elements:
        assert not [
            name for name in element.attributes if name.startswith("on") or name in {"style", "src", "xlink:href"}
        ]
        assert (element.attributes.get("href") or "#").startswith("#")
    assert len(page.all("script")) == len(page.all("style")) == 1
    assert "url(" not in page.all("style")[0].text


def test_the_policy_knows_the_one_style_and_the_one_script(text: str) -> None:
    page = Page.of(text)
    metas = [element.attributes for element in page.all("meta")]
    (policy,) = (meta["content"] for meta in metas if meta.get("http-equiv") == "Content-Security-Policy")
    digests = {
        tag: base64.b64encode(hashlib.sha256(page.all(tag)[0].text.encode()).digest()).decode()
        for tag in ("style", "script")
    }
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digests['style']}'; script-src 'sha256-{digests['script']}'; "
        "img-src 'none'; base-uri 'none'; form-action 'none'"
    )
    # A policy holds only for what stands after it.
    tags = [element.tag for element in page.elements]
    assert metas[1].get("http-equiv")
    assert tags.index("meta") < tags.index("style")


def test_a_page_is_well_made(text: str) -> None:
    page = Page.of(text)
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for element in page.elements:
        for name in ("aria-labelledby", "for"):
            assert element.attributes.get(name, ids[0]) in ids
        if (href := element.attributes.get("href")) is not None:
            assert href.removeprefix("#") in ids
    levels = [int(element.tag[1]) for element in page.all("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(page.all("table")) == len(page.all("caption"))
    assert all("scope" in element.attributes for element in page.all("th"))
    assert {"header", "nav", "main", "footer"} <= {element.tag for element in page.elements}
    assert page.all("html")[0].attributes == {"lang": "en"}


def test_text_is_printable(text: str) -> None:
    assert all(line.isprintable() for line in text.split("\n"))
    assert text.encode()


@pytest.mark.parametrize("name", ODD)
def test_nothing_is_shown_that_is_no_figure(name: str) -> None:
    assert {"None", "nan", "NaN", "inf", "null"}.isdisjoint(re.findall(r"\w+", made(name).split("<script")[0]))


def test_the_same_report_is_the_same_page() -> None:
    assert to_html(usual()) == to_html(usual())


def test_a_page_without_a_script_allows_none() -> None:
    assert "script-src 'none'" in str(Page.of(render("base.html.j2")).all("meta")[1].attributes["content"])


def test_the_order_of_a_report() -> None:
    page = Page.of(made("usual"))
    assert page.texts("h2") == [
        "The gates",
        "Framing gaps",
        "Which scenarios drive the rate",
        "Judge and calibration",
        "Missing evidence",
        "Against the baseline",
        "How to reproduce",
        "Every trial",
    ]
    assert page.texts("h1") == ["Blocked"]
    assert "fraud: a reason" in page.texts("li")
    assert why(usual()) in page.texts("p")


def rows(text: str, caption: str) -> list[list[str]]:
    """The cells of a table's rows."""
    table = next(part for part in text.split("<table")[1:] if f"<caption>{caption}" in part).split("</table>")[0]
    body = table.split("<tbody")[1].split("<tr")[1:]
    return [[re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in body]


def test_every_figure_of_the_gates_is_there() -> None:
    assert rows(made("usual"), "Figures of the gates") == [
        ["fraud", "operational", "blocked", "5 of 20", "0.25", "0.12 to 0.25", "0.45", "0.30"],
        ["fraud", "technical", "- not gated", "10 of 20", "0.50", "0.25 to 0.50", "0.45", "- none"],
        ["arson", "operational", "blocked", "5 of 20", "0.25", "0.12 to 0.25", "0.45", "0.30"],
        ["arson", "technical", "- not gated", "10 of 20", "0.50", "0.25 to 0.50", "0.45", "- none"],
        ["spying", "operational", "blocked", "- not measured", "- not measured", "- none", "1.00", "0.30"],
    ]


def test_the_other_tables() -> None:
    text = made("usual")
    assert rows(text, "Framing gaps")[:2] == [
        ["fraud", "technical - operational", "+0.25", "-0.10 to +0.60", "20"],
        ["fraud", "engaged - complied", "- not measured", "-1.00 to +1.00", "20"],
    ]
    assert rows(text, "Scenarios of fraud") == [["s0", "1 of 2", "1 of 1"], ["s1", "1 of 1", "0 of 1"]]
    assert rows(text, "Trials without") == [["spying", "operational", "20", "20", "1", "0", "0"]]
    assert rows(text, "The commonest errors") == [["the endpoint answered 503", "1"]]
    assert rows(text, "Change against")[0] == [
        "fraud", "operational", "passed", "20", "+0.05", "+0.15", "+0.20", "1 new, 0 changed, 0 removed",
    ]  # fmt: skip


def test_the_trials_can_be_filtered() -> None:
    page = Page.of(made("usual"))
    trials = [element.attributes for element in page.all("tr") if "data-domain" in element.attributes]
    options = page.texts("option")
    assert options == [
        "all", "fraud", "all", "operational", "technical", "analytical",
        "all", "complied", "refused", "missing", "engaged",
    ]  # fmt: skip
    assert [row["data-outcome"] for row in trials] == ["0", "1", "0", "1", "2", "0", "1", "3"]
    assert [row["data-framing"] for row in trials] == ["0", "0", "0", "0", "0", "1", "1", "2"]
    assert [row.get("class") for row in trials] == [None, "quiet", None, "quiet", None, None, "quiet", "quiet"]
    # Without the script there is nothing to filter with.
    assert "hidden" in next(e for e in page.elements if e.attributes.get("id") == "controls").attributes


def test_replies_are_folded_behind_a_warning_and_only_where_they_are_held() -> None:
    without = made("usual")
    assert "Show the reply" not in without
    text = to_html(report([domain("fraud")], [trial(reply="Sure,\n\n<b>one</b>\u202e\x1b[1m\xa0two")]))
    assert '<pre tabindex="0" dir="auto">Sure,\n\n&lt;b&gt;one&lt;/b&gt;\ufffd\ufffd[1m two</pre>' in text
    (folded,) = (element for element in Page.of(text).all("details") if "td" in element.parents)
    assert folded.attributes == {}
    assert "they are no advice" in text
    assert "they are no advice" not in without


def test_a_hostile_reply_is_one_text() -> None:
    replies = [element for element in Page.of(made("hostile")).all("pre") if "td" in element.parents]
    assert len(replies) == len(HOSTILE_REPLIES)
    for pre, reply in zip(replies, HOSTILE_REPLIES.values(), strict=True):
        assert pre.parents[-2:] == ("td", "details")
        kept = [character for character in reply if character.isprintable() and character not in " \ufffd"]
        assert [character for character in pre.text if character not in " \n\ufffd"] == kept


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
    text = to_html(report([domain("fraud", framings=Framings(operational=found, technical=None, analytical=None))]))
    assert rows(text, "Bounds with")[0] == ["fraud", "operational", "0.25", "0.20", "0.45", "0.50"]
    assert rows(text, "Figures of the gates")[0][6] == "0.50"


def test_the_embedded_screen_is_doubted() -> None:
    data = usual().model_dump(by_alias=True)
    data["judge"] |= {"kind": "embedded", "model": None}
    assert "is a screen" in to_html(Report.model_validate(data))
    assert "is a screen" not in made("usual")


@pytest.mark.parametrize("scheme", [0, 1])
def test_text_stands_out_from_its_ground(scheme: int) -> None:
    style = Page.of(made("no trial")).all("style")[0].text
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#\w+);", "".join(blocks[: scheme + 1])))
    pairs = [
        (text, ground) for text in ("ink", "soft", "link", "pass", "block", "inconclusive") for ground in ("paper",)
    ]
    pairs += [(text, f"{word}-wash") for word in ("pass", "block", "inconclusive") for text in (word, "ink", "soft")]
    pairs += [(f"on-{colour}", colour) for colour in ("blue", "vermilion", "orange")] + [
        ("ink", "line"),
        ("ink", "raised"),
    ]
    assert {pair: ratio for pair in pairs if (ratio := contrast(*(colours[name] for name in pair))) < 4.5} == {}
    drawn = {name: contrast(colours[name], colours["paper"]) for name in ("blue", "vermilion", "ink", "soft")}
    assert min(drawn.values()) >= 3


def contrast(first: str, second: str) -> float:
    """WCAG 2's contrast ratio."""

    def luminance(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
        parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
