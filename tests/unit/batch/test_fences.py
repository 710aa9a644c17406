"""The derived line between what a judge is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.batch.fences import derived_fence

TEXTS = st.lists(st.text(max_size=20), max_size=4)


@given(TEXTS, st.binary(min_size=1, max_size=8))
def test_the_same_texts_have_the_same_line_and_it_stands_in_none(shown: list[str], secret: bytes) -> None:
    fence = derived_fence(secret, shown)
    assert fence == derived_fence(secret, shown)
    assert len(fence) == 22
    assert not any(fence in text for text in shown)


def test_another_secret_or_another_parting_has_another_line() -> None:
    lines = {
        derived_fence(secret, shown) for secret in (b"a", b"b") for shown in (["ab", "c"], ["a", "bc"], ["abc"], [])
    }
    assert len(lines) == 8


def test_who_knew_the_line_could_not_put_it_into_the_text() -> None:
    # A text that holds its own line is not to be made without the secret; lines of other texts do no harm.
    other = derived_fence(b"a", ["x"])
    assert derived_fence(b"a", [other]) != other
