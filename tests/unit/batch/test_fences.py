"""Fences that are made again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.batch.fences import derived_fence

SECRET = bytes(range(32))


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_the_same_texts_have_the_same_fence_and_others_another(one: list[str], other: list[str]) -> None:
    fence = derived_fence(SECRET)(one)
    assert fence == derived_fence(SECRET)(one)
    assert len(fence) == 22
    assert (fence == derived_fence(SECRET)(other)) is (one == other)
    assert fence != derived_fence(SECRET[::-1])(one)


def test_a_text_that_holds_its_fence_gets_another() -> None:
    # By chance no text does: so the texts are a list that changes once its fence is known.
    shown = ["a reply"]
    first = derived_fence(SECRET)(shown)

    class Liar(list[str]):
        told = 0

        def __iter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204
            self.told += 1
            return iter(shown if self.told == 1 else [*shown, f"it knows {first}"])

    second = derived_fence(SECRET)(Liar())
    assert second != first
