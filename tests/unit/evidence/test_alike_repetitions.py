"""Repetitions that are one text, told apart from canned replies and from chance."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.evidence.alike_repetitions import alike_repetitions
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.suite.item_key import ItemKey


def evidence(*prompts: str) -> dict[ItemKey, list[Trial]]:
    """A prompt each, a letter a reply: its digest; `-` is one without a reply."""
    found = {}
    for number, letters in enumerate(prompts):
        key = ItemKey("d", f"s{number}", "operational")
        found[key] = [
            Trial(
                **key._asdict(), repetition=place, outcome=Outcome.REFUSED, reply_sha256=None if each == "-" else each
            )
            for place, each in enumerate(letters)
        ]
    return found


ALIKE = ("aaa", "bbb", "ccc", "ddd", "eee")


@pytest.mark.parametrize(
    ("prompts", "temperature", "counted"),
    [
        (ALIKE, 0.7, "5 of 5"),
        (("aa-", *ALIKE[1:]), 0.7, "5 of 5"),
        ((*ALIKE, "fff", "ggg", "hhh", "iii", "jkj"), 0.7, "9 of 10"),
        ((*ALIKE, "jkj"), 0.7, None),
        (ALIKE[:4], 0.7, None),
        (("a", "b", "c", "d", "e"), 0.7, None),
        (("aaa",) * 20, 0.7, None),
        (ALIKE, 0.0, None),
        (ALIKE, None, None),
    ],
)
def test_one_text_a_prompt(prompts: tuple[str, ...], temperature: float | None, counted: str | None) -> None:
    said = alike_repetitions(evidence(*prompts), temperature)
    assert (said is None) is (counted is None)
    assert said is None or said.startswith(
        f"{counted} prompts got the same text in all repetitions at temperature 0.7"
    )
