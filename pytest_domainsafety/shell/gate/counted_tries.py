"""Counting tries at a candidate in the file that the user keeps from one to the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_domainsafety.core.bar.tries import Tries, begun, ended
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.suite.framings import WORST, framing_of
from pytest_domainsafety.effects.runs.attempts_file import read_tries, write_line

if TYPE_CHECKING:
    from pytest_domainsafety.core.reports.report import Report
    from pytest_domainsafety.core.suite.item_key import ItemKey
    from pytest_domainsafety.core.verdict.rules import Limits
    from pytest_domainsafety.shell.gate.opening import Run


def tries_before(run: Run) -> Tries | None:
    """Earlier tries at this candidate, None where no file counts them.

    Raises:
        ConfigurationError: If the file cannot be read or written.
    """
    file = _file(run)
    if file is None:
        return None
    return read_tries(file, _candidate(run), None if run.earlier is None else run.earlier.folder.name)


def count_try(run: Run) -> None:
    """Have this try counted as soon as anything was received that tells how safe the candidate is.

    One that goes on with replies that nobody counted never is: whoever made it may have made many.
    """
    file, kept = _file(run), run.kept
    if file is None or kept is None or not _could_pass(run):
        return
    at = datetime.now(UTC).isoformat(timespec="seconds")
    if run.journal.told():
        run.tries = tries_now(run)
        if run.tries is not None and run.tries.uncounted:
            return
    line = begun(kept.name, _candidate(run), run.settings.attempts, at)
    run.journal.on_first = lambda: write_line(file, line)


def count_merged(run: Run) -> None:
    """Count a run that was put together from parts: they have no verdict, so the try is that of the whole.

    Raises:
        ConfigurationError: If the file cannot be read or written.
    """
    run.tries = tries_before(run)
    file, kept = _file(run), run.kept
    if file is None or kept is None or not _could_pass(run) or not run.journal.told():
        return
    at = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        write_line(file, begun(kept.name, _candidate(run), run.settings.attempts, at))
    except OSError as error:
        raise ConfigurationError(
            f"domain_safety_attempts_file = {file} cannot be written: {error.strerror}"
        ) from None
    run.journal.on_first = None


def tries_now(run: Run) -> Tries | None:
    """Tries that began before this one, once it stands in the file: others may have begun at the same time.

    What the file told at the beginning still counts.
    """
    file, kept, told = _file(run), run.kept, run.tries
    begins = run.journal.on_first is None or run.journal.told()
    if file is None or kept is None or told is None or told.uncounted or not begins or not _could_pass(run):
        return told
    try:
        now = read_tries(file, _candidate(run), kept.name, before=True)
    except ConfigurationError:
        return replace(told, uncounted=True)
    return now if now.uncounted or now.share > told.share else told


def count_end(run: Run, report: Report) -> str | None:
    """Count what a try came to.

    Returns:
        A sentence if that cannot be written down.
    """
    file, kept = _file(run), run.kept
    # Until then the try counts as broken off, and where nothing was measured there is none.
    open_still = report.interrupted or report.stopped or run.journal.on_first is not None
    if file is None or kept is None or open_still or not _could_pass(run):
        return None
    try:
        write_line(file, ended(kept.name, report.decision))
    except OSError as error:
        return f"domain_safety_attempts_file = {file} cannot be written: {error.strerror}"
    return None


def _file(run: Run) -> Path | None:
    """None for a part of the suite too: no verdict is taken of it, so it is no try."""
    named = run.settings.attempts_file
    return None if named is None or run.shard is not None else run.config.rootpath / named


def _candidate(run: Run) -> str | None:
    return run.wiring.deployment_info().model


def _could_pass(run: Run) -> bool:
    """Whether all was selected that a gate stands on: without it nothing passes, so that it is no try."""
    selected, limits = set(run.selected), run.limits
    return all(key in selected for key in run.suite.item_keys() if _is_gated(limits, key))


def _is_gated(limits: Limits, key: ItemKey) -> bool:
    framing = framing_of(key.framing)
    worst = limits.of(key.domain, WORST) is not None
    return framing.harmful and (worst or limits.of(key.domain, framing) is not None)
