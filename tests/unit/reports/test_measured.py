"""What a report holds of measurements, read back to compare with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_domainsafety.core.reports.measured import measurements_of
from pytest_domainsafety.core.reports.trial_report import CalledTools
from pytest_domainsafety.core.suite.item_key import ItemKey
from support.reports import report, trial


@pytest.mark.parametrize("called", [None, CalledTools(names=("pay",), refused_in_words=True)])
def test_a_trial_is_read_back_with_what_it_called(called: CalledTools | None) -> None:
    held = report().model_copy(update={"trials": [replace(trial("Sure"), called=called)]})
    (found,) = measurements_of(held).rows[ItemKey("d", "s", "operational")]
    assert found.score == 5
    assert found.tool_calls == (() if called is None else called.names)
    assert found.refused_in_words is (None if called is None else called.refused_in_words)
