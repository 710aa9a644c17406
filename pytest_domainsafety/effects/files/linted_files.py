"""Finding scenario files, and reading each as far as it can be."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.suite.framing_keys import Declared
from pytest_domainsafety.core.suite.lint.corpus import Source
from pytest_domainsafety.core.suite.located import ScenarioError
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.effects.files.scenario_files import SUFFIXES, is_scenario_file, parse, read

_BOM: Final = b"\xef\xbb\xbf"
_SKIPPED: Final = (".*", "*.egg", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}", "__pycache__")
"""Folders that pytest does not search either."""


def find(paths: Iterable[Path]) -> list[Path]:
    """The scenario files among files and in folders, each once.

    Raises:
        ConfigurationError: If a path is not there, is no scenario file, or holds none.
    """
    files: dict[Path, Path] = {}
    for path in paths:
        found = list(_below(path)) if path.is_dir() else [path]
        if not path.exists():
            raise ConfigurationError(f"{path} is not there: give scenario files or folders that hold them")
        if not found:
            raise ConfigurationError(f"{path} holds no scenario file: their names end in {', '.join(SUFFIXES)}")
        if not is_scenario_file(found[0]):
            raise ConfigurationError(
                f"{path} is not collected by its name: let it end in one of {', '.join(SUFFIXES)}"
            )
        for file in found:
            files.setdefault(file.resolve(), file)
    return list(files.values())


def source(file: Path, declared: Declared | None = None) -> Source:
    """A file, with what of it is sound and each mistake that leaves the rest readable.

    Args:
        file: Its path.
        declared: What the project says of framings of its own, by name.
    """
    scenarios: list[Scenario] = []
    mistakes: list[ScenarioError] = []
    data = b""
    try:
        data = read(file)
        scenarios = parse(data, file.name, mistakes.append, declared)
    except ScenarioError as error:
        mistakes.append(error)
    return Source(
        file=file.as_posix().encode("utf-8", "replace").decode(),
        lines=data.removeprefix(_BOM).decode("utf-8", "replace").split("\n"),
        marked=data.startswith(_BOM),
        scenarios=scenarios,
        mistakes=sorted(mistakes, key=lambda mistake: mistake.line),
    )


def _below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not any(fnmatch(name, skipped) for skipped in _SKIPPED))
        yield from (Path(parent, name) for name in sorted(names) if is_scenario_file(Path(name)))
