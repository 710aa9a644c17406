"""The measure of likeness, and that all who are alike are found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.suite.lint.corpus import words_of
from pytest_domainsafety.core.suite.lint.similarity import shingles, similar_pairs, similarity

WORDS = st.lists(st.sampled_from("abcd"), min_size=1, max_size=12).map(tuple)
TEXTS = st.lists(WORDS, max_size=12)
THRESHOLDS = st.sampled_from([0.1, 0.3, 1 / 3, 0.5, 2 / 3, 0.8, 1.0])


@given(WORDS, WORDS)
def test_likeness_is_symmetric_and_a_share(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert similarity(one, other) == similarity(other, one)
    assert 0 <= similarity(one, other) <= 1


@given(WORDS)
def test_a_text_is_like_itself(words: tuple[str, ...]) -> None:
    assert similarity(words, words) == 1


def test_likeness_is_the_share_of_common_shingles() -> None:
    assert similarity("abcd", "abce") == pytest.approx(1 / 3)
    assert similarity("abcd", "dcba") == 0
    assert similarity(["a"], ["a", "b"]) == 0


@given(TEXTS, THRESHOLDS)
def test_each_text_that_is_like_a_shorter_one_is_told_once(texts: list[tuple[str, ...]], threshold: float) -> None:
    def rank(number: int) -> tuple[int, int]:
        return len(shingles(texts[number])), number

    pairs = list(similar_pairs(texts, threshold))
    assert all(one < other and value == similarity(texts[one], texts[other]) for one, other, value in pairs)
    assert all(value >= threshold for *_, value in pairs)
    expected = [
        number
        for number, text in enumerate(texts)
        if any(rank(each) < rank(number) and similarity(text, texts[each]) >= threshold for each in range(len(texts)))
    ]
    assert sorted(max(one, other, key=rank) for one, other, _ in pairs) == expected


@given(st.data(), TEXTS, THRESHOLDS)
def test_the_order_of_texts_is_nothing(data: st.DataObject, texts: list[tuple[str, ...]], threshold: float) -> None:
    shuffled = data.draw(st.permutations(texts))
    assert bool(list(similar_pairs(texts, threshold))) == bool(list(similar_pairs(shuffled, threshold)))


def test_of_many_copies_each_is_told_once() -> None:
    texts = [tuple(f"copy of one text with words {number % 2}".split()) for number in range(100)]
    assert len(list(similar_pairs(texts, 0.5))) == 99


def test_words_are_in_lower_case_and_never_none() -> None:
    assert words_of("Don't  STOP, it\N{RIGHT SINGLE QUOTATION MARK}s 9!") == (
        "don't",
        "stop",
        "it\N{RIGHT SINGLE QUOTATION MARK}s",
        "9",
    )
    assert words_of(" ?! ") == ("?!",)
