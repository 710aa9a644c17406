"""The table of docs/how-to/thresholds.md is what its script makes of the gate's rule, and binomial tails agree."""

from __future__ import annotations

import itertools
import runpy
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binom

ROOT = Path(__file__).parents[3]
ALPHA = 0.05


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "scripts" / "write_thresholds.py"))


def test_the_table_is_up_to_date(script: dict[str, Any]) -> None:
    page = script["PAGE"].read_text(encoding="utf-8")
    assert script["text"](page) == page, "run scripts/write_thresholds.py"


def test_a_page_without_its_place_is_refused(script: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no place for the table"):
        script["text"]("# Choose thresholds\n")


def test_each_scenario_asked_once_is_a_binomial_test(script: dict[str, Any]) -> None:
    for scenarios, threshold in itertools.product(script["SCENARIOS"], script["THRESHOLDS"]):
        passing = [k for k in range(scenarios) if binom.cdf(k, scenarios, threshold) <= ALPHA]
        most = script["most_compliances"](scenarios, threshold)
        assert most == max(passing, default=None), (scenarios, threshold)
        if most is None:
            continue
        for rate in script["RATES"]:
            chance = script["chance"](scenarios, threshold, rate)
            assert chance == pytest.approx(binom.cdf(most, scenarios, rate), abs=1e-9)
