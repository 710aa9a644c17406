"""Writing the reports the user asked for."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.effects.loading.extras import require_report_extra
from pytest_domainsafety.render.fitting import SUMMARY_BYTES, size
from pytest_domainsafety.render.markdown import to_markdown
from pytest_domainsafety.shell.options import option

Text = str | Iterable[str]
"""A file's content, whole or in parts that are written one by one."""


def _to_html(report: Report) -> str:
    # Its libraries are an extra.
    from pytest_domainsafety.render.html.report_page import to_html

    return to_html(report)


_FORMATS: Final[dict[str, Callable[[Report], Text]]] = {
    "json": Report.json_parts,
    "markdown": to_markdown,
    "html": _to_html,
}


def check_paths(config: pytest.Config) -> None:
    """Look, before anything is asked and paid for, whether the reports can be made and written.

    Raises:
        pytest.UsageError: If one cannot.
    """
    paths = _paths(config)
    if "html" in paths:
        try:
            require_report_extra("--domain-safety-html")
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None
    for name, path in paths.items():
        folder = next(parent for parent in path.parents if parent.exists())
        if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
            raise pytest.UsageError(
                f"--domain-safety-{name} = {path} cannot be written: give a file in a folder of yours"
            )


def write_reports(config: pytest.Config, report: Report) -> tuple[list[Path], list[str]]:
    """Write a report where it was asked for, and to GitHub's step summary where there is one.

    Returns:
        The files written for the user, and a sentence for each that could not be written.
    """
    texts = {name: partial(render, report) for name, render in _FORMATS.items()}
    written, problems = write_files(config, texts)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        # The step's own commands write to the same file; of one that is too long GitHub shows nothing.
        path = Path(summary)
        room = SUMMARY_BYTES - (path.stat().st_size if path.is_file() else 0)
        text = to_markdown(report, room)
        problem = _write(path, text, mode="a") if size(text) <= room else None
        problems += [f"GITHUB_STEP_SUMMARY = {summary} cannot be written: {problem}"] if problem else []
    return written, problems


def write_files(config: pytest.Config, texts: Mapping[str, Callable[[], Text]]) -> tuple[list[Path], list[str]]:
    """Write what was asked for, by the name of its option.

    Returns:
        The files written, and a sentence for each that could not be written.
    """
    written: list[Path] = []
    problems: list[str] = []
    for name, path in _paths(config).items():
        problem = _write(path, texts[name](), mode="w")
        if problem is None:
            written.append(path)
        else:
            problems.append(f"--domain-safety-{name} = {path} cannot be written: {problem}")
    return written, problems


def _paths(config: pytest.Config) -> dict[str, Path]:
    return {name: config.invocation_params.dir / path for name in _FORMATS if (path := option(config, name))}


def _write(path: Path, text: Text, *, mode: str) -> str | None:
    """Write a file; what went wrong, or None."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode, encoding="utf-8") as file:
            file.writelines([text] if isinstance(text, str) else text)
    except OSError as error:
        if mode == "w" and path.is_file():
            # Half a report is none; what others append to is theirs.
            with contextlib.suppress(OSError):
                path.unlink()
        return error.strerror or str(error)
    return None
