"""Under xdist the controller asks and the workers wait for their items' trials."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_domainsafety.effects.engine.relay import RelayClient, RelayServer
from pytest_domainsafety.shell.collecting.collection import SOURCE, SUITE, SafetyItem

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from xdist.workermanage import WorkerController

    from pytest_domainsafety.shell.gate.plugin import Gate

_INPUT: Final = "domain_safety"


class Controller:
    """The controller's side.

    Args:
        gate: The run.
        relay: What workers take their trials from.
    """

    def __init__(self, gate: Gate, relay: RelayServer, port: int) -> None:
        self._gate = gate
        self._relay = relay
        self._port = port
        self._collection_errors = 0
        self._begun = False
        # The largest file first would be an ordinary one; it is the option's other value, --no-loadscope-reorder.
        gate.run.config.option.loadscopereorder = False

    @pytest.hookimpl
    def pytest_configure_node(self, node: WorkerController) -> None:
        """Tell a worker where to ask."""
        if not node.gateway.spec.popen:
            raise pytest.UsageError("--domain-safety works with xdist workers on this machine only: use -n")
        node.workerinput[_INPUT] = {"port": self._port, "token": self._relay.token}

    @pytest.hookimpl
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Count the collection errors of the workers."""
        self._collection_errors += report.failed

    @pytest.hookimpl
    def pytest_xdist_node_collection_finished(self, node: WorkerController, ids: Sequence[str]) -> None:
        """Begin when the first worker has collected; nothing is asked after a collection error."""
        del ids
        if self._begun:
            return
        config: pytest.Config = node.config
        if self._collection_errors and not config.option.continue_on_collection_errors:
            plural = "" if self._collection_errors == 1 else "s"
            raise pytest.Session.Interrupted(f"{self._collection_errors} error{plural} during collection")
        if self._relay.problem is not None:
            raise pytest.UsageError(self._relay.problem)
        if self._relay.suite is None:
            raise pytest.UsageError("an xdist worker did not tell what it collected: run without -n to see why")
        self._gate.begin(self._relay.suite, self._relay.order)
        self._begun = True


class Worker:
    """A worker's side."""

    def __init__(self, config: pytest.Config) -> None:
        given: dict[str, Any] = config.workerinput[_INPUT]  # type: ignore[attr-defined]
        # Where the session has ended meanwhile nobody listens any more, and nothing is left to say.
        self._client: RelayClient | None = None
        self._ended = False
        with contextlib.suppress(OSError):
            self._client = config.stash[SOURCE] = RelayClient(given["port"], given["token"])

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tell the controller, before xdist does, what was collected and selected."""
        if self._client is None:
            return
        order = [item.key for item in session.items if isinstance(item, SafetyItem)]
        # pytest comes here on its way out of a node id that selects nothing too, and xdist loses what it says of it.
        failure = sys.exception()
        with contextlib.suppress(OSError, EOFError):
            if isinstance(failure, pytest.UsageError):
                self._client.complain("\n".join(map(str, failure.args)))
            else:
                self._client.tell(session.config.stash[SUITE], order)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Before anything else is set up in any worker, the whole measurement has ended, as without xdist."""
        if not isinstance(item, SafetyItem) and not self._ended:
            self._ended = True
            if self._client is not None:
                with contextlib.suppress(OSError, EOFError):
                    self._client.end()
        return (yield)

    @pytest.hookimpl
    def pytest_unconfigure(self) -> None:
        """Hang up."""
        if self._client is not None:
            self._client.close()
