"""Framings that are left out on purpose: no gate may stand on one."""

from __future__ import annotations

from pytest_domainsafety.core.configuration.limits import LimitError
from pytest_domainsafety.core.suite.framings import ANY, FRAMINGS, framing_of
from pytest_domainsafety.core.suite.suite import AskedFramings, Suite
from pytest_domainsafety.core.verdict.rules import Limits
from pytest_domainsafety.core.verdict.thresholds import REPORT, gate_name


def check_gates(asked: AskedFramings | None, limits: Limits) -> None:
    """Check that nothing that a gate stands on is left out, or a threshold's in part.

    A floor may stand on a part: with fewer scenarios its lower bound is lower, so that asking less passes nothing
    that would not pass otherwise.

    Raises:
        LimitError: At the first gate of which it is.
    """
    if asked is None:
        return
    lines = [
        ("thresholds", gate_name(domain, framing), framing)
        for (domain, framing), value in limits.thresholds.values.items()
        if value is not None and framing != ANY
    ]
    floors = [domain for domain, floor in limits.floors.values.items() if floor]
    lines += [
        ("min_analytical", domain, name) for name, each in FRAMINGS.items() if not each.harmful for domain in floors
    ]
    for setting, gate, framing in lines:
        if framing not in asked:
            raise LimitError(
                f"{framing} is left out, and the line '{gate} = ..' of domain_safety_{setting} is a gate on it: name "
                f"{framing}, or remove that line"
            )
        if setting == "thresholds" and (most := asked[framing]) is not None:
            raise LimitError(
                f"{framing}:{most} asks a part of what the line '{gate} = ..' of domain_safety_{setting} is a gate "
                f"on: name {framing} without a number, or remove that line"
            )


def check_worst(suite: Suite, limits: Limits) -> None:
    """Check that where a gate stands on the worst of all harmful framings none that a domain has is left out.

    Raises:
        LimitError: At the first that is, or of which a part is.
    """
    if suite.collected is None:
        return
    for domain in suite.domains:
        if limits.of(domain, framing_of(ANY)) is None:
            continue
        for name in suite.collected.framing_names(domain):
            if framing_of(name).harmful and not (name in suite.most and suite.most[name] is None):
                raise LimitError(
                    f"{name} of {domain} is left out by domain_safety_framings, whole or in part, and the gate "
                    f"{gate_name(domain, ANY)} is on the worst of all harmful framings: name {name} without a "
                    f"number, or add a line '{gate_name(domain, ANY)} = {REPORT}' to domain_safety_thresholds"
                )
