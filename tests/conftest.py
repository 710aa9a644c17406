"""Property tests wait as long as they need, and CI draws no lots; tests that hold a row of a page must show it."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

from support.project import Run
from support.told import Row, check, forget, rows_of, see

settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "told(row): the test is the proof of a row of docs/reference/silence.md")


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makeitem(name: str) -> Generator[None, object, object]:
    """A row whose case is no case of the test would never be held."""
    made = yield
    items = [item for item in made if isinstance(item, pytest.Item)] if isinstance(made, list) else []
    rows = {mark.args[0] for item in items for mark in item.iter_markers("told")}
    unheld = rows - {row for item in items for row in rows_of(item)}
    assert not unheld, f"{name}: {unheld}"
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None]:
    """What earlier tests saw is no proof."""
    forget()
    yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """A test that passed must have shown its rows."""
    yield
    rows: list[Row] = rows_of(item)
    for run in _shared_runs(item) if rows else ():
        see(run.text, run.code, run.written)
    for row in rows:
        check(row)


def _shared_runs(item: pytest.Item) -> list[Run]:
    """Runs that fixtures made for all tests of a module."""
    values = [each for value in getattr(item, "funcargs", {}).values() for each in (value, *_parts(value))]
    return [value for value in values if isinstance(value, Run)]


def _parts(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()
