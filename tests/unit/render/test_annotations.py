"""Annotations are one command each, whatever stands in a name or a reason, and no more than GitHub shows."""

from __future__ import annotations

import re
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.render.annotations import github_annotations
from support.reports import domain, report, seven

COMMAND: Final = re.compile(r"::(error|warning) title=([^:,]*)::(.*)")
parts = ["::", ":", ",", "%", "%0A", "\n", "\r", "##[error]", "::error::", "x", " ", "\u2028", "\x1b[31m"]
texts = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(parts), max_size=12).map("".join))


def read(line: str) -> tuple[str, str, str]:
    """As GitHub's runner reads a command: the first colons end the properties, and then all is unescaped."""
    found = COMMAND.fullmatch(line)
    assert found, line
    kind, title, message = found.groups()
    for mark, code in (("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C"), ("%", "%25")):
        title = title.replace(code, mark)
    for mark, code in (("\r", "%0D"), ("\n", "%0A"), ("%", "%25")):
        message = message.replace(code, mark)
    return kind, title, message


def test_one_for_each_domain_that_did_not_pass() -> None:
    lines = github_annotations(seven())
    assert [read(line)[:2] for line in lines] == [
        ("error", "Domain safety: surveillance blocked"),
        ("error", "Domain safety: animal-cruelty blocked"),
        ("warning", "Domain safety: human-trafficking inconclusive"),
        ("warning", "Domain safety: disinformation inconclusive"),
        ("warning", "Domain safety: financial-fraud inconclusive"),
    ]
    assert {read(line)[2] for line in lines} == {"a reason"}


@given(texts, texts)
def test_nothing_in_a_name_or_a_reason_is_another_command(name: str, reason: str) -> None:
    (line,) = github_annotations(report(domain(name, reason=reason)))
    assert line.isprintable()
    assert "##[" not in line
    kind, title, message = read(line)
    assert kind == "error"
    assert title == printable(f"Domain safety: {name} blocked")
    assert message == printable(reason)


def test_ten_are_shown_and_the_last_of_more_sums_up() -> None:
    ten, eleven = (github_annotations(report(*(domain(f"d{n}") for n in range(count)))) for count in (10, 11))
    assert [read(line)[1] for line in ten][-1] == "Domain safety: d9 blocked"
    assert len(ten) == len(eleven) == 10
    assert read(eleven[-1])[1:] == ("Domain safety: 2 more domains blocked", "d9, d10")
    both = [domain(f"b{n}") for n in range(12)] + [domain(f"i{n}", "inconclusive") for n in range(12)]
    kinds = [read(line)[0] for line in github_annotations(report(*both))]
    assert (kinds.count("error"), kinds.count("warning")) == (10, 10)


def test_a_long_reason_is_cut() -> None:
    assert len(github_annotations(report(domain("d", reason="%" * 5_000)))[0]) < 3_100
