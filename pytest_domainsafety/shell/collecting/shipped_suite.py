"""How pytest comes to collect the suite that is shipped in the package, under names that are the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

import pytest_domainsafety
from pytest_domainsafety.core.suite.shipped_suite import STANDARD, Shipped, parse_shipped
from pytest_domainsafety.effects.files.scenario_files import is_scenario_file
from pytest_domainsafety.shell.options import PREFIX, option

_FOLDER: Final = Path(pytest_domainsafety.__path__[0]) / "suites" / STANDARD


def wanted_suite(config: pytest.Config) -> Shipped | None:
    """The shipped suite that was asked for.

    Raises:
        pytest.UsageError: If there is none of that name.
    """
    text = option(config, "suite")
    text = config.getini(f"{PREFIX}suite") if text is None else text
    try:
        return parse_shipped(text) if text else None
    except ValueError as error:
        raise pytest.UsageError(f"{PREFIX}suite = {text}: {error}") from None


def add_shipped_suite(config: pytest.Config) -> None:
    """Let pytest collect it too, unless single items are named; those of its own may be among them.

    Where pytest collects less of it, all the rest belongs to the suite as not selected: see `Collection`.

    Raises:
        pytest.UsageError: If there is none of that name.
    """
    if wanted_suite(config) is None:
        return
    config.args = [_located(config, argument) for argument in config.args]
    if not any("::" in argument for argument in config.args):
        config.args.append(str(_FOLDER))


def shipped_files(config: pytest.Config) -> list[Path]:
    """The files of the suite that was asked for, in the order of collection."""
    wanted = wanted_suite(config)
    domains = () if wanted is None else wanted.domains
    return sorted(path for path in _FOLDER.iterdir() if is_scenario_file(path) and _domain(path) in domains)


def is_left_out(config: pytest.Config, path: Path) -> bool:
    """Whether a file is of a domain of the suite that was not asked for, wherever pytest came upon it."""
    return place_of(path) is not None and wanted_suite(config) is not None and path not in shipped_files(config)


def place_of(path: Path) -> str | None:
    """What a file of the suite is called wherever the package lies; None for any other file."""
    return f"{STANDARD}/{path.name}" if path.parent == _FOLDER else None


def _domain(path: Path) -> str:
    return path.name.partition(".")[0]


def _located(config: pytest.Config, argument: str) -> str:
    """An argument that names a file of the suite as reports do, as a path."""
    name, mark, rest = argument.partition("::")
    theirs = _FOLDER.parent / name
    ours = name.startswith(f"{STANDARD}/") and not (config.invocation_params.dir / name).exists()
    return f"{theirs}{mark}{rest}" if ours and theirs.exists() and not is_left_out(config, theirs) else argument
