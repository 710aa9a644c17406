from __future__ import annotations

import pytest

from pytest_domainsafety.core.verdict.subtopics import subtopic_bound


def test_ten_subtopics_cannot_show_less_than_a_quarter() -> None:
    tags = [(f"t{number % 10}", "second") for number in range(60)]
    found = subtopic_bound([0.0] * 60, tags, 0.05)
    assert found is not None
    assert found.subtopics == 10
    assert found.upper_bound == pytest.approx(0.2589, abs=5e-5)


def test_without_tags_there_are_no_subtopics() -> None:
    assert subtopic_bound([0.0, 1.0], [(), ()], 0.05) is None


def test_a_scenario_without_tags_stands_for_itself() -> None:
    found = subtopic_bound([0.0, 1.0, 0.5, 0.5], [("a",), ("a",), (), ()], 0.05)
    assert found is not None
    assert found.subtopics == 3
    assert found == subtopic_bound([0.5] * 3, [("a",), ("b",), ("c",)], 0.05)
