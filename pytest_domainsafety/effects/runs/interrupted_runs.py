"""Runs to go on with, interrupted or with holes: found again, and compared with what is configured now."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.reports.resumed import minute
from pytest_domainsafety.core.reports.run_identity import OF_THE_JUDGE
from pytest_domainsafety.effects.runs.finished_runs import REPORT, verdicts_in
from pytest_domainsafety.effects.runs.held_files import IDENTITY, write_privately
from pytest_domainsafety.effects.runs.journal_rows import holds_verdict
from pytest_domainsafety.effects.runs.parts import read_part, without_verdict

BATCHES: Final = "batch"
"""The folder of what a run asked in batches."""
NEWEST: Final = "newest"

STARTED: Final = "started"
DRAWN: Final = "order drawn by"
ABOUT: Final = "about"
"""What is told in it beside what the run is of."""

_CLOCKS_DIFFER: Final = timedelta(hours=1)
"""By so much at most two machines do; more would make any age of a run look young."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierRun:
    """A run to go on with.

    Args:
        folder: Its directory.
        started: When it was begun, in UTC.
        drawn: The order in which it asks is made of it.
        finished: Whether it reached its end, so that only its holes are left.
        verdicts: What it came to before. The verdict of a finished run counts even where it was inconclusive:
            somebody saw it, and tries again.
        rejudges: Whether another judge goes on, where the earlier one had scored nothing.
    """

    folder: Path
    started: datetime
    drawn: str
    finished: bool
    verdicts: int
    rejudges: bool = False


def new_run(
    folder: Path, started: datetime, drawn: str, identity: Mapping[str, Any], about: Mapping[str, Any]
) -> Path:
    """Make a run's directory, for nobody but the user.

    Args:
        folder: Where runs are kept.
        started: Names it.
        drawn: The order in which it asks is made of it.
        identity: What a session that goes on with it must share, as JSON.
        about: What else is told of it, as JSON.

    Raises:
        OSError: If it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    run = folder / f"{started.strftime('%Y%m%dT%H%M%S')}-{secrets.token_hex(3)}"
    run.mkdir(mode=0o700)
    tell_identity(run, started, drawn, identity, about)
    return run


def tell_identity(
    run: Path, started: datetime, drawn: str, identity: Mapping[str, Any], about: Mapping[str, Any]
) -> None:
    """Write down what a run is of, see `new_run`.

    Raises:
        OSError: If it cannot be written.
    """
    told = {STARTED: started.isoformat(), DRAWN: drawn, ABOUT: about, **identity}
    write_privately(run / IDENTITY, [json.dumps(told, indent=1), "\n"])


def earlier_run(folder: Path, wanted: str, base: Path, identity: Mapping[str, Any]) -> EarlierRun:
    """The run to go on with.

    Args:
        folder: Where runs are kept.
        wanted: A run's directory, or `newest` for the newest interrupted one.
        base: What a relative one is relative to.
        identity: What is configured now.

    Raises:
        ConfigurationError: In one sentence, if there is none, or it is of something else.
    """
    run = _newest(folder) if wanted == NEWEST else base / wanted
    try:
        theirs = json.loads((run / IDENTITY).read_text(encoding="utf-8"))
        started = datetime.fromisoformat(theirs[STARTED]).astimezone(UTC)
    except (OSError, ValueError):
        raise ConfigurationError(f"{run} is no run's directory: give one in {folder}") from None
    except (KeyError, TypeError):
        raise ConfigurationError(f"{run} does not say when it was begun: make a new run") from None
    if not isinstance(theirs.get(DRAWN), str):
        raise ConfigurationError(f"{run} does not say in which order it asks: make a new run")
    differing = [name for name in identity if name not in theirs or theirs[name] != identity[name]]
    if differing and not (set(differing) <= OF_THE_JUDGE and not holds_verdict(run)):
        name = differing[0]
        raise ConfigurationError(
            f"{run} is of another {', '.join(differing)} ({name} was {theirs.get(name)!s:.60}, is "
            f"{identity[name]!s:.60}): make a new run, or set it as it was"
        )
    report = _report(run)
    part = read_part(run)
    finished = part.is_whole if part is not None else report is not None and not _is_open(report)
    decided = 0 if report is None else verdicts_in(report)
    unseen = finished and report is not None and report["decision"] == "inconclusive"
    return EarlierRun(
        folder=run,
        started=started,
        drawn=str(theirs[DRAWN]),
        finished=finished,
        verdicts=decided + unseen,
        rejudges=bool(differing),
    )


def check_age(run: Path, started: datetime, now: datetime, hours: float, mend: str) -> None:
    """Refuse to go on with a run that was begun too long ago, or by a clock that nobody can count hours by.

    Args:
        run: Its directory.
        started: When it was begun.
        now: The time.
        hours: How many it may have been.
        mend: What to do otherwise than to allow more.

    Raises:
        ConfigurationError: In one sentence.
    """
    if started - now > _CLOCKS_DIFFER:
        raise ConfigurationError(
            f"{run} was begun at {minute(started.isoformat())}, which by this clock is still to come: set the clock, "
            f"or {mend}"
        )
    if now - started > timedelta(hours=hours):
        when = minute(started.isoformat())
        raise ConfigurationError(
            f"{run} was begun at {when}, more than {hours:g} hours ago, and the deployment may be another by "
            f"now: {mend}, or raise domain_safety_resume_age"
        )


def finished_at(run: Path) -> str | None:
    """When a run reached its end, as its report says; None where it did not, or no whole report tells."""
    report = _report(run)
    return None if report is None or _is_open(report) else f"{report.get('finished', '')}"


def _newest(folder: Path) -> Path:
    kept = [path.parent for path in folder.glob(f"*/{IDENTITY}")]
    found = [run for run in kept if _is_left(run)]
    if not found:
        raise ConfigurationError(f"there is no interrupted run in {folder}: leave --domain-safety-resume out")
    return max(found, key=lambda run: ((run / IDENTITY).stat().st_mtime_ns, run.name))


def _is_left(run: Path) -> bool:
    """Whether a run may be gone on with, without being named."""
    report, part = _report(run), read_part(run)
    return (report is None or _is_open(report)) and (part is None or not part.is_whole)


def _is_open(report: Mapping[str, Any]) -> bool:
    """Whether a report says that its run was interrupted or stopped."""
    return bool(report["interrupted"] or report["stopped"])


def _report(run: Path) -> dict[str, Any] | None:
    """What a run's report holds, None where there is none, or what is there is no report."""
    try:
        report: dict[str, Any] = json.loads((run / REPORT).read_text(encoding="utf-8"))
        _is_open(report), verdicts_in(report)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return report


def check_finished(run: Path) -> None:
    """Look whether a run's directory holds a verdict.

    Args:
        run: The directory, or a report, which has one.

    Raises:
        ConfigurationError: If the run was begun and has no report, or is a part of one.
    """
    if (run / IDENTITY).is_file() and not (run / REPORT).exists():
        raise ConfigurationError(
            without_verdict(run)
            or f"{run} has no verdict, since its run was not finished: go on with it (--domain-safety-resume)"
        )
