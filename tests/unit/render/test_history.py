"""A history as text and as Markdown."""

from __future__ import annotations

import re

import pytest

from pytest_domainsafety.core.history.assemble import history
from pytest_domainsafety.core.history.report import History
from pytest_domainsafety.render.fitting import size
from pytest_domainsafety.render.history import to_text
from pytest_domainsafety.render.history_markdown import to_markdown
from support.histories import HOSTILE, hostile, run, several


def test_a_domain_is_a_line_with_the_last_five_runs() -> None:
    lines = to_text(several(), unicode=True).splitlines()
    assert re.split(r" +", lines[0]) == ["domain", "rates", "#3", "#4", "#5", "#6", "#7"]
    assert re.split(r" +", lines[1]) == ["fraud", "▁▂▂.-▇█", "20/40P", ".", "-/100I", "80/100B", "100/100B"]
    assert re.split(r" +", lines[2]) == ["fraud[technical]", ".....▅.", *["."] * 3, "50/45B", "."]
    assert "own row stands the decision of all its gates" in " ".join(lines)
    assert re.split(r" +", lines[3]) == ["quiet", "...▁...", ".", "10/40r", *["."] * 3]


def test_without_blocks_the_rates_are_digits() -> None:
    text = to_text(several(), unicode=False)
    assert "012.-89" in text
    assert text.isascii()


def test_what_changed_stands_below_its_run() -> None:
    text = to_text(several(), unicode=True)
    lines = text.splitlines()
    place = lines.index("#6 2026-01-06 10:00 BLOCK candidate-5, judged by judge-model (run-5)")
    assert lines[place + 1 : place + 4] == [
        "* suite changed (20 -> 30 scenarios)",
        "* fraud: threshold 0.30 -> 0.40",
        "* fraud: threshold[technical] none -> 0.40",
    ]
    assert "#5 2026-01-05 10:00 INCONCLUSIVE, INTERRUPTED candidate-4" in text
    assert "and 2 earlier runs (--json lists all)" in text


def test_bars_that_moved_alike_are_told_once() -> None:
    found = history({"a": run(1, "x", "y", "z"), "b": run(2, "x", "y", "z", threshold=0.4)})
    assert "* all domains: threshold 0.30 -> 0.40" in to_text(found, unicode=True)


@pytest.mark.parametrize("made", [several(), hostile()])
def test_it_fits_a_terminal_and_nothing_in_it_acts(made: History) -> None:
    text = to_text(made, unicode=True)
    assert max(len(line) for line in text.splitlines() if HOSTILE.split()[-1] not in line) <= 80
    assert "\x1b" not in text
    assert not any(line.startswith("::") for line in text.splitlines())
    assert text.endswith("\n")


def test_markdown_has_every_run_and_what_changed() -> None:
    text = to_markdown(several())
    assert "## Domain safety: a history of 7 runs" in text
    assert "| fraud | 0.00 ≤ 0.20 ✅ | 0.15 ≤ 0.30 ✅ | 0.20 ≤ 0.40 ✅ | . | - ≤ 1.00 ❔ |" in text
    assert "| 6 | 2026\\-01\\-06 10\\:00 | ⛔ block | candidate\\-5 | judge\\-model | run\\-5 | suite changed" in text
    assert "❔ inconclusive, interrupted" in text


def test_markdown_shows_hostile_names_as_they_are() -> None:
    text = to_markdown(hostile())
    assert "<script" not in text
    assert "\x1b" not in text
    assert "](" not in text


def test_markdown_that_is_too_long_keeps_the_newest_runs() -> None:
    runs = {f"run-{number}": run(number + 1, "fraud", suite=number) for number in range(9)}
    whole = to_markdown(history(runs))
    cut = to_markdown(history(runs), limit=3_000)
    assert size(cut) <= 3_000 < size(whole) + 1_500
    assert "| 9 |" in cut
    assert "| 1 | 2026" not in cut
    assert "more runs" in cut
