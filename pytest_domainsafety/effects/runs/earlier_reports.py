"""The finished runs beside one that ends: by the heads of their reports, so that a gate reads no old trials."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from pytest_domainsafety.core.reports.earlier_runs import MOST, PastRun, past_run
from pytest_domainsafety.effects.runs.finished_runs import REPORT
from pytest_domainsafety.effects.runs.old_runs import kept_runs
from pytest_domainsafety.effects.runs.report_heads import head_of

_LOOKED_AT: Final = 50
"""Runs among which those of this model are looked for, the newest first."""


def earlier_runs(
    folder: Path, model: str | None, domains: Collection[str], apart_from: Collection[str] = ()
) -> list[PastRun]:
    """The newest finished runs of a model, the newest first. What cannot be read is passed over.

    Args:
        folder: Where runs are kept.
        model: The deployment's.
        domains: Of the run that asks; an earlier one has at least one of them.
        apart_from: What the directories are called of the run that asks, and of those that it was put together from.
    """
    kept: list[Path] = []
    with suppress(OSError):  # a folder that is pruned meanwhile
        kept = [run for run in kept_runs(folder) if run.name not in apart_from]
    return list(islice(_found(kept[:_LOOKED_AT], model, domains), MOST))


def _found(kept: list[Path], model: str | None, domains: Collection[str]) -> Iterator[PastRun]:
    for run in kept:
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            head = head_of(run / REPORT)
            if head is not None and (past := past_run(run.name, head, model, domains)) is not None:
                yield past
