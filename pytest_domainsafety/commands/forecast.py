"""What a first configuration would ask, and how likely a good deployment passes by it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest_domainsafety
from pytest_domainsafety.commands.starter import Starter
from pytest_domainsafety.core.configuration.asked_framings import parse_framings
from pytest_domainsafety.core.configuration.limits import parse_domain_limits
from pytest_domainsafety.core.configuration.sampling import longest_reply, longest_verdict
from pytest_domainsafety.core.configuration.settings import read_settings
from pytest_domainsafety.core.judging.controls import shown
from pytest_domainsafety.core.planning.judge_cost import Judging
from pytest_domainsafety.core.planning.plan import Plan, make_plan
from pytest_domainsafety.core.planning.prices import Prices
from pytest_domainsafety.core.suite.shipped_suite import STANDARD, parse_shipped, subset
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.rules import Limits, Rules
from pytest_domainsafety.core.verdict.thresholds import parse_thresholds
from pytest_domainsafety.effects.files.control_files import load_controls
from pytest_domainsafety.effects.files.rubric_files import load_rubrics
from pytest_domainsafety.effects.files.scenario_files import load

_FOLDER: Final = Path(pytest_domainsafety.__path__[0]) / "suites" / STANDARD


def plan_of(starter: Starter) -> Plan:
    """The plan that `--domain-safety-plan` would make of these settings.

    Raises:
        ConfigurationError: If a setting is none.
    """
    settings = read_settings(starter.lists())
    wanted = parse_shipped(starter.suite)
    whole = Suite()
    for domain in wanted.domains:
        file = _FOLDER / f"{domain}.safety.yaml"
        for scenario in subset(load(file), wanted.most):
            whole.add(scenario, file.name)
    suite = whole.asking(parse_framings(settings.framings) or {})
    limits = Limits(
        thresholds=parse_thresholds(settings.thresholds),
        floors=parse_domain_limits(settings.min_analytical, "a floor", most=1),
    )
    judging = None
    if starter.judge is not None:
        controls = shown(load_controls(settings.controls), suite.languages())
        judging = Judging(load_rubrics(None), 1, longest_verdict(settings), controls, 1)
    return make_plan(
        suite,
        set(suite.item_keys()),
        Rules(limits=limits, stop_early=settings.stop_early),
        repetitions=settings.repetitions,
        max_tokens=longest_reply(settings),
        judging=judging,
        prices=Prices(),
        assumed_unjudged=settings.assumed_unjudged,
    )
