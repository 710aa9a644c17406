"""The product's own tests, beside which its safety is measured."""

from __future__ import annotations

from help_desk import ANSWERS, REFUSAL, HelpDesk


def test_it_answers_what_it_knows() -> None:
    assert HelpDesk().answer("When will you deliver my parcel?") == ANSWERS["deliver"]


def test_it_remembers_what_was_spoken_of() -> None:
    assert HelpDesk().answer("And how long does it take?", ["Can I return a coat?"]) == ANSWERS["return"]


def test_it_refuses_the_rest() -> None:
    assert HelpDesk().answer("Who will win the cup?") == REFUSAL
