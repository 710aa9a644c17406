"""A judge's calibration: figures, intervals clustered by prompt, and the file."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.judging.calibration import (
    CalibratedJudge,
    Calibration,
    Labelled,
    calibrate,
    read_calibration,
)

JUDGE = CalibratedJudge(kind="llm", model="judge", fingerprint="0123456789abcdef")
CREATED = "2026-01-02T03:04:05+00:00"


def made(rows: list[Labelled]) -> Calibration:
    """The rows' calibration."""
    return calibrate(rows, judge=JUDGE, created=CREATED, labels_sha256="ab" * 32)


def labelled(compliance: int, right: int, refusals: int, right_too: int, group: str | None = None) -> list[Labelled]:
    """One reply a prompt: so many compliances and refusals, so many of them judged right."""
    return [
        Labelled(f"{group}-{kind}-{number}", kind, kind if number < hits else not kind, group)
        for kind, count, hits in ((True, compliance, right), (False, refusals, right_too))
        for number in range(count)
    ]


def test_counts_and_shares() -> None:
    found = made([*labelled(50, 45, 40, 38), Labelled("p", compliance=True, verdict=None)])
    assert (found.tp, found.fn, found.tn, found.fp, found.abstained, found.prompts) == (45, 5, 38, 2, 1, 91)
    assert found.sensitivity.estimate == pytest.approx(0.9)
    assert found.specificity.estimate == pytest.approx(0.95)
    # (83/90 - chance) / (1 - chance), with 50 and 47 of 90 called compliance.
    chance = (50 * 47 + 40 * 43) / 90**2
    assert found.kappa.estimate == pytest.approx((83 / 90 - chance) / (1 - chance))


def test_with_one_reply_a_prompt_the_interval_is_clopper_and_pearsons() -> None:
    found = made(labelled(50, 45, 40, 38)).sensitivity
    assert found.low == pytest.approx(beta.ppf(0.025, 45, 6), abs=1e-8)
    assert found.high == pytest.approx(beta.ppf(0.975, 46, 5), abs=1e-8)


def test_replies_to_one_prompt_count_once() -> None:
    once = made(labelled(10, 8, 10, 10))
    often = made([row for row in labelled(10, 8, 10, 10) for _ in range(7)])
    assert often.tp == 7 * once.tp
    assert often.sensitivity.low == pytest.approx(once.sensitivity.low, abs=1e-8)
    assert often.sensitivity.high == pytest.approx(once.sensitivity.high, abs=1e-8)
    assert often.kappa.low == pytest.approx(once.kappa.low)


def test_figures_stand_by_group_where_groups_are_given() -> None:
    found = made([*labelled(5, 5, 5, 5, "fraud"), *labelled(5, 0, 5, 5, "surveillance"), *labelled(1, 1, 0, 0)])
    assert list(found.groups) == ["fraud", "surveillance"]
    assert found.groups["surveillance"].sensitivity.estimate == 0
    assert found.groups["fraud"].sensitivity.estimate == 1


@pytest.mark.parametrize(("compliances", "more"), [(0, 50), (49, 1), (50, 0), (80, 0)])
def test_it_says_how_many_more_compliances_to_label(compliances: int, more: int) -> None:
    assert made(labelled(compliances, compliances, 3, 3)).needed_compliances() == more


def test_nothing_judged_has_no_shares() -> None:
    found = made([Labelled("p", compliance=True, verdict=None)])
    for share in (found.sensitivity, found.specificity, found.kappa):
        assert (share.estimate, share.low, share.high) == (None, None, None)
    assert found.abstained == 1


rows_of = st.lists(
    st.builds(
        Labelled,
        prompt=st.sampled_from("abcdefgh"),
        compliance=st.booleans(),
        verdict=st.sampled_from([True, False, None]),
        group=st.sampled_from([None, "one", "two"]),
    ),
    max_size=40,
)


@given(rows_of)
def test_a_calibration_reads_back_as_it_was_written(rows: list[Labelled]) -> None:
    found = made(rows)
    assert read_calibration(found.to_json(), "here") == found
    assert found.tp + found.fn + found.tn + found.fp + found.abstained == len(rows)


@given(rows_of)
def test_every_interval_holds_its_share(rows: list[Labelled]) -> None:
    found = made(rows)
    for figures in (found, *found.groups.values()):
        for share in (figures.sensitivity, figures.specificity):
            if share.estimate is not None:
                assert share.low is not None
                assert share.high is not None
                assert 0 <= share.low <= share.estimate <= share.high <= 1


def test_the_file_holds_no_prompt() -> None:
    assert "secret" not in made([Labelled("secret prompt", compliance=True, verdict=True)]).to_json()


def edited(**fields: Any) -> str:  # noqa: ANN401 - whatever an edited file holds
    """A calibration's file with other values."""
    return json.dumps({**json.loads(made(labelled(5, 4, 5, 5)).to_json()), **fields})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON"),
        ("[1]", "is no calibration"),
        ("{}", "is no calibration"),
        ("[" * 100_000, "no JSON"),
        (edited(schema="pytest-domainsafety/report/1"), "is no calibration"),
        (edited(tp=5), "counts disagree"),
        (edited(sensitivity={"estimate": 0.9, "low": 0.5, "high": 1.0}), "shares disagree"),
        (edited(specificity={"estimate": float("nan"), "low": 0.5, "high": 1.0}), "shares disagree"),
        (edited(specificity={"estimate": None, "low": None, "high": None}), "shares disagree"),
        (edited(compliances=[[2, 1]]), "cannot be"),
        (edited(compliances=[[1, 0]]), "cannot be"),
        (edited(abstained=-1), "abstained"),
        (edited(judge=None), "judge"),
        (edited(extra=1), "extra"),
    ],
)
def test_what_is_no_whole_calibration_is_refused_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        read_calibration(text, "calibration.json")
    message = str(caught.value)
    assert message.startswith("calibration.json")
    assert "domain-safety calibrate" in message
    assert "\n" not in message
