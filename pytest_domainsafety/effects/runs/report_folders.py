"""Folders of runs: a project's runs directory, or a folder that a CI's artifacts were put into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pytest_domainsafety.effects.runs.finished_runs import REPORT
from pytest_domainsafety.effects.runs.held_files import IDENTITY


def is_folder_of_runs(path: Path) -> bool:
    """Whether it is a folder, and not the one of a single run."""
    return path.is_dir() and not ((path / REPORT).exists() or (path / IDENTITY).exists())


def report_files(folder: Path) -> Iterator[Path]:
    """The files in a folder that may be reports, by their names.

    Of a run's directory it is the report, even where that is not there: the run was not finished. Of any other folder
    in it, such as each artifact is put into, and of itself it is every `*.json`.
    """
    for path in sorted(folder.iterdir()):
        if path.is_dir() and (path / IDENTITY).exists():
            yield path / REPORT
        elif path.is_dir() and not path.name.startswith("."):
            yield from filter(_may_be, sorted(path.iterdir()))
        elif _may_be(path):
            yield path


def _may_be(file: Path) -> bool:
    return file.suffix == ".json" and not file.name.startswith(".") and file.is_file()
