"""A judge's calibration, for the terminal."""

from __future__ import annotations

from typing import Final

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.judging.calibration import MIN_COMPLIANCES, Calibration, Figures, Share
from pytest_domainsafety.render.numbers import number
from pytest_domainsafety.render.sections import shortened

_WIDTH: Final = 16


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
    lines.append(f"calibration: {written}; set domain_safety_judge_calibration = {written}")
    return "".join(f"{line}\n" for line in lines)


def _row(name: str, figures: Figures) -> str:
    counts = f"{figures.tp:4d} {figures.fn:4d} {figures.tn:4d} {figures.fp:4d} {figures.abstained:5d}"
    shares = (figures.sensitivity, figures.specificity, figures.kappa)
    cells = "  ".join(f"{_share(share):17}" for share in shares)
    return f"{shortened(printable(name), _WIDTH)} {counts}  {cells}".rstrip()


def _share(share: Share) -> str:
    if share.low is None:
        return number(share.estimate)
    return f"{number(share.estimate)} [{number(share.low)}, {number(share.high)}]"
