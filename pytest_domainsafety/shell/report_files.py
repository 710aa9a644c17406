"""Writing the reports the user asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_domainsafety.core.render.markdown import to_markdown
from pytest_domainsafety.core.report import Report
from pytest_domainsafety.shell.options import option


def write_reports(config: pytest.Config, report: Report) -> list[Path]:
    """Write JSON and Markdown where they were asked for, and GitHub's step summary where it runs.

    Returns:
        The files written for the user.

    Raises:
        pytest.UsageError: If one cannot be written.
    """
    written: list[Path] = []
    for name, render in (("json", Report.to_json), ("markdown", to_markdown)):
        path = option(config, name)
        if path:
            target = config.invocation_params.dir / path
            _write(target, render(report), mode="w", setting=f"--domain-safety-{name}")
            written.append(target)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        # Other steps write to the same file.
        _write(Path(summary), to_markdown(report), mode="a", setting="GITHUB_STEP_SUMMARY")
    return written


def _write(path: Path, text: str, *, mode: str, setting: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise pytest.UsageError(f"{setting} = {path} cannot be written: {error.strerror}") from None
