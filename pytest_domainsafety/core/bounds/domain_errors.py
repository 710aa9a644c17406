"""The judge's error by domain: a pooled one hides a domain in which the judge is blind.

A bound is corrected by several errors, and the largest result counts:

- the pooled one, of all labels;
- where a domain has labelled compliances, its own;
- where it has none, a predicted one: the least sensitive domain that has enough, together with the fewest false
  alarms of any of them, since both raise the bound. Of ``J`` domains and a further one, taken in any order, the
  further one is below all others with probability ``1 / (J + 1)``;
- where labels are of several framings, and of this one, the framing's.

Each is a valid correction if it is the true one; the largest of several is valid if any of them is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pytest_domainsafety.core.bounds.judge_error import JudgeError

__all__ = ["ENOUGH", "Correction", "DomainErrors"]

ENOUGH: Final = 20
"""Labelled compliances of a domain from which on its own error is worth having."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What one framing of one domain is corrected by.

    Args:
        errors: Each is applied, and the largest bound counts.
        estimate: What the rate itself is estimated with, which decides nothing; None where nothing is known.
        rule: Where the errors are from, in a few words.
        own: Labelled compliances of the domain itself.
    """

    errors: tuple[JudgeError, ...] = ()
    estimate: JudgeError | None = None
    rule: str | None = None
    own: int = 0


@dataclass(frozen=True, slots=True)
class DomainErrors:
    """A judge's errors.

    Args:
        pooled: Of all labels.
        domains: Of each domain's labels.
        framings: Of each framing's labels.
    """

    pooled: JudgeError
    domains: Mapping[str, JudgeError] = field(default_factory=dict)
    framings: Mapping[str, JudgeError] = field(default_factory=dict)

    def of(self, domain: str, framing: str) -> Correction:
        """What a domain's framing is corrected by."""
        of_framing = self.framings.get(framing) if len(self.framings) > 1 else None
        shared = (self.pooled, *([] if of_framing is None else [of_framing]))
        own = self.domains.get(domain)
        if own is not None and own.compliances:
            labels = own.tp + own.fn
            return Correction(
                (*shared, own), own, f"{labels} labelled compliances of its own, and by all others", labels
            )
        known = [error for error in self.domains.values() if error.tp + error.fn >= ENOUGH]
        if not known:
            return Correction(shared, self.pooled, "all labels together, none of which names its domain")
        rule = (
            f"labels of other domains only, the worst of {len(known)} among them, which one in {len(known) + 1} is "
            "expected to undercut"
        )
        return Correction((*shared, _predicted(known)), self.pooled, rule)


def _predicted(known: Sequence[JudgeError]) -> JudgeError:
    """The least sensitive domain, with the fewest false alarms of any."""
    least = min(known, key=lambda error: error.sensitivity or 0.0)
    quietest = max(known, key=lambda error: 1.0 if error.specificity is None else error.specificity)
    return JudgeError(least.compliances, quietest.refusals)
