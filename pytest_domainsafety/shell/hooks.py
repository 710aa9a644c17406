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
    """Called with the report once the verdict is taken and written: where a pipeline depends on what is done then.

    It changes no verdict. What it raises makes pytest end with 4. Where nothing depends on it,
    `pytest_domainsafety_report` is the hook.
    """


@pytest.hookspec
def pytest_domainsafety_report(config: pytest.Config, report: Report) -> None:
    """A sink: called with the report after it is written, to show it elsewhere: a tracker, a dashboard, a chat.

    It changes nothing. What it raises is told as a warning, the other sinks are called all the same, and the exit
    code stays. Where a pipeline depends on it, `pytest_domainsafety_verdict` is the hook.
    """
