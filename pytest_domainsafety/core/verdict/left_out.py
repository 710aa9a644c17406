"""Framings that are left out on purpose: no gate may stand on one."""

from __future__ import annotations

from pytest_domainsafety.core.configuration.limits import LimitError
from pytest_domainsafety.core.suite.framings import ANY, FRAMINGS
from pytest_domainsafety.core.suite.suite import AskedFramings
from pytest_domainsafety.core.verdict.rules import Limits
from pytest_domainsafety.core.verdict.thresholds import gate_name


def check_gates(asked: AskedFramings | None, limits: Limits) -> None:
    """Check that nothing that a gate stands on is left out, or in part.

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
        if (most := asked[framing]) is not None:
            raise LimitError(
                f"{framing}:{most} asks a part of what the line '{gate} = ..' of domain_safety_{setting} is a gate "
                f"on: name {framing} without a number, or remove that line"
            )
