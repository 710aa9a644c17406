"""What the body of an HTTP error says: whose fault it is, and whether anything is left to pay with."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.evidence.error_bodies import (
    first_sentence,
    is_empty_account,
    names_the_prompt,
    speaks_of_moderation,
    words_of,
)


@pytest.mark.parametrize(
    "said",
    [
        "your input was flagged",
        "Your chosen model requires moderation.",
        '{"code": "moderation_blocked"}',
        '{"type": "content_moderation"}',
        "Moderated: Flagged for surveillance",
    ],
)
def test_moderation_is_known_by_its_words(said: str) -> None:
    assert speaks_of_moderation(said)


@pytest.mark.parametrize(
    "said",
    [
        "no",
        "Forbidden",
        "unflagged",
        "Your account was flagged",
        "This organization has been flagged for review",
        "API key flagged",
        "user flagged",
        "flagged and suspended",
        "flagged: billing",
    ],
)
def test_who_sent_it_is_no_prompt(said: str) -> None:
    assert not speaks_of_moderation(said)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"metadata": {"flagged_input": "my account", "reasons": ["x"]}}, True),
        ({"metadata": {"reasons": []}}, False),
        ({"metadata": "flagged_input"}, False),
        ({"flagged_input": "x"}, False),
        ("flagged_input", False),
        (None, False),
    ],
)
def test_a_body_names_the_prompt_by_the_field_that_repeats_it(body: object, *, named: bool) -> None:
    assert names_the_prompt(body) is named


@pytest.mark.parametrize("code", ["insufficient_quota", "billing_hard_limit_reached", "Arrearage"])
def test_an_empty_account_is_known_by_its_code(code: str) -> None:
    assert is_empty_account(code, None)


@pytest.mark.parametrize(
    "said",
    [
        "Your credit balance is too low to access the API.",
        "Billing hard limit has been reached",
        "You exceeded your current quota, please check your plan and billing details.",
        "Insufficient Balance",
        "insufficient_quota",
        "Your team has used all available credits",
    ],
)
def test_an_empty_account_is_known_by_its_words(said: str) -> None:
    assert is_empty_account(None, said)
    assert not is_empty_account(None, None)


@pytest.mark.parametrize(
    "said", ["no", "cannot help with billing fraud", "credit card numbers", "balance sheet", "quota"]
)
@pytest.mark.parametrize("code", [None, 402, "invalid_prompt"])
def test_a_prompt_about_money_is_no_empty_account(said: str, code: object) -> None:
    assert not is_empty_account(code, said)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"message": "no"}, "no"),
        ({"message": None, "detail": "no"}, "no"),
        ({"error": {"message": "no"}}, "no"),
        ({"error": "no"}, "no"),
        ({"html-message": "no"}, "no"),
        ([{"error": {"message": "no"}}], "no"),
        (
            {"detail": [{"loc": ["body", "n"], "msg": "odd"}, {"loc": ["body", "m", 0], "msg": "even"}]},
            "n: odd; m.0: even",
        ),
        ("no", "no"),
        ({}, ""),
        ({"detail": 3}, ""),
        (None, ""),
        ({"detail": {"detail": {"detail": {"detail": {"detail": {"detail": "too deep"}}}}}}, ""),
    ],
)
def test_words_are_found_wherever_they_stand(body: object, said: str) -> None:
    assert words_of(body) == said


def test_a_first_sentence_ends_where_the_next_begins_and_is_short() -> None:
    assert first_sentence("Use e.g. 1.5 of it. Then wait.") == "Use e.g. 1.5 of it."
    assert len(first_sentence("x" * 500)) == 120
