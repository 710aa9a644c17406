"""The plan: counts, estimates, gates, and how it is shown."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from math import prod
from typing import Any

import pytest

from pytest_domainsafety.core.bounds.boundary import boundary
from pytest_domainsafety.core.bounds.gaffke import smallest_passable
from pytest_domainsafety.core.bounds.looks import looks
from pytest_domainsafety.core.bounds.power import power
from pytest_domainsafety.core.configuration.limits import DomainLimits
from pytest_domainsafety.core.planning.judge_cost import Judging
from pytest_domainsafety.core.planning.plan import Plan, asked_otherwise, make_plan
from pytest_domainsafety.core.planning.prices import Prices
from pytest_domainsafety.core.planning.spending import JUDGE_REPLY_TOKENS
from pytest_domainsafety.core.planning.wall_time import Pace
from pytest_domainsafety.core.suite.conversations import Judged
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.rules import Limits, Rules
from pytest_domainsafety.core.verdict.thresholds import parse_thresholds
from pytest_domainsafety.effects.files.rubric_files import load_rubrics
from pytest_domainsafety.render.plan import plan_lines, plan_markdown

JUDGED = Judging(load_rubrics(None), longest=1024)
PRICES = Prices(input=0.15, output=0.6, judge_input=2.5, judge_output=10)


def suite(sizes: dict[str, int], *, technical: int = 1000, prompt: str = "x" * 41) -> Suite:
    made = Suite()
    for domain, size in sizes.items():
        for number in range(size):
            framings = ["analytical", "operational", *(["technical"] if number < technical else [])]
            prompts = {framing: [{"role": "user", "content": f"{prompt} {number:02}"}] for framing in framings}
            scenario = Scenario(domain=domain, id=f"s{number}", harm="Harm", prompts=prompts, line=number)
            assert made.add(scenario, f"{domain}.yaml") is None
    return made


def rules(*thresholds: str, **changed: Any) -> Rules:  # noqa: ANN401 - keywords of many types
    return Rules(limits=Limits(thresholds=parse_thresholds(thresholds or ("* = 0.2",))), **changed)


def plan(made: Suite, by: Rules | None = None, *, selected: set[ItemKey] | None = None, **changed: Any) -> Plan:  # noqa: ANN401 - keywords of many types
    given: dict[str, Any] = {
        "repetitions": 1,
        "max_tokens": 2048,
        "judging": JUDGED,
        "prices": PRICES,
        "assumed_unjudged": 0.0,
    }
    keys = set(made.item_keys()) if selected is None else selected
    other = {"batch_prices": changed.pop("batch_prices", Prices()), "pace": changed.pop("pace", None)}
    given |= changed
    return asked_otherwise(
        make_plan(made, keys, by or rules(), **given), made, keys, judging=given["judging"], **other
    )


SEVEN = suite(
    {
        "surveillance": 20,
        "human-trafficking-and-forced-labour": 12,
        "fraud": 30,
        "weapons": 60,
        "überwachung": 20,
        "a" * 100: 1,
        "manipulation": 300,
    },
    technical=25,
)
EACH_WAY: list[Plan] = [
    plan(SEVEN),
    plan(SEVEN, rules("* = 0.2", "*[technical] = 0.4", "fraud = 0.05", stop_early="sequential", attempts=3)),
    plan(SEVEN, rules("* = 0.1", stop_early="curtail"), repetitions=3, assumed_unjudged=0.02, prices=Prices()),
    plan(SEVEN, rules("fraud = 0.999"), repetitions=2, judging=None, selected=set()),
    plan(suite({"fraud": 9_000}), prices=Prices(input=900, output=900, judge_input=900, judge_output=900)),
    plan(Suite()),
]


# What is asked and what it takes


@pytest.mark.parametrize("made", EACH_WAY)
def test_totals_add_up(made: Plan) -> None:
    for name, value in made.totals.model_dump().items():
        if name != "cost":
            assert value == sum(getattr(domain, name) for domain in made.domains)
    costs = [domain.cost for domain in made.domains if domain.cost is not None]
    assert len(costs) in {0, len(made.domains)}
    assert made.totals.cost == (pytest.approx(sum(costs)) if costs or not made.domains else None)
    assert made.totals.tokens == sum(domain.tokens for domain in made.domains)


def test_requests_and_tokens() -> None:
    spent = plan(suite({"fraud": 5}, technical=2), repetitions=3).totals
    assert spent.requests == spent.judge_requests == 3 * (5 + 5 + 2)
    # 41 characters are 11 tokens of four, and four for the message.
    assert spent.prompt_tokens == 36 * (11 + 4)
    assert spent.completion_tokens == 36 * 400
    assert spent.judge_completion_tokens == 36 * JUDGE_REPLY_TOKENS
    assert 36 * (400 + 500) < spent.judge_prompt_tokens < 36 * (400 + 1100)
    assert spent.cost == pytest.approx(
        (
            0.15 * spent.prompt_tokens
            + 0.6 * spent.completion_tokens
            + 2.5 * spent.judge_prompt_tokens
            + 10 * spent.judge_completion_tokens
        )
        / 1e6
    )


@pytest.mark.parametrize(("judged", "judge_requests"), [("last", 1), ("any", 3)])
def test_a_conversation_takes_a_request_a_turn(judged: Judged, judge_requests: int) -> None:
    said = [{"role": "user", "content": "x" * 40}] * 3
    prompts = {"analytical": said[:1], "operational": said}
    made = Suite()
    made.add(Scenario(domain="a", id="s", harm="Harm", prompts=prompts, conversations={"operational": judged}), "x")
    whole = plan(made, repetitions=2)
    assert (whole.totals.requests, whole.totals.judge_requests) == (2 * (1 + 3), 2 * (1 + judge_requests))
    # Ten tokens and four of form a message; the answers before a turn are sent again.
    assert whole.totals.prompt_tokens == 2 * 14 * (1 + 1 + 2 + 3) + 2 * 400 * (0 + 1 + 2)
    assert whole.totals.completion_tokens == 2 * 400 * (1 + 3)
    most = whole.judge_at_most
    assert most is not None
    assert most.requests == 2 * whole.totals.judge_requests
    # Every judged answer stands behind all that came before it.
    answers = {"last": 3, "any": 1 + 2 + 3}[judged]
    assert most.prompt_tokens > 2 * 2 * 2048 * (1 + answers)
    assert whole.totals.judge_prompt_tokens > 2 * 400 * (1 + answers)


def test_a_short_reply_is_cheaper() -> None:
    made = suite({"fraud": 5})
    assert plan(made, max_tokens=100).totals.completion_tokens == 15 * 100
    assert plan(made, max_tokens=None).totals.completion_tokens == 15 * 400


def test_other_judges_cost_nothing() -> None:
    spent = plan(suite({"fraud": 5}), judging=None, prices=Prices(input=1, output=1)).totals
    assert (spent.judge_requests, spent.judge_prompt_tokens, spent.judge_completion_tokens) == (0, 0, 0)
    assert spent.cost == pytest.approx((spent.prompt_tokens + spent.completion_tokens) / 1e6)


def test_a_panel_and_a_second_judge_are_asked_as_well() -> None:
    one, four = (plan(suite({"fraud": 5}), judging=replace(JUDGED, judges=judges)).totals for judges in (1.0, 3.1))
    assert one.judge_requests == 15
    assert four.judge_requests == 47  # three judges on 15 replies, and a fourth on a tenth, rounded up
    assert four.judge_prompt_tokens == pytest.approx(3.1 * one.judge_prompt_tokens, abs=1)


def test_the_judge_has_an_upper_estimate() -> None:
    most = plan(suite({"fraud": 5}), repetitions=3, max_tokens=100).judge_at_most
    assert most is not None
    # Each of 45 replies could have to be judged twice.
    assert (most.requests, most.completion_tokens) == (90, 90 * 1024)
    spent = plan(suite({"fraud": 5}), repetitions=3, max_tokens=100).totals
    # The same prompts twice, each with a few more words around reasoning.
    assert 2 * spent.judge_prompt_tokens < most.prompt_tokens < 2 * spent.judge_prompt_tokens + 90 * 100
    assert most.cost == pytest.approx((2.5 * most.prompt_tokens + 10 * most.completion_tokens) / 1e6)
    longer = plan(suite({"fraud": 5}), repetitions=3, max_tokens=2100).judge_at_most
    assert longer is not None
    assert longer.prompt_tokens - most.prompt_tokens == 90 * 2000


def test_a_character_outside_ascii_is_a_token_at_most() -> None:
    latin, others = (plan(suite({"fraud": 1}, prompt=letter * 40)).judge_at_most for letter in "x\u4e2d")
    assert latin is not None
    assert others is not None
    assert others.prompt_tokens - latin.prompt_tokens == 2 * 3 * 30


def test_without_a_longest_reply_there_is_no_upper_estimate() -> None:
    unbounded = [
        plan(suite({"fraud": 5}), max_tokens=None),
        plan(suite({"fraud": 5}), judging=replace(JUDGED, longest=None)),
    ]
    assert [made.judge_at_most for made in unbounded] == [None, None]
    assert all("no upper estimate" in text(made) for made in unbounded)
    assert plan(suite({"fraud": 5}), judging=None).judge_at_most is None
    assert "upper estimate" not in text(plan(suite({"fraud": 5}), judging=None))


def test_a_price_that_is_needed_and_unknown() -> None:
    assert plan(suite({"fraud": 5}), prices=Prices(input=1, output=1)).totals.cost is None


def test_only_the_selected_is_asked_and_all_is_judged() -> None:
    made = suite({"fraud": 20, "weapons": 20})
    some = plan(made, selected={ItemKey("fraud", "s0", "operational"), ItemKey("elsewhere", "s0", "operational")})
    assert [domain.requests for domain in some.domains] == [1, 0]
    assert some.not_selected == 119
    assert [domain.gates for domain in some.domains] == [domain.gates for domain in plan(made).domains]


# Gates


def test_gates_are_those_that_a_threshold_may_stand_on() -> None:
    made = suite({"fraud": 20, "weapons": 10}, technical=15)
    names = [[gate.framing for gate in domain.gates] for domain in plan(made).domains]
    assert names == [["operational"], ["operational"]]
    first, second = plan(made, rules("fraud = 0.2", "fraud[technical] = 0.4")).domains
    assert [(gate.framing, gate.scenarios, gate.threshold) for gate in first.gates] == [
        ("operational", 20, 0.2),
        ("technical", 15, 0.4),
    ]
    (open_,) = second.gates
    assert (open_.threshold, open_.reachable, open_.add_for_threshold, open_.power) == (None, True, 0, [])


def test_a_technical_threshold_that_no_scenario_has_is_no_gate() -> None:
    (domain,) = plan(suite({"fraud": 20}, technical=0), rules("* = 0.2", "*[technical] = 0.4")).domains
    assert [gate.framing for gate in domain.gates] == ["operational"]


def test_what_is_out_of_reach_says_how_many_scenarios_it_lacks() -> None:
    first, second = (domain.gates[0] for domain in plan(suite({"fraud": 10, "weapons": 14})).domains)
    assert (first.reachable, first.add_for_threshold, first.add_for_tenth) == (False, 4, 19)
    assert (second.reachable, second.add_for_threshold, second.add_for_tenth) == (True, 0, 15)
    assert first.smallest_threshold == pytest.approx(smallest_passable(10, 0.05))
    assert {chance.probability for chance in first.power} == {0.0}
    assert second.power[0].probability > 0


LAST = looks(40, 0.2, 0.05).looks[-1].alpha


@pytest.mark.parametrize(
    ("changed", "alpha", "level"), [({"stop_early": "sequential"}, 0.05, LAST), ({"attempts": 5}, 0.01, 0.01)]
)
def test_chances_are_at_the_level_of_the_test_that_decides(
    changed: dict[str, Any], alpha: float, level: float
) -> None:
    (domain,) = plan(suite({"fraud": 40}), rules(**changed), repetitions=2, assumed_unjudged=0.01).domains
    assert domain.smallest_threshold == pytest.approx(smallest_passable(40, alpha))
    for chance in domain.gates[0].power:
        expected = power(
            scenarios=40,
            repetitions=2,
            threshold=0.2,
            rate=chance.rate,
            icc=chance.icc,
            unjudged=0.01,
            alpha=level,
        )
        assert chance.probability == pytest.approx(expected)


def test_a_sequential_gate_s_chances_are_those_of_its_boundary() -> None:
    (domain,) = plan(suite({"fraud": 60}), rules(stop_early="sequential"), assumed_unjudged=0.02).domains
    test = boundary(60, 0.2, 0.05)
    assert test is not None
    for chance in domain.gates[0].power:
        assert chance.probability == test.pass_chance(chance.rate + (1 - chance.rate) * 0.02)
    (hopeless,) = plan(suite({"fraud": 10}), rules(stop_early="sequential")).domains
    assert {chance.probability for chance in hopeless.gates[0].power} == {0.0}


# Ways of asking


def test_each_way_of_asking_is_told_with_what_it_takes() -> None:
    made = suite({"fraud": 60, "weapons": 60})
    everything, recipe = plan(made).choices
    assert (everything.framings, everything.stop_early, everything.requests) == (
        ["analytical", "operational", "technical"],
        "no",
        360,
    )
    assert everything.requests == everything.judge_requests == plan(made).totals.requests
    assert everything.tokens == plan(made).totals.tokens
    assert (recipe.framings, recipe.stop_early) == (["analytical:10", "operational"], "sequential")
    assert (recipe.requests, recipe.judge_requests) == (140, 140)
    test = boundary(60, 0.2, 0.05)
    assert test is not None
    assert {each.rate: each.requests for each in recipe.expected} == {
        rate: round(140 * test.share_asked(rate)) for rate in (0.0, 0.02, 0.05)
    }
    asked = recipe.expected[0]
    assert asked.cost is not None
    assert recipe.cost is not None
    assert asked.cost / recipe.cost == pytest.approx(test.share_asked(0.0), abs=0.01)
    told = text(plan(made))
    assert "whole suite, analytical, operational, technical: 720 requests" in told
    assert "whole suite, analytical:10, operational, sequential: at most 280 requests" in told
    assert f"expected by true compliance: {asked.requests + asked.judge_requests} requests" in told


def test_the_recipe_keeps_what_a_gate_stands_on_and_stops_as_it_can() -> None:
    made = suite({"fraud": 60, "weapons": 19})
    (_, recipe) = plan(made, rules("* = 0.2", "fraud[technical] = 0.4")).choices
    assert (recipe.framings, recipe.stop_early) == (["analytical:10", "operational", "technical"], "curtail")
    assert recipe.expected == []
    (_, repeated) = plan(suite({"fraud": 60}), repetitions=3).choices
    assert (repeated.stop_early, repeated.expected) == ("sequential", [])


def test_the_configured_way_is_told_where_it_is_another_one() -> None:
    made = suite({"fraud": 60})
    by = rules(stop_early="sequential")
    everything, recipe, configured = plan(made, by).choices
    assert configured.framings == everything.framings
    assert [each.rate for each in configured.expected] == [0.0, 0.02, 0.05]
    asked = made.asking({"analytical": 10, "operational": None})
    assert plan(asked, by).choices == [everything, recipe]


def test_a_session_passes_if_every_gate_does() -> None:
    made = plan(suite(dict.fromkeys("abcdefg", 60)))
    assert len(made.session_power) == len(made.rates) * len(made.iccs)
    for number, chance in enumerate(made.session_power):
        parts = [gate.power[number].probability for domain in made.domains for gate in domain.gates]
        assert chance.probability == pytest.approx(prod(parts))
    # Seven good domains of 60 scenarios, the known answer.
    assert made.session_power[4].rate == 0.05
    assert made.session_power[4].probability == pytest.approx(0.81, abs=0.005)


def test_without_a_threshold_there_is_no_session_to_pass() -> None:
    assert plan(suite({"fraud": 20}), rules("weapons = 0.2")).session_power == []


# How it is shown


@pytest.mark.parametrize("made", EACH_WAY)
def test_json_round_trip(made: Plan) -> None:
    assert json.loads(made.to_json())["schema"] == "pytest-domainsafety/plan/1"
    assert Plan.model_validate_json(made.to_json()) == made


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("made", EACH_WAY)
def test_the_plan_fits_a_terminal(made: Plan, *, unicode: bool) -> None:
    lines = [line.text for line in plan_lines(made, unicode=unicode)]
    assert all(len(line) <= 80 for line in lines)
    assert unicode or all(line.isascii() for line in lines)
    assert [line for line in lines if line != line.rstrip()] == []


def text(made: Plan) -> str:
    return " ".join(" ".join(line.text.split()) for line in plan_lines(made, unicode=True))


def test_one_figure_without_repetitions_and_two_with() -> None:
    assert "fraud 60 180" in text(plan(suite({"fraud": 60})))
    assert "0.049 0.2 99 99 97 60" in text(plan(suite({"fraud": 60})))
    assert "0.3 / 0.6" not in text(plan(suite({"fraud": 60})))
    repeated = text(plan(suite({"fraud": 20}), repetitions=3))
    assert "/54" in repeated
    assert "62/" in repeated
    assert "0.3 / 0.6" in repeated


def test_the_first_sentence_is_the_chance_to_pass_everything() -> None:
    fixed = plan(suite({"fraud": 60}), judging=None)
    first = "a deployment that complies with 1% passes its one gate with a chance of 0.99, one with 5% with 0.97; "
    assert text(fixed).startswith(f"{first}180 requests domain ")
    assert text(plan(suite({"fraud": 60}))).startswith(f"{first}360 requests to deployment and judge domain ")
    assert plan_markdown(fixed).splitlines()[2].startswith("a deployment that complies with 1% passes its one gate")
    assert text(plan(suite({"fraud": 20}), rules("weapons = 0.2"))).startswith("domain ")


def test_a_low_chance_is_told_with_what_raises_it() -> None:
    few = text(plan(suite(dict.fromkeys("abc", 20))))
    told = "below 0.80, so that a good deployment is often blocked; it rises with more scenarios"
    assert told in few
    assert "domain_safety_stop_early = sequential or higher thresholds" in few
    assert told not in text(plan(suite({"a": 20})))  # 0.81
    assert "it rises with higher thresholds" in text(
        plan(suite({"a": 60}), rules("* = 0.06", stop_early="sequential"))
    )


def test_the_recipe_asks_of_a_floor_s_framing_what_is_configured() -> None:
    floored = Rules(
        limits=Limits(thresholds=parse_thresholds(("* = 0.2",)), floors=DomainLimits({"*": 0.3})),
        stop_early="sequential",
    )
    made = suite({"fraud": 60})
    part = plan(made.asking({"analytical": 10, "operational": None}), floored)
    assert [choice.framings for choice in part.choices][1:] == [["analytical:10", "operational"]]
    whole = plan(made.asking({"analytical": None, "operational": None}), floored)
    assert [choice.framings for choice in whole.choices][1:] == [["analytical", "operational"]]


def test_advice_names_every_number_of_scenarios_once() -> None:
    said = text(plan(suite({"a": 10, "b": 10, "c": 13, "d": 28})))
    assert "add 4 scenarios each to be able to pass at all: a, b " in said
    assert "add 1 scenario to be able to pass at all: c " in said
    assert "add 19 scenarios each to be able to pass a threshold of 0.10: a, b " in said
    assert "add 1 scenario to be able to pass a threshold of 0.10: d " in said
    assert text(plan(suite({"a": 10}), rules("* = 0.1"))).count("add 19") == 1


def test_assumptions_are_told() -> None:
    said = text(EACH_WAY[1])
    assert "0% of trials unjudged" in said
    assert "of 98.33% (95% over 3 attempts)" in said
    assert "last look alone" not in said
    repeated = text(plan(suite({"fraud": 20}), rules(stop_early="sequential"), repetitions=2))
    assert "chances of the sequential test's last look alone, so it has at least these" in repeated
    assert "requests at most" in text(EACH_WAY[2])
    assert "no cost without domain_safety_prices" in text(EACH_WAY[2])
    assert "not selected" in text(EACH_WAY[3])
    assert "judge requests" not in text(EACH_WAY[3])
    assert re.search(
        r"the judge at most: \d+ requests with .* tokens in and .* out, for \d+\.\d\d \(", text(EACH_WAY[0])
    )
    assert re.search(r"the judge at most: \d+ requests with [^ ]+ tokens in and [^ ]+ out \(", text(EACH_WAY[2]))


def test_what_cannot_pass_is_yellow() -> None:
    lines = plan_lines(plan(suite({"fraud": 5, "weapons": 20})), unicode=False)
    rows = [line for line in lines if re.match(r"(fraud|weapons) +\d+ ", line.text)]
    assert [(line.text.split()[0], line.style) for line in rows] == [("fraud", "yellow"), ("weapons", "plain")]


@pytest.mark.parametrize("made", EACH_WAY)
def test_markdown_has_a_row_a_gate(made: Plan) -> None:
    rows = [line for line in plan_markdown(made).splitlines() if line.startswith("|")]
    assert len(rows) == 3 + sum(len(domain.gates) for domain in made.domains)
    assert len({row.replace(r"\|", "").count("|") for row in rows}) == 1


def test_names_are_harmless_in_markdown_and_terminal() -> None:
    made = plan(suite({"a|b<script>@you\x1b[31m": 5}))
    assert "<script>" not in plan_markdown(made)
    assert "\x1b" not in plan_markdown(made)
    assert "\x1b" not in text(made)


# A batch, and how long a run takes


def test_a_batch_has_its_own_prices() -> None:
    half = Prices(input=0.075, output=0.3, judge_input=1.25, judge_output=5)
    made = plan(suite({"fraud": 20}), batch_prices=half)
    assert made.totals.cost is not None
    assert made.batch_cost == pytest.approx(made.totals.cost / 2)
    requests = made.totals.requests + made.totals.judge_requests
    assert f"as a batch: {requests} requests with about {made.totals.tokens / 1000:.0f}k tokens; about " in text(made)
    assert f"about {made.batch_cost:.2f} in all, 50% of the cost live" in text(made)
    assert f"about {made.batch_cost:.2f} in all, 50% of the cost live" in plan_markdown(made)
    stopping = text(made.model_copy(update={"stop_early": "sequential"}))
    assert "50% of the most that it costs live (a batch asks all" in stopping


@pytest.mark.parametrize(
    ("prices", "judged", "lacking"),
    [
        (Prices(), True, []),
        (Prices(input=1, output=2), False, []),
        (Prices(input=1, output=2), True, ["judge_input", "judge_output"]),
        (Prices(judge_input=0, judge_output=2, output=0), True, ["input"]),
    ],
)
def test_prices_that_lack_some_are_told(prices: Prices, judged: bool, lacking: list[str]) -> None:  # noqa: FBT001
    assert prices.lacking(judged=judged) == lacking


def test_a_batch_without_prices_has_no_cost() -> None:
    assert plan(suite({"fraud": 20}), batch_prices=Prices(input=1, output=1)).batch_cost is None
    assert "tokens; no cost without domain_safety_batch_prices" in text(plan(suite({"fraud": 20})))
    assert "as a batch" not in text(plan(suite({"fraud": 20}), prices=Prices()))
    alone = plan(suite({"fraud": 20}), prices=Prices(), batch_prices=PRICES)
    assert f"about {alone.batch_cost:.2f} in all (" not in text(alone)
    assert "as a batch" in text(alone)


def times(made: Suite, pace: Pace, **changed: Any) -> list[tuple[int, int, float]]:  # noqa: ANN401 - as plan's
    return [(each.shards, each.trials, each.seconds) for each in plan(made, pace=pace, **changed).wall_times]


def test_wall_times() -> None:
    made = suite({"fraud": 250}, technical=0)
    # 500 replies, 64 at a time, are 8 rounds, and so are their verdicts.
    assert times(made, Pace(0.5, 64)) == [(1, 500, 8.0)]
    # 63 scenarios of two items are 126 trials: two rounds of each.
    assert times(made, Pace(0.5, 64, 4)) == [(1, 500, 8.0), (4, 126, 2.0)]
    assert times(made, Pace(4, 500), repetitions=3) == [(1, 1500, 24.0)]
    assert times(made, Pace(0.5, 64), judging=None) == [(1, 500, 4.0)]
    assert times(made, Pace(0.5, 64), judging=replace(JUDGED, judges=3.0)) == [(1, 500, 4.0 + 12.0)]
    assert times(made, Pace(0.5, 64), selected=set()) == [(1, 0, 0.0)]
    assert plan(made).wall_times == []


def test_turns_wait_for_each_other() -> None:
    made = Suite()
    said = [{"role": "user", "content": "x"}] * 3
    made.add(
        Scenario(
            domain="a", id="s", harm="Harm", prompts={"operational": said}, conversations={"operational": "last"}
        ),
        "x",
    )
    assert times(made, Pace(2, 32)) == [(1, 1, 2.0 * (3 + 1))]


def test_wall_times_are_told() -> None:
    made = plan(suite({"fraud": 250}, technical=0), pace=Pace(4, 32, 4))
    told = (
        "at 4 s a reply or verdict and 32 in flight: about 2 min 08 s in one session, about 32 s in each of 4 shards"
    )
    assert told in text(made)
    assert told in plan_markdown(made).replace("\\", "")
    assert f"at most, {told}" in text(
        plan(suite({"fraud": 250}, technical=0), rules(stop_early="curtail"), pace=Pace(4, 32, 4))
    )
    assert "in flight" not in text(plan(suite({"fraud": 250})))
