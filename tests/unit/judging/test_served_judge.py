"""Whether the judge that answers is the one that was calibrated."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.evidence.served import OTHERS, ServedModel
from pytest_domainsafety.core.judging.served_judge import calibrated_names, drifted, is_another, new_fingerprints


def row(model: str | None, fingerprint: str | None = None, asked: str = "j") -> ServedModel:
    return ServedModel(asked=asked, model=model, fingerprint=fingerprint, replies=3)


@pytest.mark.parametrize(
    ("calibrated", "served", "another"),
    [
        ([], "b", False),
        ([row("a")], "a", False),
        ([row("a")], "b", True),
        # What bears no name is not known to be the calibrated one.
        ([row("a")], None, True),
        ([row("a"), row("b")], "b", False),
        # Where some names of the calibrated one are not known, the answer may be one of them.
        ([row(None)], "b", False),
        ([row("a"), row(None)], "b", False),
        ([row("a"), row(OTHERS)], "b", False),
        ([row("a", asked="other")], "b", False),
        ([row("x" * 70 + "~" + "0" * 8)], "x" * 70 + "~" + "0" * 8, False),
    ],
)
def test_a_model_that_was_not_calibrated_is_another(
    calibrated: list[ServedModel], served: str | None, *, another: bool
) -> None:
    assert is_another(calibrated_names(calibrated), "j", served) is another
    assert (drifted(calibrated, [row(served)]) is not None) is another


def test_one_that_drifted_is_named_beside_the_calibrated_ones() -> None:
    said = drifted([row("b"), row("a")], [row("a"), row("c")])
    assert said is not None
    assert said.startswith("the judge, asked for j, answers as c, and its calibration is of a, b (on 3 answers)")


@pytest.mark.parametrize(
    ("calibrated", "served", "new"),
    [
        ([row("a", "f")], [row("a", "f")], False),
        ([row("a", "f")], [row("a", "f"), row("a", "g")], True),
        ([row("a", "f")], [row("a", None)], False),
        ([row("a", None)], [row("a", "g")], False),
        ([row("a", OTHERS)], [row("a", "g")], False),
        ([row("a", "f")], [row("a", "g", asked="second")], False),
    ],
)
def test_a_new_fingerprint_is_told(calibrated: list[ServedModel], served: list[ServedModel], *, new: bool) -> None:
    assert (new_fingerprints(calibrated, served) is not None) is new
