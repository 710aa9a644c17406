"""How far a run is, for a terminal that can rewrite its lines: all of it first, and then a domain a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pytest_domainsafety.core.escape import columns
from pytest_domainsafety.core.traffic.progress import DomainProgress, Progress
from pytest_domainsafety.render.sections import Line, shortened

_BAR: Final = 14
_LONGEST_DOMAIN: Final = 24
_MARKS: Final = {True: ("█", "·"), False: ("#", ".")}


def progress_lines(
    progress: Progress, pace: float | None, *, width: int, height: int, unicode: bool, outcomes: bool = True
) -> Sequence[Line]:
    """The lines, none wider than the terminal; none where nothing is left to ask.

    Args:
        progress: The counts.
        pace: Trials a second; None where it is not known yet.
        width: The terminal's columns.
        height: The most lines.
        unicode: Whether the terminal can show block characters.
        outcomes: Whether it is told how many complied.
    """
    if not progress.planned or progress.done >= progress.planned or height < 1:
        return []
    domains = list(progress.domains.items())
    shown = domains
    if len(domains) >= height:
        # One line more says how many there is no room for.
        shown = [each for each in domains if each[1].done < each[1].planned][: max(0, height - 2)]
    name = min(_LONGEST_DOMAIN, max((len(domain) for domain, _ in shown), default=0))
    lines = [Line(_total(progress, pace), "bold")]
    lines += [Line(_row(domain, found, name, unicode=unicode, outcomes=outcomes)) for domain, found in shown]
    if shown and len(shown) < len(domains):
        lines.append(Line(f"and {len(domains) - len(shown)} more domains"))
    return [Line(columns(line.text)[: width - 1].rstrip(), line.style) for line in lines]


def _total(progress: Progress, pace: float | None) -> str:
    parts = [f"{progress.done:,} of {progress.planned:,} replies"]
    if pace is not None:
        left = (progress.planned - progress.done) / pace
        parts += [f"{pace:.1f}/s", f"{duration(left)} left"]
    if progress.unmeasured:
        parts.append(f"{progress.unmeasured:,} not measured")
    return ", ".join(parts)


def _row(domain: str, found: DomainProgress, width: int, *, unicode: bool, outcomes: bool) -> str:
    full, rest = _MARKS[unicode]
    filled = _BAR * found.done // found.planned
    count = f"{found.done:>{len(str(found.planned))}} of {found.planned}"
    complied = f"complied {found.complied} of {found.measured}" if outcomes and found.measured else ""
    return f"{shortened(domain, width)} {full * filled}{rest * (_BAR - filled)} {count}  {complied}"


def duration(seconds: float) -> str:
    """So long, as precisely as one wants to know it."""
    minutes, rest = divmod(max(1, round(seconds)), 60)
    if not minutes:
        return f"{rest} s"
    hours, left = divmod(minutes, 60)
    return f"{hours} h {left:02d} min" if hours else f"{minutes} min {rest:02d} s"
