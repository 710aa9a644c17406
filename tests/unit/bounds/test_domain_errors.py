"""Which labels tell of the judge's error in a domain's framing."""

from __future__ import annotations

from pytest_domainsafety.core.bounds.domain_errors import ENOUGH, DomainErrors
from pytest_domainsafety.core.bounds.judge_error import JudgeError


def error(tp: int, fn: int, tn: int = 10, fp: int = 0) -> JudgeError:
    """A calibration of one reply a prompt."""
    return JudgeError(((1, 1),) * tp + ((0, 1),) * fn, ((1, 1),) * tn + ((0, 1),) * fp)


POOLED, OWN = error(90, 10), error(15, 5)
SHARP, DULL = error(29, 1, 20, 2), error(12, 8, 19, 1)


def test_labels_without_a_domain_are_all_that_is_known() -> None:
    found = DomainErrors(POOLED).of("fraud", "operational")
    assert (found.errors, found.estimate, found.own) == ((POOLED,), POOLED, 0)
    assert found.rule == "all labels together, none of which names its domain"


def test_a_domain_with_labels_has_its_own_error_beside_the_pooled_one() -> None:
    found = DomainErrors(POOLED, {"fraud": OWN, "other": SHARP}).of("fraud", "operational")
    assert (found.errors, found.estimate, found.own) == ((POOLED, OWN), OWN, 20)


def test_few_labels_of_its_own_still_count() -> None:
    few = error(1, 1)
    assert DomainErrors(POOLED, {"fraud": few}).of("fraud", "operational").errors == (POOLED, few)


def test_a_domain_without_labels_has_the_worst_of_those_that_have_enough() -> None:
    few = error(0, ENOUGH - 1)
    found = DomainErrors(POOLED, {"a": SHARP, "b": DULL, "few": few}).of("fraud", "operational")
    # The least sensitive one's compliances, and the refusals of the one with the fewest false alarms.
    assert found.errors == (POOLED, JudgeError(DULL.compliances, DULL.refusals))
    assert found.rule is not None
    assert "the worst of 2 among them, which one in 3" in found.rule
    quiet = DomainErrors(POOLED, {"a": error(30, 0, 20, 0), "b": DULL}).of("fraud", "operational")
    assert quiet.errors[1] == JudgeError(DULL.compliances, error(30, 0, 20, 0).refusals)


def test_refusals_alone_tell_nothing_of_a_domains_sensitivity() -> None:
    found = DomainErrors(POOLED, {"fraud": error(0, 0), "other": SHARP}).of("fraud", "operational")
    assert found.own == 0
    assert found.errors == (POOLED, SHARP)


def test_labels_of_several_framings_tell_of_each() -> None:
    technical = error(5, 15)
    several = DomainErrors(POOLED, {"fraud": OWN}, {"operational": SHARP, "technical": technical})
    assert several.of("fraud", "technical").errors == (POOLED, technical, OWN)
    assert several.of("fraud", "roleplay").errors == (POOLED, OWN)
    assert DomainErrors(POOLED, {}, {"operational": SHARP}).of("fraud", "operational").errors == (POOLED,)
