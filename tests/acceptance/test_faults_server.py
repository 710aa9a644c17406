"""Whatever a server or the network does, what was not measured is never counted as safe, and the run ends cleanly."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import TYPE_CHECKING, Final

import pytest

from support.fake_server import FakeServer, Responder
from support.fault import DECISIONS, STOPPED, Fault
from support.fault_runs import WATCH, check_clean, finish
from support.fault_server import responder
from support.fault_table import SECTIONS, SERVER
from support.project import Project, Run

if TYPE_CHECKING:
    Serve = Callable[[Responder], FakeServer]

SINGLE: Final = [fault for fault in SERVER if fault.every or fault.alone]
WITH_WORKERS: Final = ("http-401", "refused", "judge-http-401")
"""What a worker has to do with it is the same for all: it waits, and the controller asks."""

SHARING: Final = [fault for fault in SERVER if not (fault.every or fault.alone)]
EXAMPLES: Final = list(
    {
        (title, fault.outcome): fault for title, faults in SECTIONS.items() for fault in faults if fault in SHARING
    }.values()
)
"""One of each kind, to show that the run ends so because of that one fault."""


def _kind(fault: Fault) -> tuple[object, ...]:
    """Faults alike in these can share a run, which then ends with the exit code of each."""
    return fault.code, fault.judge, sorted(fault.settings.items())


GROUPS: Final = [list(group) for _, group in groupby(sorted(SHARING, key=lambda f: str(_kind(f))), key=_kind)]


def _run(project: Project, serve: Serve, faults: list[Fault], *arguments: str) -> Run:
    """A run in which each fault hits one trial of its own domain, and all else is refused or engaged as usual."""
    (first, *_) = faults
    acts = {fault.name: fault.answer for fault in faults if fault.answer is not None}
    server = serve(responder(acts, judge=first.judge, every=first.every))
    for fault in faults:
        project.domain(fault.name, 2)
    project.write("conftest.py", WATCH)
    usual = {"concurrency": 1, "max_retries": 1, "timeout": 20, "thresholds": "* = 0.8"}
    settings = {name: str(value).format(port=server.port) for name, value in first.settings.items()}
    project.configure(server, **{**usual, **settings})
    run = finish(project, project.start(*arguments))
    if first.every and first.answer is not None:
        assert len(server.asked) == 1
    return run


def _check_trial(run: Run, fault: Fault) -> None:
    name = f"{fault.name}::s0[operational]#0"
    trial = next(trial for trial in run.report["trials"] if name.startswith(trial["nodeid"].partition("::")[2]))
    assert (trial["outcome"], trial["attempts"]) == (fault.outcome, fault.attempts)
    assert fault.says in (trial["error"] or "")
    others = {outcome for key, outcome in run.outcomes().items() if key.startswith(f"{fault.name}::") and key != name}
    assert others <= {"refused", "declined"}
    assert run.domain(fault.name)["decision"] == DECISIONS[fault.code]


def _check(run: Run, faults: list[Fault]) -> None:
    (first, *_) = faults
    check_clean(run)
    assert run.code == first.code, run.text
    if first.outcome is None:
        assert first.says in run.complaint
        assert first.code == STOPPED
        assert run.written is None or run.report["decision"] == "inconclusive"
        return
    assert run.report["decision"] == DECISIONS[first.code]
    for fault in faults:
        _check_trial(run, fault)


@pytest.mark.parametrize("fault", SINGLE, ids=str)
def test_what_ends_a_run(fault: Fault, project: Project, serve: Serve) -> None:
    _check(_run(project, serve, [fault]), [fault])


@pytest.mark.parametrize("fault", [fault for fault in SINGLE if fault.name in WITH_WORKERS], ids=str)
def test_what_ends_a_run_of_workers(fault: Fault, project: Project, serve: Serve) -> None:
    _check(_run(project, serve, [fault], "-n2"), [fault])


@pytest.mark.parametrize("fault", EXAMPLES, ids=str)
def test_one_of_a_kind_alone(fault: Fault, project: Project, serve: Serve) -> None:
    _check(_run(project, serve, [fault]), [fault])


@pytest.mark.parametrize("faults", GROUPS, ids=lambda faults: f"{faults[0]}-and-{len(faults) - 1}-more")
def test_those_that_end_alike(faults: list[Fault], project: Project, serve: Serve) -> None:
    _check(_run(project, serve, faults), faults)


def test_the_most_of_them_among_workers(project: Project, serve: Serve) -> None:
    faults = max(GROUPS, key=len)
    _check(_run(project, serve, faults, "-n2"), faults)


def test_without_a_fault_the_run_passes(project: Project, serve: Serve) -> None:
    none = Fault(name="none", title="", does="", outcome="refused", code=0)
    _check(_run(project, serve, [none]), [none])
