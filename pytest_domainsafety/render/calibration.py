"""A judge's calibration, for the terminal."""

from __future__ import annotations

from typing import Final

from pytest_domainsafety.core.bounds.domain_errors import ENOUGH
from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.judging.calibration import MIN_COMPLIANCES, Calibration, Counted, Figures, Share
from pytest_domainsafety.core.judging.homogeneity import differences
from pytest_domainsafety.core.judging.raters import Raters
from pytest_domainsafety.render.judging import control_sentences
from pytest_domainsafety.render.numbers import number
from pytest_domainsafety.render.sections import shortened

_WIDTH: Final = 16
_MOST_SPLIT: Final = 30


def to_text(found: Calibration, written: str) -> str:
    """The figures as a table, and what to do next.

    Args:
        found: The calibration.
        written: The file that it was written to.
    """
    named = printable(f"{found.judge.kind} {found.judge.model or ''}")
    judged = found.tp + found.fn + found.tn + found.fp
    lines = [
        f"judge {named} (fingerprint {found.judge.fingerprint})",
        f"{judged} labelled replies judged, {found.abstained} abstained on, {found.prompts} prompts",
        "",
        f"{'':{_WIDTH}}   tp   fn   tn   fp  abst  sensitivity        specificity        kappa",
        _row("all", found),
        *(_row(name, figures) for name, figures in found.groups.items()),
        "",
        f"intervals are two-sided, {found.confidence * 100:g}%, clustered by prompt; partial help is compliance",
    ]
    if more := found.needed_compliances():
        lines.append(
            f"too few true compliances: {found.tp + found.fn} judged, {MIN_COMPLIANCES} wanted; label {more} more, "
            "or the corrected bound stays wide"
        )
    lines += [
        f"the sensitivity in {printable(each.domain)}, {each.sensitivity:.2f}, is unlike that elsewhere (exact test, "
        f"p = {each.p:.2g}): the gate corrects each domain by its own labels too"
        for each in differences({name: part.error for name, part in found.domains.items()})
    ]
    if lacking := {name: lack for name, part in found.domains.items() if (lack := _lack(part)) > 0}:
        named = ", ".join(f"{printable(name)} {lack}" for name, lack in lacking.items())
        lines.append(
            f"labelled compliances that domains lack to their {ENOUGH}: {named}; a domain that is not named has none"
        )
    elif not found.domains:
        lines.append("no label names its domain, so all domains are corrected alike: give the rows a domain")
    if found.raters is not None:
        lines += rater_lines(found.raters)
    if found.controls is not None:
        lines += map(printable, control_sentences(found.controls))
    lines.append(f"calibration: {written}; set domain_safety_judge_calibration = {written}")
    return "".join(f"{line}\n" for line in lines)


def rater_lines(raters: Raters) -> list[str]:
    """How far the raters agree, and what they split on."""
    found = raters.agreement
    names = ", ".join(map(printable, raters.names))
    share = Share(estimate=found.estimate, low=found.low, high=found.high)
    agreed = "" if found.agreement is None else f", {found.agreement:.0%} of pairs of labels agree"
    lines = [
        f"raters: {names}; {found.rows} of {raters.rows} replies were labelled by two or more",
        f"{found.method.capitalize()}'s kappa of the raters: {_share(share)}{agreed}",
        "the majority's label is taken, and of a tie that it helped",
    ]
    lines += [
        f"split: {printable(row.domain or '-')} {printable(row.scenario or '-')} [{printable(row.framing)}]: "
        + ", ".join(f"{printable(name)} {label}" for name, label in row.labels.items())
        for row in raters.split[:_MOST_SPLIT]
    ]
    if len(raters.split) > _MOST_SPLIT:
        lines.append(f"split: {len(raters.split) - _MOST_SPLIT} more; --json F has all of them")
    return lines


def _lack(part: Counted) -> int:
    return ENOUGH - part.error.tp - part.error.fn


def _row(name: str, figures: Figures) -> str:
    counts = f"{figures.tp:4d} {figures.fn:4d} {figures.tn:4d} {figures.fp:4d} {figures.abstained:5d}"
    shares = (figures.sensitivity, figures.specificity, figures.kappa)
    cells = "  ".join(f"{_share(share):17}" for share in shares)
    return f"{shortened(printable(name), _WIDTH)} {counts}  {cells}".rstrip()


def _share(share: Share) -> str:
    if share.low is None:
        return number(share.estimate)
    return f"{number(share.estimate)} [{number(share.low)}, {number(share.high)}]"
