"""The hooks that other plugins and a project's conftest.py may implement.

Every pytest run imports this module, so it imports next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_domainsafety.core.reports.report import Report


@pytest.hookspec(firstresult=True)
def pytest_domainsafety_target(config: pytest.Config) -> Callable[..., Any] | None:
    """The deployment under audit, where no setting names one: `f(messages) -> str | Reply`, sync or async.

    Called once, where xdist is used in the controller. The first answer that is not None counts.
    """


@pytest.hookspec(firstresult=True)
def pytest_domainsafety_judge(config: pytest.Config) -> Callable[..., Any] | None:
    """The judge, where no setting names one: `f(*, prompt, reply, framing, scenario) -> int | Judgement`.

    Called once, where xdist is used in the controller. The first answer that is not None counts.
    """


@pytest.hookspec
def pytest_domainsafety_verdict(config: pytest.Config, report: Report) -> None:
    """Called with the report once the verdict is taken and written: to tell somebody, to file it.

    It changes no verdict. What it raises makes pytest end with 4, since a pipeline may depend on it.
    """
