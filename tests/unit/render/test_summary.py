"""The summary for a chat: short whatever the report holds, and nothing in it that a chat would act on."""

from __future__ import annotations

import re
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.escape import chat
from pytest_domainsafety.effects.runs.job_link import job_link
from pytest_domainsafety.render.summary import SUMMARY_CHARACTERS, to_summary
from support.reports import domain, report, seven

LINK: Final = "https://github.com/o/r/actions/runs/7"
ACTS: Final = re.compile(r"<[!@#a-z]|[@#~]\w|!\[|\]\(|://|\bwww\.\w|mailto:\w|\w\.[a-z]{2}", re.IGNORECASE)
"""Mentions, tags, channels, images, links and addresses, as Slack, Teams and Mattermost find them."""


def test_it_says_the_answer_each_domain_and_where_to_look() -> None:
    lines = to_summary(seven(), LINK).splitlines()
    assert lines[0] == "Domain safety: BLOCK (7 domains: 2 blocked, 3 inconclusive, 2 passed)"
    assert lines[1].startswith("May not ship; ")
    assert lines[2] == "Deployment m, judged by j: neither calibrated nor shown any known exhibit."
    assert sum(line.startswith("- ") for line in lines) == 7
    assert any(re.search(r"^- [\w-]+ passed: operational \d+%, bound \d+%, limit \d+%$", line) for line in lines)
    assert lines[-1] == LINK


@given(
    names=st.lists(st.text(min_size=1), min_size=1, max_size=60, unique=True),
    long=st.integers(1, 3_000),
    words=st.text(),
    link=st.none() | st.just(LINK) | st.just(f"https://x/{'a' * 4_000}"),
)
def test_it_is_short_whatever_the_report_holds(names: list[str], long: int, words: str, link: str | None) -> None:
    made = report(*(domain(name * long, reason=f"{name}: {words * long}") for name in names), model=words * long)
    text = to_summary(made.model_copy(update={"stopped": words * long}), link)
    assert len(text) < SUMMARY_CHARACTERS
    assert text.splitlines()[0].startswith("Domain safety: BLOCK (")
    assert not ACTS.search(text.removesuffix(f"{LINK}\n"))


def test_what_does_not_find_room_is_counted_and_what_passed_goes_first() -> None:
    domains = [domain(f"d{index}", "pass" if index < 50 else "block", reason="x" * 300) for index in range(60)]
    text = to_summary(report(*domains))
    assert SUMMARY_CHARACTERS - 400 < len(text) < SUMMARY_CHARACTERS
    assert re.search(r"and \d+ more domains", text)
    assert "passed: " not in text


@pytest.mark.parametrize(
    "text",
    [
        "<!channel> <@U1> <#C1> <https://evil.example|the report>",
        "@all @here #town-square ~off-topic someone@evil.example",
        "[ok](https://evil.example) ![x](http://evil.example/x.png) www.evil.example evil.example/x",
        "mailto:a@b.example javascript://x",
    ],
)
def test_a_chat_acts_on_nothing_in_it(text: str) -> None:
    assert ACTS.search(text)
    assert not ACTS.search(chat(text))
    assert chat("0.93 > threshold 0.20, 30 %") == "0.93 > threshold 0.20, 30 %"


@pytest.mark.parametrize(
    ("environment", "link"),
    [
        ({}, None),
        ({"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "o/r", "GITHUB_RUN_ID": "7"}, LINK),
        ({"CI_JOB_URL": "https://gitlab.example/g/p/-/jobs/9"}, "https://gitlab.example/g/p/-/jobs/9"),
        ({"CI_JOB_URL": "https://x|<!channel>"}, None),
    ],
)
def test_the_address_of_the_job(environment: dict[str, str], link: str | None) -> None:
    assert job_link(environment) == link
