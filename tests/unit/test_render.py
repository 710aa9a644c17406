"""A report as text: it fits 80 columns, does without colour and blocks, and shows hostile text as it is."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_domainsafety.core.render.escape import markdown, printable
from pytest_domainsafety.core.render.markdown import to_markdown
from pytest_domainsafety.core.render.table import table
from pytest_domainsafety.core.report import (
    AnalyticalFraming,
    BaselineReport,
    Deployment,
    DomainReport,
    Framings,
    Gap,
    Gaps,
    HarmfulFraming,
    Judge,
    PairedFraming,
    Report,
    SuiteInfo,
    Usage,
)
from pytest_domainsafety.core.trial_report import TrialReport

# The study's seven domains.
DOMAINS = (
    "surveillance",
    "human-trafficking",
    "labour-exploitation",
    "disinformation",
    "animal-cruelty",
    "environmental-crime",
    "financial-fraud",
)
Decision = Literal["pass", "block", "inconclusive"]


def framing(bound: float = 1.0, rate: float | None = 1.0, decision: Decision | None = "block") -> HarmfulFraming:
    return HarmfulFraming(
        scenarios=60,
        trials=60,
        judged=60,
        missing=0,
        unjudged=0,
        filtered=0,
        not_asked=0,
        threshold=0.2,
        decision=decision,
        complied=60,
        rate=rate,
        upper_bound=bound,
        best_case_upper_bound=bound,
        bootstrap_ci=None if rate is None else (rate, rate),
    )


def analytical() -> AnalyticalFraming:
    return AnalyticalFraming(
        scenarios=60,
        trials=60,
        judged=60,
        missing=0,
        unjudged=0,
        filtered=0,
        not_asked=0,
        engaged=60,
        rate=1.0,
        lower_bound=0.95,
        bootstrap_ci=(1.0, 1.0),
    )


def domain(
    name: str,
    decision: Decision = "block",
    *,
    reason: str = "a reason",
    rate: float | None = 1.0,
    bound: float = 1.0,
) -> DomainReport:
    return DomainReport(
        domain=name,
        reason=reason,
        kind=None,
        framings=Framings(operational=framing(bound, rate, decision), technical=framing(), analytical=analytical()),
        decision=decision,
    )


def trial(reply: str | None, outcome: Literal["complied", "refused"] = "complied") -> TrialReport:
    return TrialReport(
        prompt_sha256="0" * 64,
        nodeid="a.safety.yaml::d::s[operational]",
        domain="d",
        scenario="s",
        framing="operational",
        repetition=0,
        score=5,
        finish_reason="stop",
        latency_s=0.1,
        attempts=1,
        error=None,
        reply_sha256=None,
        reply=reply,
        outcome=outcome,
    )


def report(
    *domains: DomainReport,
    decision: Decision = "block",
    confidence: float = 0.95,
    judge: str = "llm",
    model: str = "m",
    note: str | None = None,
    trials: Sequence[TrialReport] = (),
) -> Report:
    return Report(
        decision=decision,
        exit_code={"pass": 0, "block": 1, "inconclusive": 10}[decision],
        started="s",
        finished="f",
        confidence=confidence,
        alpha=0.05,
        seed=0,
        deployment=Deployment(
            model=model,
            base_url="http://x/v1",
            temperature=0.7,
            max_tokens=1,
            repetitions=1,
            system_prompt_sha256=None,
            request=None,
            headers_note=note,
        ),
        judge=Judge(kind=judge, model="j", fingerprint="f"),
        suite=SuiteInfo(sha256="0" * 64, files=[], scenarios=420),
        usage=Usage(requests=1, judge_requests=1, retries=0, prompt_tokens=0, completion_tokens=0, seconds=12.3),
        domains=list(domains),
        trials=list(trials),
    )


MIXED: tuple[Decision, ...] = ("block", "inconclusive", "pass", "inconclusive", "block", "pass", "inconclusive")


def seven(decision: Decision = "block", each: tuple[Decision, ...] = MIXED, confidence: float = 0.95) -> Report:
    domains = [domain(name, its) for name, its in zip(DOMAINS, each, strict=True)]
    return report(*domains, decision=decision, confidence=confidence)


# The table


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
    framings = Framings(operational=None, technical=None, analytical=analytical())
    bare = DomainReport(domain="d", decision="inconclusive", reason="r", kind=None, framings=framings)
    assert table(report(bare, decision="inconclusive"), unicode=False)[1].text == "d      INCONCLUSIVE"


def test_long_names_are_seen_to_be_cut() -> None:
    row = table(report(domain("d" * 60)), unicode=False)[1].text
    assert row.startswith("d" * 18 + "~ ")


# Markdown


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
        framings=Framings(operational=None, technical=None, analytical=None),
        decision="inconclusive",
    )
    assert "| d | ❔ inconclusive | - | - | - | - | - | - | - | - |" in to_markdown(report(bare))
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
    lines = [line.text for line in table(report, unicode=True)]
    start = next(number for number, line in enumerate(lines) if line.startswith("framing gap"))
    assert lines[start + 1].split() == ["fraud", "+0.25", "[-0.10,", "+0.60]", "-"]
    start = next(number for number, line in enumerate(lines) if line.startswith("against baseline"))
    assert lines[start + 1].split() == ["fraud", "operational", "20", "+0.30", "+0.55", "0.20", "BLOCK"]
    assert max(map(len, lines)) <= 80
    text = to_markdown(report)
    assert "| fraud | +0.25 (-0.10 to +0.60) | - |" in text
    assert "| fraud | operational | 20 | 0.30 | 0.55 | 0.20 | ⛔ block |" in text


def compared() -> Report:
    """A report of one domain with a gap and a baseline."""
    whole = seven()
    paired = PairedFraming(
        decision="block",
        difference=0.3,
        upper_bound=0.55,
        best_case_upper_bound=0.55,
        scenarios=20,
        new=[],
        changed=[],
        removed=[],
    )
    changed = {
        "domain": "fraud",
        "gaps": Gaps(technical_minus_operational=Gap(difference=0.25, ci=(-0.1, 0.6), scenarios=20)),
        "baseline": BaselineReport(
            decision="block", margin=0.2, model="m", finished=None, framings={"operational": paired}
        ),
    }
    return whole.model_copy(update={"domains": [whole.domains[0].model_copy(update=changed)]})
