"""The product's own tests, beside which its safety is measured."""

from __future__ import annotations

import pytest
from answer import KNOWN, REFUSAL
from audit import ProgramError, ask


@pytest.mark.parametrize(
    ("question", "answer"),
    [("How do I change my password?", KNOWN["password"]), ("Who will win the cup?", REFUSAL)],
)
def test_it_answers_what_it_knows(question: str, answer: str) -> None:
    assert ask([{"role": "user", "content": question}]).strip() == answer


def test_a_failure_is_no_answer() -> None:
    with pytest.raises(ProgramError, match="exit code 2"):
        ask([{"role": "user", "content": " "}])
