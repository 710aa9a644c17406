"""Names of framings in the terminal's columns."""

from __future__ import annotations

import pytest

from pytest_domainsafety.render.framings import fitted, named


@pytest.mark.parametrize(
    ("name", "shown"),
    [("operational", "operational"), ("role", "role       "), ("operational[de]", "opera~l[de]")],
)
def test_a_name_keeps_its_column(name: str, shown: str) -> None:
    assert named(name) == shown
    assert len(named("x" * 40)) == len(named("x"))


@pytest.mark.parametrize("width", [4, 11, 29])
def test_both_ends_of_a_long_name_are_kept(width: int) -> None:
    name = "a" * 40 + "z"
    assert len(fitted(name, width)) == width
    assert fitted(name, width)[0] + fitted(name, width)[-1] == "az"
    assert fitted("b", width) == "b".rjust(width)
