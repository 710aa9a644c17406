"""Projects in folders of their own, and servers to ask."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from support.fake_server import FakeServer, Responder
from support.process_groups import group_is_gone
from support.project import Project


@pytest.fixture
def gone() -> Callable[[int], bool]:
    """Tells whether a process group is gone."""
    return group_is_gone


@pytest.fixture
def project(pytester: pytest.Pytester) -> Project:
    """A folder for one test."""
    return Project(pytester.path)


@pytest.fixture(scope="module")
def new_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Project]:
    """Makes folders for runs that many tests of a module look at."""
    return lambda: Project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def serve_module() -> Iterator[Callable[[Responder], FakeServer]]:
    """Starts servers that live as long as a module's tests."""
    with contextlib.ExitStack() as stack:
        yield lambda respond: stack.enter_context(FakeServer(respond))


@pytest.fixture
def serve() -> Iterator[Callable[[Responder], FakeServer]]:
    """Starts servers that live as long as a test."""
    with contextlib.ExitStack() as stack:
        yield lambda respond: stack.enter_context(FakeServer(respond))
