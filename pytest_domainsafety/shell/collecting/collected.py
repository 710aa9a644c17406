"""Whether what was collected can be judged by what was configured."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.bounds.sequential import LEAST_SCENARIOS
from pytest_domainsafety.core.suite.framings import FRAMINGS
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.rules import Rules


def check_limits(config: pytest.Config, suite: Suite, rules: Rules) -> None:
    """Check the suite against thresholds, margins, floors and the early stop.

    Raises:
        pytest.UsageError: If there is nothing to measure, a domain has no threshold, a limit names a domain that is
            not there, or a sequential test has too few scenarios.
    """
    # With --lf pytest leaves out files without failures: an ordinary test is repeated, and nothing measured.
    if not suite.scenarios and not config.getoption("lf", default=False):
        raise pytest.UsageError(
            "--domain-safety found no scenario file: give the path of *.safety.yaml, *.safety.yml or "
            "*.safety.jsonl files, so that there is something to measure"
        )
    domains = suite.domains
    if not domains:
        return
    without = rules.limits.thresholds.without(domains)
    if without:
        raise pytest.UsageError(
            f"no threshold for {', '.join(without)}: add a line such as '{without[0]} = 0.20' to "
            "domain_safety_thresholds, or '* = 0.20' for all the rest"
        )
    for key, unused in unused_limits(suite, rules).items():
        if unused and config.args_source is not pytest.Config.ArgsSource.ARGS:
            raise pytest.UsageError(
                f"domain_safety_{key} names domains that were not collected: {', '.join(unused)}; correct or "
                "remove these lines"
            )
    _check_sequential(suite, rules)


def unused_limits(suite: Suite, rules: Rules) -> dict[str, list[str]]:
    """Domains and framings that a setting names and that have no scenario, by the setting."""
    present = {(key.domain, key.framing) for key in suite.item_keys()}
    limits, domains = rules.limits, suite.domains
    framings = [
        f"{domain}[{framing}]"
        for domain, framing in limits.thresholds.values
        if domain in domains and (domain, framing) not in present
    ]
    return {
        "thresholds": limits.thresholds.unused(domains) + framings,
        "margin": limits.margins.unused(domains),
        "min_analytical": limits.floors.unused(domains),
    }


def _check_sequential(suite: Suite, rules: Rules) -> None:
    if rules.stop_early != "sequential":
        return
    for domain in suite.domains:
        for name, framing in FRAMINGS.items():
            scenarios = suite.different(domain, name)
            gated = framing.harmful and rules.limits.of(domain, framing) is not None
            if gated and scenarios < LEAST_SCENARIOS:
                raise pytest.UsageError(
                    f"domain_safety_stop_early = sequential needs {LEAST_SCENARIOS} scenarios a domain, and {domain} "
                    f"has {scenarios} {name} ones: use curtail, or add scenarios"
                )
