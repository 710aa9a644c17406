"""The HTML report is well made and legible, and nothing in it can act."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from itertools import pairwise

import pytest

from pytest_domainsafety.render.html.page import data_block, render
from pytest_domainsafety.render.html.report_page import to_html
from support.hostile_replies import HOSTILE_REPLIES
from support.html_pages import Page
from support.report_pages import ODD, made, usual


@pytest.fixture(params=[*ODD, "hostile"])
def text(request: pytest.FixtureRequest) -> str:
    return made(request.param)


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
    allowed |= {"option", "input", "button", "output", "small", "footer", "script", "noscript", "dialog", "kbd"}
    assert {element.tag for element in page.elements} <= allowed
    for element in page.elements:
        assert not [
            name for name in element.attributes if name.startswith("on") or name in {"style", "src", "xlink:href"}
        ]
        assert (element.attributes.get("href") or "#").startswith("#")
    # A block of data is no script, and comes before the one there is.
    assert [each.attributes.get("type") for each in page.all("script")][-1:] == [None]
    assert {each.attributes.get("type") for each in page.all("script")[:-1]} <= {"application/json"}
    assert len(page.all("style")) == 1
    assert "url(" not in page.all("style")[0].text


def test_the_policy_knows_the_one_style_and_the_one_script(text: str) -> None:
    page = Page.of(text)
    metas = [element.attributes for element in page.all("meta")]
    (policy,) = (meta["content"] for meta in metas if meta.get("http-equiv") == "Content-Security-Policy")
    digests = {
        tag: base64.b64encode(hashlib.sha256(page.all(tag)[-1].text.encode()).digest()).decode()
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


def test_the_same_report_is_the_same_page() -> None:
    assert to_html(usual()) == to_html(usual())


def test_a_page_without_a_script_allows_none() -> None:
    assert "script-src 'none'" in str(Page.of(render("base.html.j2")).all("meta")[1].attributes["content"])


def test_a_hostile_reply_is_one_text() -> None:
    page = Page.of(made("hostile"))
    held = [each["reply"] for each in page.data()["trials"]]
    assert len(held) == len(HOSTILE_REPLIES)
    for text, reply in zip(held, HOSTILE_REPLIES.values(), strict=True):
        kept = [character for character in reply if character.isprintable() and character not in " \ufffd"]
        assert [character for character in text if character not in " \n\ufffd"] == kept
    shown = [element for element in page.all("pre") if "td" in element.parents]
    assert shown
    for pre in shown:
        assert pre.parents[-2:] == ("td", "details")
        assert pre.text in held


ENDS = ("</script>", "<!--<script>", "]]>", "&lt;/script&gt;", "\u2028", "\\u003c/script>")


@pytest.mark.parametrize("text", ENDS)
def test_nothing_ends_a_block_of_data(text: str) -> None:
    block = str(data_block({text: [text]}))
    assert not {"<", ">", "&"} & set(block)
    assert json.loads(block) == {text: [text]}


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
