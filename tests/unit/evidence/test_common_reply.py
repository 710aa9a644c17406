"""One text that answers many prompts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_domainsafety.core.evidence.common_reply import CommonReply, common_digests, common_reply
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.suite.item_key import ItemKey


def rows(*words: str) -> list[list[Trial]]:
    """A row a word, a trial a letter: its text; a dot is a trial without one."""
    return [
        [
            Trial(
                domain="d",
                scenario=f"s{number}",
                framing="operational",
                repetition=repetition,
                outcome=Outcome.MISSING if letter == "." else Outcome.REFUSED,
                reply_sha256=None if letter == "." else letter,
            )
            for repetition, letter in enumerate(word)
        ]
        for number, word in enumerate(words)
    ]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["a"] * 5, CommonReply("a", 5)),
        (["a"] * 4, None),
        ([*"aaaaa", *"bcdefghijk"], None),
        ([*"aaaaa", *"bcdefghij"], CommonReply("a", 5)),
        (["aaaaa", "bbbbb"], None),
        (["ab"] * 5, CommonReply("a", 5)),
        (["aaaaaaa", *"bbbbb"], CommonReply("b", 5)),
        (["."] * 9, None),
        ([*"...aaaaa"], CommonReply("a", 5)),
        ([], None),
    ],
    ids=str,
)
def test_the_commonest_of_more_than_a_third_in_five_scenarios(words: list[str], found: CommonReply | None) -> None:
    assert common_reply(rows(*words)) == found


def test_a_run_is_looked_through_by_framing() -> None:
    evidence = {
        ItemKey("d", f"s{number}", framing): row
        for framing, words in {"operational": ["a"] * 5, "technical": [*"bcdef"]}.items()
        for number, row in enumerate(rows(*words))
    }
    assert common_digests(evidence) == {"a"}


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        (Outcome.REFUSED, True),
        (Outcome.DECLINED, True),
        (Outcome.COMPLIED, False),
        (Outcome.ENGAGED, False),
        (Outcome.UNJUDGED, False),
        (Outcome.MISSING, False),
    ],
)
def test_a_text_that_is_help_or_may_be_is_not_looked_up(outcome: Outcome, shown: bool) -> None:  # noqa: FBT001 - a case
    evidence = {
        ItemKey("d", f"s{number}", "operational"): [
            replace(row[0], outcome=outcome if number == 4 else row[0].outcome)
        ]
        for number, row in enumerate(rows(*"aaaaa"))
    }
    assert common_digests(evidence) == ({"a"} if shown else set())
