"""Scenario files that are there and were not collected, since another plugin passed them over without a word."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _pytest.main import FSHookProxy

from pytest_domainsafety.effects.files.scenario_files import is_scenario_file
from pytest_domainsafety.shell.collecting.own_items import module_of
from pytest_domainsafety.shell.collecting.shipped_suite import place_of

if TYPE_CHECKING:
    from collections.abc import Container


def passed_over(session: pytest.Session, collected: Container[Path]) -> Iterator[Path]:
    """The scenario files below what pytest was told to collect that are neither collected nor ignored by the user.

    Args:
        session: pytest's.
        collected: The paths, resolved, of those that are.
    """
    for folder in dict.fromkeys(path.resolve() for path in _told(session.config) if path.is_dir()):
        # Links are followed, as pytest does; one that leads back is not walked again.
        seen = {folder}
        for place, folders, files in os.walk(folder, followlinks=True):
            here = Path(place)
            asked = [name for name in sorted(folders) if not _ignored(session, here / name)]
            folders[:] = [name for name in asked if _is_new(here / name, seen)]
            for path in (here / name for name in sorted(files) if is_scenario_file(Path(name))):
                if path.resolve() not in collected and place_of(path) is None and not _ignored(session, path):
                    yield path


def _is_new(folder: Path, seen: set[Path]) -> bool:
    real, before = folder.resolve(), len(seen)
    seen.add(real)
    return len(seen) > before


def _told(config: pytest.Config) -> list[Path]:
    """What is given, or configured; other plugins put something else into `config.args`."""
    base, source = config.invocation_params.dir, config.args_source
    if source is pytest.Config.ArgsSource.TESTPATHS:
        given = [f"{path}" for pattern in config.getini("testpaths") for path in sorted(base.glob(pattern))]
    elif source is pytest.Config.ArgsSource.INVOCATION_DIR:
        given = [f"{base}"]
    else:
        given = [*config.known_args_namespace.file_or_dir, *config.args]
    return [base / argument for argument in given if "::" not in argument]


def _ignored(session: pytest.Session, path: Path) -> bool:
    """Whether pytest's own options and keys, or a conftest.py, leave it out: these are the user's own words."""
    manager = session.config.pluginmanager
    own = manager._conftest_plugins  # noqa: SLF001 - no public way to them
    others = {plugin for plugin in manager.get_plugins() if plugin not in own and not _is_pytests(plugin)}
    here: object = session.gethookproxy(path.parent)
    elsewhere = here.remove_mods if isinstance(here, FSHookProxy) else frozenset[object]()
    hooks = FSHookProxy(manager, others | elsewhere)
    return bool(hooks.pytest_ignore_collect(collection_path=path, path=None, config=session.config))


def _is_pytests(plugin: object) -> bool:
    return module_of(plugin).startswith("_pytest.")
