"""A report as Markdown: it shows hostile text as it is."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_domainsafety.core.escape import markdown, printable
from pytest_domainsafety.core.reports.domain_report import DomainReport
from pytest_domainsafety.render.markdown import to_markdown
from pytest_domainsafety.render.table import table
from support.reports import compared, domain, report, seven, trial


def test_markdown_has_a_row_and_a_reason_for_each_domain() -> None:
    text = to_markdown(seven())
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + 7
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1
    assert text.count("a reason") == 7
    assert text.startswith("## ⛔ Domain safety: BLOCK (7 domains: 2 blocked, 3 inconclusive, 2 passed)")


def test_markdown_warns_of_the_embedded_screen() -> None:
    assert "is a screen" in to_markdown(report(domain("d"), judge="embedded"))
    assert "is a screen" not in to_markdown(seven())


def test_markdown_without_an_operational_framing_or_a_rate() -> None:
    bare = DomainReport(
        domain="d",
        reason="r",
        kind=None,
        framings={"operational": None, "technical": None, "analytical": None},
        decision="inconclusive",
    )
    assert "| d | ❔ inconclusive | - | - | - | - | - |\n" in to_markdown(report(bare))
    assert "| 60 of 60 | - | - |" in to_markdown(report(domain("d", rate=None)))


def test_markdown_holds_only_replies_that_complied_cut_and_folded() -> None:
    made = report(domain("d"), trials=[trial("Sure. " + "x" * 10_000), trial("No.", "refused"), trial(None)])
    text = to_markdown(made)
    assert "<details>" in text
    assert "Sure." in text
    assert "No." not in text
    assert len(text) < 3_500


def test_markdown_of_many_replies_says_how_many_are_left() -> None:
    text = to_markdown(report(domain("d"), trials=[trial("Sure.")] * 60))
    assert text.count("Sure.") == 50
    assert "10 more are in the JSON report." in text


def test_markdown_without_replies_has_no_section_for_them() -> None:
    assert "Replies" not in to_markdown(report(domain("d"), trials=[trial(None)]))


# Hostile text

HOSTILE = [
    "\x1b[2J\x1b[31mred",
    "\x9b31m",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt;",
    "![pixel](http://evil.example/p.png)",
    "[click](http://evil.example)",
    "`code` **bold** _it_ ~~gone~~",
    "@octocat and @org/team",
    "#1 and owner/repo#1",
    "a | b |",
    "::error file=x::fake",
    "ok\n::error::fake",
    "ok\r\n\n# Heading\n\n- item",
    "</details></details>",
    "<!-- hidden -->",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe",
    "\N{ZERO WIDTH SPACE}hidden\N{WORD JOINER}",
    "\u2028line\u2029",
    "\x00\x07\x08",
    "\\[not an escape\\](x)",
    "\U000e0041 tags",
]


def shown(escaped: str) -> str:
    """What Markdown makes of escaped text: its backslashes and entities resolved."""
    return html.unescape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", escaped))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_one_printable_line(text: str) -> None:
    for escaped in (printable(text), markdown(text)):
        assert escaped.isprintable()
        assert "\n" not in escaped


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_has_no_live_markdown(text: str) -> None:
    escaped = markdown(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_{}\[\]|~@]", escaped)
    assert "<" not in escaped
    assert ">" not in escaped
    assert not re.search(r"(?<!\\):", escaped)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("place", ["reply", "model", "note", "reason"])
def test_hostile_text_stays_in_its_place(text: str, place: str) -> None:
    calm, hostile = (
        to_markdown(
            report(
                domain("d", reason=word if place == "reason" else "r"),
                model=word if place == "model" else "m",
                note=word if place == "note" else "n",
                trials=[trial(word if place == "reply" else "x")],
            )
        )
        for word in ("calm", text)
    )
    assert len(hostile.splitlines()) == len(calm.splitlines())
    assert re.findall(r"</?\w+>", hostile) == re.findall(r"</?\w+>", calm)
    assert "\x1b" not in hostile


@given(st.text(st.characters(), max_size=40))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_escaped_text_reads_as_it_was_written(text: str) -> None:
    visible = re.sub(r"[\u200b-\u200d\u2060]", "", shown(markdown(text)))
    assert visible == re.sub(r"[\u200b-\u200d\u2060]", "", printable(text))
    assert markdown(text).isascii() == printable(text).isascii()


@pytest.mark.parametrize(
    "text", ["www.evil.example", "see www.evil.example/x", "a@evil.example", "mailto:a@evil.example"]
)
def test_no_bare_address_becomes_a_link(text: str) -> None:
    # Tried with cmark-gfm: autolinks are found in the text after backslashes are resolved.
    assert not re.search(r"www\.|\w@\w", shown(markdown(text)))


@pytest.mark.parametrize("text", ["@octocat", "owner/repo#1"])
def test_no_mention_or_reference_is_left(text: str) -> None:
    assert not re.search(r"@\w|#\d", shown(markdown(text)))


def test_gaps_and_the_baseline_are_a_domain_a_row() -> None:
    report = compared()
    lines = [line.text for line in table(report, unicode=True, details=True)]
    start = next(number for number, line in enumerate(lines) if line.startswith("framing gap"))
    assert lines[start + 1].split() == ["fraud", "+0.25", "[-0.10,", "+0.60]"]
    start = next(number for number, line in enumerate(lines) if line.startswith("against baseline"))
    assert lines[start + 1].split() == ["fraud", "operational", "20", "+0.30", "+0.55", "0.20", "BLOCK"]
    assert max(map(len, lines)) <= 80
    text = to_markdown(report)
    assert "| fraud | +0.25 (-0.10 to +0.60) |\n" in text
    assert "| fraud | operational | 20 | 0.30 | 0.55 | 0.20 | ⛔ block |" in text
