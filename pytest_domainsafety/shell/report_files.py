"""Writing the reports the user asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import pytest

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.effects.report_files import REPORT_FILES
from pytest_domainsafety.effects.report_files.base import Kept, write_parts
from pytest_domainsafety.effects.runs.held_files import IDENTITY
from pytest_domainsafety.render.fitting import SUMMARY_BYTES, size
from pytest_domainsafety.render.markdown import to_markdown
from pytest_domainsafety.shell.options import option


def check_paths(config: pytest.Config) -> None:
    """Look, before anything is asked and paid for, whether the reports can be made and written.

    Raises:
        pytest.UsageError: If one cannot.
    """
    for name, path in _paths(config).items():
        if (path.parent / IDENTITY).is_file():
            raise pytest.UsageError(
                f"--domain-safety-{name} = {path} would lie among the files of a run: give a file in another folder"
            )
        try:
            REPORT_FILES[name].check(f"--domain-safety-{name}")
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None
        folder = next(parent for parent in path.parents if parent.exists())
        if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
            raise pytest.UsageError(
                f"--domain-safety-{name} = {path} cannot be written: give a file in a folder of yours"
            )


def write_reports(config: pytest.Config, report: Report, kept: Kept) -> tuple[list[Path], list[str]]:
    """Write a report where it was asked for, and to GitHub's step summary where there is one.

    Returns:
        The files written for the user, and a sentence for each that could not be written.
    """
    written, problems = write_run(config, report, kept)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        # The step's own commands write to the same file; of one that is too long GitHub shows nothing.
        path = Path(summary)
        room = SUMMARY_BYTES - (path.stat().st_size if path.is_file() else 0)
        text = to_markdown(report, room)
        problem = write_parts(path, [text], mode="a") if size(text) <= room else None
        problems += [f"GITHUB_STEP_SUMMARY = {summary} cannot be written: {problem}"] if problem else []
    return written, problems


def write_run(config: pytest.Config, report: Report, kept: Kept) -> tuple[list[Path], list[str]]:
    """Write a report where it was asked for by options; what was there is replaced.

    Args:
        config: pytest's.
        report: The report.
        kept: The run's replies, which stand in a page where replies were asked for in reports.

    Returns:
        As `write_reports`.
    """
    asked = kept if option(config, "report_replies") else None
    return write_files(config, {name: partial(file.parts, report, asked) for name, file in REPORT_FILES.items()})


def write_files(
    config: pytest.Config, texts: Mapping[str, Callable[[], Iterable[str]]]
) -> tuple[list[Path], list[str]]:
    """Write what was asked for, by the name of its option.

    Returns:
        The files written, and a sentence for each that could not be written.
    """
    written: list[Path] = []
    problems: list[str] = []
    for name, path in _paths(config).items():
        try:
            problem = write_parts(path, texts[name]())
        except ConfigurationError as error:  # the replies that a page shows cannot be read
            problem = str(error)
        if problem is None:
            written.append(path)
        else:
            problems.append(f"--domain-safety-{name} = {path} cannot be written: {problem}")
    return written, problems


def _paths(config: pytest.Config) -> dict[str, Path]:
    return {name: config.invocation_params.dir / path for name in REPORT_FILES if (path := option(config, name))}
