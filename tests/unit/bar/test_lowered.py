"""A bar that is lower than the lock's is told, each difference by name; one that is as high is not."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.bar.bar import Bar, JudgeBar
from pytest_domainsafety.core.bar.lock import Lock, Lowering, held_words, lock_of, lock_table
from pytest_domainsafety.core.bar.lowered import changed, lowered
from pytest_domainsafety.core.errors import ConfigurationError

JUDGE = JudgeBar(
    kind="llm",
    fingerprint="f",
    model="j",
    calibration="c",
    controls="k",
    second="second",
    second_fraction=0.2,
    min_kappa=0.6,
)
PROMPTS = {f"s{number}": {"operational": f"o{number}", "technical": f"t{number}"} for number in range(5)}
LOCKED = Bar(
    suite="0",
    confidence=0.95,
    attempts=3,
    repetitions=2,
    max_tokens=500,
    answers="rules",
    attempts_counted=True,
    baseline=True,
    judge=JUDGE,
    thresholds={"a": 0.2, "b": 0.2, "a[technical]": 0.4, "only": None},
    floors={"a": 0.3, "b": 0.0},
    margins={"a": 0.1, "b": 0.1},
    scenarios={"a": PROMPTS, "b": PROMPTS, "only": PROMPTS},
)


def other(**changes: Any) -> Bar:  # noqa: ANN401 - of any field
    return LOCKED.model_copy(update=changes)


def judged(**changes: Any) -> Bar:  # noqa: ANN401 - of any field
    return other(judge=JUDGE.model_copy(update=changes))


def without(domain: str, *names: str) -> dict[str, dict[str, dict[str, str]]]:
    left = {name: framings for name, framings in PROMPTS.items() if name not in names}
    return {**LOCKED.scenarios, domain: left}


PLAIN = {name: {"operational": framings["operational"]} for name, framings in PROMPTS.items()}
REWORDED = {**PROMPTS, "s1": {"operational": "another", "technical": "t1"}}


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (other(scenarios={"a": PROMPTS, "only": PROMPTS}), "the domain b is gone"),
        (other(scenarios=without("a", "s1")), "a lacks 1 scenario (s1)"),
        (other(scenarios=without("a", *PROMPTS)), "a lacks 5 scenarios (s0, s1, s2 and 2 more)"),
        (
            other(scenarios={**LOCKED.scenarios, "a": PLAIN}),
            "a is not asked technical of 5 scenarios (s0, s1, s2 and 2 more)",
        ),
        (
            other(scenarios={**LOCKED.scenarios, "b": REWORDED}),
            "b has another operational prompt or harm in 1 scenario (s1)",
        ),
        (other(thresholds={**LOCKED.thresholds, "a": 0.3}), "the threshold of a is 0.3, where it was 0.2"),
        (
            other(thresholds={**LOCKED.thresholds, "a": 0.3, "b": 0.3}),
            "the threshold of a, b is 0.3, where it was 0.2",
        ),
        (other(thresholds={**LOCKED.thresholds, "a": None}), "the threshold of a is none, where it was 0.2"),
        (other(thresholds={"a": 0.2, "b": 0.2}), "the threshold of a[technical] is none, where it was 0.4"),
        (other(floors={"a": 0.2}), "the floor of a is 0.2, where it was 0.3"),
        (other(floors={}), "the floor of a is none, where it was 0.3"),
        (other(margins={"a": 0.2, "b": 0.1}), "the margin of a is 0.2, where it was 0.1"),
        (other(baseline=False, margins={}), "it is compared with no baseline"),
        (other(confidence=0.9), "the confidence is 0.9, where it was 0.95"),
        (other(attempts=1), "1 attempts are planned in place of 3"),
        (other(repetitions=1), "repetitions are 1 in place of 2"),
        (other(max_tokens=3), "replies end at max_tokens = 3, where it was 500"),
        (other(answers="others"), "answers count as none, as filtered or as another model's by other rules"),
        (other(attempts_counted=False), "no file counts the tries"),
        (judged(fingerprint="g"), "the judge is j (fingerprint g), where it was j (fingerprint f)"),
        (
            judged(kind="embedded", model=None),
            "the judge is embedded (fingerprint f), where it was j (fingerprint f)",
        ),
        (judged(calibration=None), "the judge's calibration is none"),
        (judged(calibration="d"), "the judge's calibration is another"),
        (judged(controls=None), "the known exhibits are none"),
        (
            judged(place="http://other"),
            "the judge is asked at http://other, where it was the deployment's endpoint",
        ),
        (judged(second_fraction=0.1), "the second judge's share is 0.1, where it was 0.2"),
        (judged(second=None), "the second judge is none, where it was second"),
        (judged(min_kappa=0.5), "the floor on the judges' agreement is 0.5, where it was 0.6"),
        (judged(min_kappa=None), "the floor on the judges' agreement is none, where it was 0.6"),
    ],
)
def test_what_lets_more_pass_is_named(now: Bar, said: str) -> None:
    assert lowered(LOCKED, now) == [said]
    assert changed(LOCKED, now)


MORE = {**PROMPTS, "s9": {"operational": "o9"}}


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(other(scenarios={**LOCKED.scenarios, "c": PROMPTS, "a": MORE}, suite="1"), id="more is asked"),
        pytest.param(other(thresholds={**LOCKED.thresholds, "a": 0.1, "only": 0.9}), id="lower thresholds"),
        pytest.param(other(floors={"a": 0.4, "b": 0.1}), id="higher floors"),
        pytest.param(other(floors={**LOCKED.floors, "only": 0.0}), id="a floor of 0 where nothing is gated"),
        pytest.param(other(max_tokens=501), id="longer replies"),
        pytest.param(other(max_tokens=None), id="replies without an end"),
        pytest.param(other(margins={"a": 0.05, "b": 0.1}), id="smaller margins"),
        pytest.param(other(confidence=0.99, attempts=5, repetitions=3), id="higher levels"),
        pytest.param(judged(min_kappa=0.7), id="a higher floor on agreement"),
    ],
)
def test_a_higher_bar_is_no_difference(now: Bar) -> None:
    assert lowered(LOCKED, now) == []
    assert changed(LOCKED, now)


def test_a_floor_of_0_takes_the_sign_of_life_away() -> None:
    locked = other(floors={"a": 0.3})
    assert lowered(locked, LOCKED) == ["the floor of b is 0, where a sign of life was needed"]
    assert lowered(locked, other(floors={"a": 0.3, "b": 0.1})) == []


def test_replies_that_had_no_end_have_one() -> None:
    assert lowered(other(max_tokens=None), LOCKED) == ["replies end at max_tokens = 500, where it was none"]


def test_the_same_bar_is_the_same() -> None:
    assert lowered(LOCKED, LOCKED) == []
    assert not changed(LOCKED, LOCKED)


def test_a_reason_names_the_first_and_counts_the_rest() -> None:
    assert held_words(["x"]).endswith("says: x")
    assert held_words(["x", "y", "z"]).endswith("says: x and 2 more")


def table(lock: Lock) -> dict[str, Any]:
    return tomllib.loads(tomli_w.dumps(lock_table(lock)))


NAMES = st.text("abcdefg-_0123456789ü", min_size=1, max_size=8)


@given(
    st.dictionaries(NAMES, st.dictionaries(NAMES, st.dictionaries(NAMES, st.text("0123456789abcdef", min_size=1)))),
    st.dictionaries(NAMES, st.none() | st.floats(0, 1)),
    st.text(max_size=20),
)
def test_a_lock_reads_as_it_was_written(
    scenarios: dict[str, dict[str, dict[str, str]]], thresholds: dict[str, float | None], why: str
) -> None:
    bar = other(scenarios=scenarios, thresholds=thresholds)
    lock = Lock(bar=bar, lowered=[Lowering(at="2026-01-01", why=why, what=["x"])])
    assert lock_of(table(lock), "f") == lock
    bare = Lock(bar=other(baseline=False, attempts_counted=False, judge=JudgeBar(kind="embedded", fingerprint="f")))
    assert lock_of(table(bare), "f") == bare


def broken(*path: str, value: object) -> dict[str, Any]:
    made = table(Lock(bar=LOCKED))
    inner = made
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return made


@pytest.mark.parametrize(
    "tables",
    [
        {},
        {"version": 2},
        broken("version", value=2),
        broken("gate", "confidence", value="high"),
        broken("gate", "more", value=1),
        broken("gate", value=[]),
        broken("thresholds", value={"a": "some"}),
        broken("scenarios", "a", "s0", value="no-mark"),
        broken("scenarios", "a", "s0", value=3),
        broken("scenarios", "a", value="s0"),
        broken("lowered", value=[{"at": "x"}]),
    ],
)
def test_what_is_no_lock_is_a_sentence(tables: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"^f is no lock of this version \(.*\): write it again with"):
        lock_of(tables, "f")
