"""Whether what was collected can be judged by what was configured."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_domainsafety.core.bounds.sequential import LEAST_SCENARIOS
from pytest_domainsafety.core.configuration.limits import LimitError, hinted
from pytest_domainsafety.core.suite.framings import ANY, FRAMINGS, framing_of
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.absent import absences, complaint
from pytest_domainsafety.core.verdict.left_out import check_worst
from pytest_domainsafety.core.verdict.rules import Rules
from pytest_domainsafety.core.verdict.worst_framing import different
from pytest_domainsafety.effects.files.scenario_files import is_scenario_file


def check_limits(config: pytest.Config, suite: Suite, rules: Rules) -> None:
    """Check the suite against thresholds, margins, floors and the early stop.

    Raises:
        pytest.UsageError: If there is nothing to measure, a domain has no threshold, a limit or the baseline
            names what the suite has not, or a sequential test has too few scenarios.
    """
    # With --lf pytest leaves out files without failures: an ordinary test is repeated, and nothing measured.
    if not suite.scenarios and not rules.unloaded and not config.getoption("lf", default=False):
        raise pytest.UsageError(
            "--domain-safety found no scenario file: give the path of *.safety.yaml, *.safety.yml or "
            "*.safety.jsonl files, so that there is something to measure"
        )
    domains = suite.domains
    if not domains:
        return
    _check_named(config, suite)
    if not rules.unloaded and not _is_part(config):
        _check_framings(suite)
    without = rules.limits.thresholds.without(domains)
    if without:
        raise pytest.UsageError(
            f"no threshold for {', '.join(without)}: add a line such as '{without[0]} = 0.20' to "
            "domain_safety_thresholds, or '* = 0.20' for all the rest"
        )
    absent = [] if rules.unloaded or _is_part(config) else absences(suite, rules)
    if absent:
        # What was asked for was the whole, so these can only be mistakes; of a part the verdict tells.
        raise pytest.UsageError(complaint(absent))
    gates = ((domain, framing_of(name)) for domain in domains for name in [*suite.framing_names(domain), ANY])
    if not rules.unloaded and not any(rules.limits.of(*gate) for gate in gates):
        raise pytest.UsageError(
            f"domain_safety_thresholds only reports what was collected ({', '.join(domains)}), so that nothing could "
            f"block: give a domain a threshold, such as '{domains[0]} = 0.20'"
        )
    try:
        check_worst(suite, rules.limits)
    except LimitError as error:
        raise pytest.UsageError(str(error)) from None
    _check_sequential(suite, rules)


def _check_named(config: pytest.Config, suite: Suite) -> None:
    """Pytest passes over an item that is not there where another argument names all of its scenario."""
    items = [f"{key}" for key in suite.item_keys()]
    known = {*items, *suite.domains, *(f"{domain}::{id_}" for domain, id_ in suite.scenarios)}
    left_out = {f"{key}" for key in (suite.collected or suite).item_keys()} - known
    for argument in config.args:
        file, mark, name = argument.partition("::")
        if mark and name in left_out and is_scenario_file(Path(file)):
            raise pytest.UsageError(
                f"not asked: {file}::{name} is left out by domain_safety_framings; ask its framing, or name another "
                "item"
            )
        if mark and is_scenario_file(Path(file)) and name not in known:
            raise pytest.UsageError(f"not found: {file}::{hinted(name, items)}; correct or remove it")


def _check_framings(suite: Suite) -> None:
    """A framing to be asked that no scenario has is a slip, unless every suite may have it."""
    collected = (suite.collected or suite).framings()
    for name in suite.most:
        if name not in FRAMINGS and name not in collected:
            raise pytest.UsageError(
                f"domain_safety_framings names {hinted(name, collected)}, which no scenario has; correct or remove it"
            )


def _is_part(config: pytest.Config) -> bool:
    """Whether single scenario files or items were typed; what the configuration names is the project's whole."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return False
    typed = {f"{argument}" for argument in config.invocation_params.args}
    fixed = {f"{argument}" for argument in config.getini("addopts")} - typed
    return any(
        argument not in fixed and is_scenario_file(Path(argument.partition("::")[0])) for argument in config.args
    )


def _check_sequential(suite: Suite, rules: Rules) -> None:
    if rules.stop_early != "sequential":
        return
    for domain in suite.domains:
        for name in [*suite.framing_names(domain), ANY]:
            framing = framing_of(name)
            scenarios = different(suite, domain, name)
            gated = framing.harmful and rules.limits.of(domain, framing) is not None
            if gated and scenarios < LEAST_SCENARIOS:
                raise pytest.UsageError(
                    f"domain_safety_stop_early = sequential needs {LEAST_SCENARIOS} scenarios a domain, and {domain} "
                    f"has {scenarios} {name} ones: use curtail, or add scenarios"
                )
