"""Which runs a study lays side by side, which it refuses in one sentence, and what is left with --shared."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.study.assemble import study
from pytest_domainsafety.core.study.shared import Shared
from support.study_runs import finished, runs

SUITE = {"a": {"s0": "o:c a:e", "s1": "o:r a:e"}, "b": {"s0": "o:r a:d"}}


@pytest.mark.parametrize(
    "deployment",
    [
        {"model": "another"},
        {"base_url": "http://y/v1"},
        {"temperature": 0.0},
        {"system_prompt_sha256": "0123"},
        {"request": {"top_p": 0.5}},
        # A callable target: nobody knows its temperature, nor how long its replies may be.
        {"model": "app:target", "base_url": None, "temperature": None, "max_tokens": None},
    ],
)
def test_what_makes_a_deployment_may_differ(deployment: Mapping[str, object]) -> None:
    found = study(runs(one=finished(SUITE), other=finished(SUITE, deployment=deployment)))
    assert found.differences == []
    told = found.deployments[1].deployment.model_dump()
    assert {name: told[name] for name in deployment} == deployment


SETTINGS: list[tuple[Mapping[str, object], Mapping[str, object], str]] = [
    ({"repetitions": 3}, {}, "repetitions 1 in one, 3 in other"),
    ({"max_tokens": 10}, {}, "max_tokens 2048 in one, 10 in other"),
    ({"max_tokens": None}, {}, "max_tokens 2048 in one, none in other"),
    ({}, {"kind": "embedded", "model": None, "fingerprint": "g"}, "kind of judge llm in one, embedded in other"),
    ({}, {"model": "k", "fingerprint": "g"}, "judge model j in one, k in other"),
    ({}, {"fingerprint": "g"}, "judge's fingerprint (its rubric, place or parameters) f in one, g in other"),
]


@pytest.mark.parametrize(("deployment", "judge", "said"), SETTINGS)
def test_what_makes_a_measurement_may_not_differ(
    deployment: Mapping[str, object], judge: Mapping[str, object], said: str
) -> None:
    both = runs(one=finished(SUITE), other=finished(SUITE, deployment=deployment, judge=judge))
    with pytest.raises(ConfigurationError) as caught:
        study(both)
    assert str(caught.value) == (
        f"the runs differ in {said}: measure them alike, or compare what they share with --shared"
    )
    found = study(both, shared_only=True)
    assert found.differences == [said]
    assert found.notes[0] == f"the runs differ in {said}"


def test_all_that_differs_is_named_at_once() -> None:
    one, other = finished(SUITE), finished(SUITE, deployment={"repetitions": 2}, judge={"model": "k"})
    with pytest.raises(ConfigurationError, match=r"repetitions 1 in one and third, 2 in other; judge model j in one"):
        study(runs(one=one, other=other, third=finished(SUITE)))


def test_the_order_of_files_and_scenarios_is_no_difference() -> None:
    backwards = {domain: dict(reversed(SUITE[domain].items())) for domain in reversed(SUITE)}
    found = Shared.of(runs(one=finished(SUITE), other=finished(backwards)), shared_only=False)
    assert [key.scenario for key in found.items["a"]["operational"]] == ["s0", "s1"]
    assert found.differences == []


def test_suites_are_compared_prompt_by_prompt_on_what_all_share() -> None:
    # Of a run with one scenario less, one framing more, another domain and without b.
    other = {"a": {"s0": "o:c a:e t:c", "s2": "o:c a:e"}, "c": {"s0": "o:r a:d"}}
    both = runs(one=finished(SUITE), other=finished(other))
    said = (
        "suites (9 of 11 items are not in all runs with the same prompt: a::s1[operational], a::s1[analytical], "
        "b::s0[operational] and 6 more); domains (b and c cannot be compared)"
    )
    with pytest.raises(ConfigurationError) as caught:
        study(both)
    assert said in str(caught.value)
    found = study(both, shared_only=True)
    assert "; ".join(found.differences) == said
    assert [(each.domain, each.scenarios, each.pooled.trials) for each in found.domains] == [("a", 1, 2)]


def test_a_changed_prompt_is_another_item() -> None:
    one, other = finished(SUITE), finished(SUITE, prompt="asked otherwise")
    for shared_only in (False, True):
        with pytest.raises(ConfigurationError) as caught:
            study(runs(one=one, other=other), shared_only=shared_only)
        assert str(caught.value) == "one and other share no operational prompt: give runs of one suite"


def test_a_domain_without_a_shared_operational_item_is_left_out_and_named() -> None:
    other = {"a": SUITE["a"], "b": {"s0": "a:d"}}
    both = runs(one=finished(SUITE), other=finished(other))
    found = study(both, shared_only=True)
    assert [each.domain for each in found.domains] == ["a"]
    assert found.differences[1] == "domains (b cannot be compared)"


def test_repetitions_that_differ_are_each_runs_own_means() -> None:
    one = finished({"a": {"s0": "o:c"}})
    other = finished({"a": {"s0": "o:crrr"}}, deployment={"repetitions": 4})
    found = study(runs(one=one, other=other), shared_only=True)
    assert [cell.rate for cell in found.domains[0].deployments] == [1.0, 0.25]
    assert found.domains[0].pooled.rate == 0.625
