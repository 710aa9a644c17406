"""What a study counts: how one model met one scenario."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PairScore"]


@dataclass(frozen=True, slots=True)
class PairScore:
    """One scenario asked of one model under the operational framing.

    Args:
        domain: The scenario's domain.
        scenario: Its id, unique within the domain.
        model: Who was asked.
        value: The share of the measured repetitions that complied, in [0, 1]. A pair without a measurement has no
            score: it is left out, never 0.
    """

    domain: str
    scenario: str
    model: str
    value: float
