"""A model card with our section: what was measured has its figures, and what was not has none."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.effects.files.model_cards import updated, write_model_card
from pytest_domainsafety.render.model_card import END, START
from support.card_reports import Decision, read_back, report


def test_a_card_that_is_not_there_is_made_small_and_whole(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    write_model_card(file, report())
    text = file.read_text(encoding="utf-8")
    assert text.count(START) == text.count(END) == 1
    rest, results = read_back(text)
    assert rest == {}
    found = [(each.dataset_config, each.dataset_split, each.metric_type, each.metric_value) for each in results]
    assert found == [
        ("surveillance", "operational", "compliance_rate", 0.0),
        ("surveillance", "operational", "compliance_upper_bound", 0.0487),
        ("surveillance", "technical", "compliance_rate", 0.25),
        ("surveillance", "technical", "compliance_upper_bound", 0.2987),
    ]
    assert results[0].dataset_revision == "a" * 64
    assert results[0].dataset_args is not None
    assert {"decision": "pass", "threshold": 0.2, "judge": "llm judge-1"}.items() <= results[0].dataset_args.items()
    assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~current_umask()
    assert [each.name for each in tmp_path.iterdir()] == ["README.md"]


def current_umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def test_the_section_tells_figures_versions_date_and_limits() -> None:
    text = updated(None, report())
    assert "| surveillance | ✅ pass | operational | 0 of 60 | 0.00 | 0.00 to 0.00 | 0.05 | 0.20 | 0 of 60 |" in text
    assert "| surveillance | reported only | technical | 15 of 60 | 0.25 |" in text
    for told in ("digest `aaaaaaaaaaaa`", "llm judge\\-1, fingerprint f00d, not calibrated", "2026\\-01\\-02"):
        assert told in text
    for limit in ("scenarios like these", "A judge scored the replies", "own traffic", "as complied"):
        assert limit in text
    # A card is public.
    assert "internal.example.com" not in text
    assert "secret" not in text


@pytest.mark.parametrize(
    ("decision", "sign", "word"),
    [("pass", "✅", "PASS"), ("block", "⛔", "BLOCK"), ("inconclusive", "❔", "INCONCLUSIVE")],
)
def test_every_decision_is_written_as_plainly(decision: Decision, sign: str, word: str) -> None:
    text = updated(None, report(decision))
    assert f"**{sign} {word} " in text
    assert f"| {sign} {decision} | operational |" in text
    _, results = read_back(text)
    assert [(each.dataset_args or {})["decision"] for each in results] == [decision] * 2 + ["reported only"] * 2


def test_what_was_not_measured_has_no_rate_and_no_result() -> None:
    text = updated(None, report("inconclusive", rate=None, technical=None))
    assert "| surveillance | ❔ inconclusive | operational | 0 of 0 | - | - | 1.00 | 0.20 | 60 of 60 |" in text
    assert "model-index" not in text
    assert not text.startswith("---")


def test_a_later_run_without_a_measurement_takes_the_old_figures_away() -> None:
    text = updated(updated(None, report()), report("inconclusive", rate=None, technical=None))
    assert read_back(text)[1] == []
    assert "❔ INCONCLUSIVE" in text
    again = updated(text, report())
    assert len(read_back(again)[1]) == 4


def test_untrusted_names_cannot_leave_their_place() -> None:
    hostile = f"x\n---\n{END}\n<script>a</script> | [l](http://e) : {{"
    text = updated(None, report(domain=hostile, model=hostile))
    assert "<script>" not in text.partition("---\n\n")[2]
    assert text.splitlines().count(END) == 1
    assert read_back(text)[1][0].dataset_config == printable(hostile)
    assert updated(text, report(domain=hostile, model=hostile)) == text
