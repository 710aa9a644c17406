"""The figures of a study: worked by hand, or by an implementation that shares nothing with the package."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_domainsafety.core.judging.judge_report import Agreement, Disagreement, Interval
from pytest_domainsafety.core.study.agreement import verdicts
from pytest_domainsafety.core.study.assemble import study
from pytest_domainsafety.core.study.report import Apart, Cell, Pooled, StudyReport, json_schema
from pytest_domainsafety.core.suite.scenarios import Codification
from support.exact_gaffke import exact_upper_bound
from support.study_runs import finished, runs

Scenarios = Mapping[str, str]


def rows(*words: str) -> Scenarios:
    """Scenarios s00, s01 ... with these words."""
    return {f"s{number:02}": word for number, word in enumerate(words)}


def both(one: Mapping[str, Scenarios], other: Mapping[str, Scenarios]) -> StudyReport:
    return study(runs(one=finished(one), other=finished(other)))


# Rates, bounds and missing evidence


def test_a_domains_rate_is_the_mean_over_scenarios_of_the_mean_over_deployments() -> None:
    found = both({"a": rows("o:cc", "o:rr")}, {"a": rows("o:cr", "o:mu")}).domains[0]
    one, other = found.deployments
    assert (one.rate, other.rate) == (0.5, 0.5)
    # s00: (1 + 1/2) / 2; s01 was measured by one only, and nothing complied.
    assert found.pooled.rate == (0.75 + 0.0) / 2
    assert (found.pooled.trials, found.pooled.unmeasured) == (8, 2)
    assert (other.complied, other.missing, other.unjudged, other.unmeasured) == (1, 1, 1, 2)
    # In the worst case s01 is (0 + 1) / 2, and for the other deployment 1.
    assert found.pooled.upper_bound == pytest.approx(float(exact_upper_bound([0.75, 0.5], 0.05)), abs=1e-9)
    assert other.upper_bound == pytest.approx(float(exact_upper_bound([0.5, 1.0], 0.05)), abs=1e-9)
    low, high = found.pooled.gaffke_ci
    assert high == pytest.approx(float(exact_upper_bound([0.75, 0.5], 0.025)), abs=1e-9)
    assert low == pytest.approx(1 - float(exact_upper_bound([0.25, 1.0], 0.025)), abs=1e-9)


def test_a_deployments_figures_are_those_of_its_own_report() -> None:
    report = finished({"a": rows(*["o:ccr a:eed t:ccc"] * 7, *["o:rrf a:dde t:rcm"] * 8)})
    found = study(runs(one=report, other=finished({"a": rows(*["o:rrr a:eee t:rrr"] * 15)})))
    cell, own = found.domains[0].deployments[0], report.domains[0].plain
    assert own is not None
    shared = set(type(cell).model_fields) & set(type(own).model_fields)
    assert shared >= {"rate", "upper_bound", "bootstrap_ci", "complied", "filtered"}
    assert {name: getattr(cell, name) for name in shared} == {name: getattr(own, name) for name in shared}


def test_nothing_measured_is_no_rate() -> None:
    found = both({"a": rows("o:c", "o:r"), "b": rows("o:r")}, {"a": rows("o:m", "o:n"), "b": rows("o:r")})
    cell = found.domains[0].deployments[1]
    assert (cell.rate, cell.bootstrap_ci, cell.upper_bound) == (None, None, 1.0)
    # The mean of the other domains would be the mean of something else.
    assert [each.rate for each in found.deployments] == [0.25, None]
    assert found.domains[0].deployment_heterogeneity is None
    assert [each.model_dump() for each in found.unmeasured] == [
        {
            "deployment": "other",
            "domain": "a",
            "framing": "operational",
            "trials": 2,
            "missing": 1,
            "unjudged": 0,
            "not_asked": 1,
        }
    ]


def test_where_no_deployment_measured_a_domain_it_has_no_figure() -> None:
    found = both({"a": rows("o:m", "o:u"), "b": rows("o:r")}, {"a": rows("o:m", "o:m"), "b": rows("o:r")})
    pooled = found.domains[0].pooled
    assert (pooled.rate, pooled.bootstrap_ci, pooled.upper_bound, pooled.gaffke_ci) == (None, None, 1.0, (0.0, 1.0))
    assert (found.domains[0].scenario_heterogeneity, found.span, found.apart) == (None, None, [])
    assert found.variance.sequential.domain.estimate is None


# Between domains


def test_the_span_is_between_named_domains_with_an_interval() -> None:
    # Of 20 scenarios 10 comply: in a resample Binomial(20, 1/2) / 20, whose 2.5 % and 97.5 % quantiles are .3 and .7.
    half, none = rows(*["o:c", "o:r"] * 10), rows(*["o:r"] * 20)
    quarter = rows(*["o:c", "o:r", "o:r", "o:r"] * 5)
    span = both({"b": quarter, "a": half, "c": none}, {"b": quarter, "a": half, "c": none}).span
    assert span is not None
    assert (span.highest, span.lowest, span.difference) == ("a", "c", 0.5)
    assert (span.highest_rate, span.lowest_rate) == (0.5, 0.0)
    assert span.ci == (0.3, 0.7)


def test_which_domains_intervals_do_not_overlap() -> None:
    def share(complied: int) -> Scenarios:
        return rows(*["o:c"] * complied, *["o:r"] * (20 - complied))

    suite = {"low": share(1), "middle": share(8), "high": share(19)}
    # 1 of 20: 0 to .15; 8 of 20: .2 to .6, by Gaffke's bound .05 lies over .19, so that these overlap.
    assert both(suite, suite).apart == [
        Apart(higher="middle", lower="low", gaffke=False),
        Apart(higher="high", lower="low", gaffke=True),
        Apart(higher="high", lower="middle", gaffke=True),
    ]


def test_a_study_of_one_domain_has_no_span() -> None:
    found = both({"a": rows("o:c", "o:r")}, {"a": rows("o:c", "o:c")})
    assert (found.span, found.apart, found.hierarchy.mean_spearman.estimate) == (None, [], None)


# Within a domain


def test_heterogeneity_names_both_ends() -> None:
    found = both({"a": rows("o:cc", "o:cr", "o:rr")}, {"a": rows("o:cc", "o:rr", "o:rr")}).domains[0]
    scenarios, deployments = found.scenario_heterogeneity, found.deployment_heterogeneity
    assert scenarios is not None
    assert deployments is not None
    assert (scenarios.difference, scenarios.highest, scenarios.lowest) == (1.0, "s00", "s02")
    assert (deployments.highest, deployments.highest_rate) == ("one", 0.5)
    assert deployments.lowest == "other"
    assert deployments.lowest_rate == pytest.approx(1 / 3)


def test_gaps_are_paired_by_scenario_and_deployment() -> None:
    # Technical - operational: s00: (1 - 0, 1 - 1) -> .5; s01: (0, unknown) -> 0; s02 has no technical framing.
    one = {"a": rows("o:r t:c a:e", "o:r t:r a:e", "o:r a:e")}
    other = {"a": rows("o:c t:c a:e", "o:r t:m a:e", "o:c a:d")}
    gaps = both(one, other).domains[0].gaps
    bypass = gaps["technical_minus_operational"]
    engagement = gaps["analytical_engagement_minus_operational_compliance"]
    assert bypass is not None
    assert engagement is not None
    assert (bypass.scenarios, bypass.difference) == (2, 0.25)
    # The unknown trial leaves s01 between 0 and .5; the range [-1, 1] is that of the bound.
    assert bypass.ci[1] == pytest.approx(2 * float(exact_upper_bound([0.75, 0.75], 0.025)) - 1, abs=1e-8)
    assert bypass.ci[0] == pytest.approx(1 - 2 * float(exact_upper_bound([0.25, 0.5], 0.025)), abs=1e-8)
    # One half in s00, 1 in s01, and in s02 the two cancel out.
    assert (engagement.scenarios, engagement.difference) == (3, 0.5)


def test_a_pair_that_was_measured_on_one_side_only_is_in_no_gap() -> None:
    # Of the other deployment nothing is known of the difference, although its technical reply complied.
    gaps = both({"a": rows("o:r t:r")}, {"a": rows("o:m t:c")}).domains[0].gaps
    assert gaps["technical_minus_operational"] is not None
    assert gaps["technical_minus_operational"].difference == 0.0
    # The unknown operational reply leaves the mean difference between 0 and .5.
    low, high = gaps["technical_minus_operational"].ci
    assert low == pytest.approx(1 - 2 * float(exact_upper_bound([0.5], 0.025)), abs=1e-8)
    assert high == pytest.approx(2 * float(exact_upper_bound([0.75], 0.025)) - 1, abs=1e-8)


# Over all


@pytest.mark.parametrize(
    ("one", "other", "term"),
    [
        ({"a": rows("o:c", "o:c"), "b": rows("o:c", "o:c")}, {"a": rows("o:r", "o:r"), "b": rows("o:r", "o:r")}, 2),
        ({"a": rows("o:c", "o:c"), "b": rows("o:r", "o:r")}, {"a": rows("o:c", "o:c"), "b": rows("o:r", "o:r")}, 0),
        ({"a": rows("o:c", "o:r"), "b": rows("o:c", "o:r")}, {"a": rows("o:c", "o:r"), "b": rows("o:c", "o:r")}, 1),
    ],
    ids=["deployments", "domains", "scenarios"],
)
def test_the_variance_lies_where_it_was_put(
    one: Mapping[str, Scenarios], other: Mapping[str, Scenarios], term: int
) -> None:
    variance = both(one, other).variance
    for table in (variance.sequential, variance.moments):
        shares = [table.domain, table.scenario, table.deployment, table.residual]
        for place, share in enumerate(shares):
            assert share.estimate == pytest.approx(float(place == term))


def test_the_order_begins_with_the_most_compliant() -> None:
    lenient, strict = ({domain: rows(word, "o:r") for domain in "abc"} for word in ("o:c", "o:r"))
    hierarchy = study(runs(strict=finished(strict), lenient=finished(lenient))).hierarchy
    assert hierarchy.order == ["lenient", "strict"]
    assert (hierarchy.mean_spearman.estimate, hierarchy.pairs, hierarchy.undefined) == (1.0, 3, 0)


def test_by_codification_each_domain_counts_the_same() -> None:
    suite = {"a": rows("o:c"), "b": rows("o:c", "o:r", "o:r", "o:r"), "c": rows("o:r"), "d": rows("o:c")}
    levels: dict[str, Codification] = {"a": "high", "b": "high", "c": "low"}
    one, other = finished(suite, codification=levels), finished(suite, codification=levels)
    found = study(runs(one=one, other=other)).by_codification
    assert found is not None
    assert [(group.codification, group.domains) for group in found.groups] == [("high", ["a", "b"]), ("low", ["c"])]
    assert found.groups[0].rate.estimate == (1 + 0.25) / 2
    assert found.high_minus_low is not None
    # b's mean in a resample is Binomial(4, 1/4) / 4, with quantiles 0 and .75; a's is 1.
    low, high = found.high_minus_low.low, found.high_minus_low.high
    assert (found.high_minus_low.estimate, low, high) == (0.625, 0.5, 0.875)


def test_a_codification_that_runs_do_not_share_is_none() -> None:
    suite = {"a": rows("o:c")}
    one, other = finished(suite, codification={"a": "high"}), finished(suite, codification={"a": "low"})
    found = study(runs(one=one, other=other))
    assert (found.domains[0].codification, found.by_codification) == (None, None)


def agreement(both_complied: int, first_only: int, second_only: int, neither: int, model: str = "k") -> Agreement:
    unknown = Interval(estimate=None, low=None, high=None)
    differing = [(5, 1)] * first_only + [(2, 3)] * second_only
    return Agreement(
        model=model,
        asked=both_complied + len(differing) + neither + 2,
        unusable=2,
        both_complied=both_complied,
        kappa=unknown,
        agreement=None,
        floor=None,
        disagreements=[
            Disagreement(nodeid="x", repetition=0, score=first, second_score=second) for first, second in differing
        ],
    )


def test_an_agreement_tells_its_whole_table() -> None:
    found = verdicts(agreement(4, 3, 2, 1))
    cells = [(True, True), (True, False), (False, True), (False, False)]
    assert [found.count(cell) for cell in cells] == [4, 3, 2, 1]


def test_kappa_is_pooled_over_replies() -> None:
    suite = {"a": rows("o:c")}
    one = finished(suite, agreement=agreement(20, 3, 2, 15))
    other = finished(suite, agreement=agreement(10, 2, 3, 25))
    found = study(runs(one=one, other=other, third=finished(suite))).agreement
    assert found is not None
    assert found.pooled is not None
    # Together 30, 5, 5, 40 of 80: agreement .875, each says yes to 35 of 80, so that chance is .507813.
    assert (found.replies, [each.deployment for each in found.runs]) == (80, ["one", "other"])
    assert found.pooled.estimate == pytest.approx((0.875 - 0.5078125) / (1 - 0.5078125))
    # Fleiss, Cohen & Everitt 1969, equation 13, worked for this table.
    chance, agreed, share = 0.5078125, 0.875, 35 / 80
    kappa = (agreed - chance) / (1 - chance)
    spread = (30 / 80) * ((1 - 2 * share * (1 - kappa)) ** 2) + (40 / 80) * ((1 - 2 * (1 - share) * (1 - kappa)) ** 2)
    crossed = (1 - kappa) ** 2 * (10 / 80)
    error = ((spread + crossed - (kappa - chance * (1 - kappa)) ** 2) / (80 * (1 - chance) ** 2)) ** 0.5
    assert found.pooled.low == pytest.approx(found.pooled.estimate - 1.959964 * error, abs=1e-6)


def test_kappas_of_different_judges_are_not_pooled() -> None:
    suite = {"a": rows("o:c")}
    one = finished(suite, agreement=agreement(20, 3, 2, 15))
    other = finished(suite, agreement=agreement(10, 2, 3, 25, model="another"))
    found = study(runs(one=one, other=other)).agreement
    assert found is not None
    assert (found.pooled, [each.model for each in found.runs]) == (None, ["k", "another"])


def test_without_a_second_judge_there_is_no_agreement() -> None:
    assert both({"a": rows("o:c")}, {"a": rows("o:r")}).agreement is None


# What holds of all studies

_words = st.lists(st.text("crmunf", min_size=1, max_size=3), min_size=1, max_size=4)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(_words, _words), min_size=1, max_size=3))
def test_figures_are_in_range_and_free_of_the_runs_order(suite: list[tuple[list[str], list[str]]]) -> None:
    def report(side: int, *, backwards: bool = False) -> Mapping[str, Scenarios]:
        domains = {}
        for number, pair in enumerate(suite):
            words = pair[side] + ["r"] * (max(map(len, pair)) - len(pair[side]))
            scenarios = rows(*(f"o:{word}" for word in words)).items()
            domains[f"d{number}"] = dict(sorted(scenarios, reverse=backwards))
        return domains

    one, other = finished(report(0)), finished(report(1))
    found, again = (
        study(runs(one=one, other=other)),
        study(runs(other=other, one=finished(report(0, backwards=True)))),
    )
    for domain, same in zip(found.domains, again.domains, strict=True):
        assert domain.pooled == same.pooled
        assert domain.deployments == same.deployments[::-1]
        rated: list[Pooled | Cell] = [domain.pooled, *domain.deployments]
        for each in rated:
            assert (each.rate is None) == (each.bootstrap_ci is None)
            assert each.rate is None or 0 <= each.rate <= each.upper_bound + 1e-9
        assert 0 <= domain.pooled.gaffke_ci[0] <= domain.pooled.gaffke_ci[1] <= 1
    assert found.variance == again.variance
    assert found.hierarchy == again.hierarchy
    assert StudyReport.model_validate_json(found.to_json()) == found
    jsonschema.validate(json.loads(found.to_json()), json_schema())


def test_the_schema_of_a_study_is_shipped_and_up_to_date() -> None:
    path = resources.files("pytest_domainsafety").joinpath("schemas/study.schema.json")
    assert json.loads(path.read_text(encoding="utf-8")) == json_schema()
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_in_the_schema_of_a_study_no_field_may_be_absent_or_unknown() -> None:
    schema = json_schema()
    for part in (schema, *schema["$defs"].values()):
        if part.get("type") == "object":
            assert set(part["required"]) == set(part["properties"]), part["title"]
            assert part["additionalProperties"] is False
