"""Faults of processes: signals, a worker that dies, a clock that jumps."""

from __future__ import annotations

from typing import Final

from support.fault import INTERRUPTED, KILLED, PASS, Fault

_REPORTS: Final = "what is in flight is cancelled and the report written; `--domain-safety-resume` goes on with it"
_CLOCK: Final = "not noticed: time-outs, budgets and durations go by a clock that never jumps"
_CRASHED: Final = 1


def _interrupt(name: str, title: str) -> Fault:
    return Fault(name=name, title=title, does=_REPORTS, outcome="missing", code=INTERRUPTED)


PROCESSES: Final = (
    _interrupt("sigint", "Ctrl-C (SIGINT)"),
    _interrupt("sigint-twice", "Ctrl-C twice"),
    _interrupt("sigterm", "SIGTERM, as a cancelled job of a pipeline gets it"),
    Fault(
        name="sigkill",
        title="SIGKILL of pytest",
        does="no report, and no worker is left; `--domain-safety-resume` goes on with what the journal holds",
        outcome=None,
        code=KILLED,
    ),
    Fault(
        name="worker-sigkill",
        title="SIGKILL of an xdist worker",
        does="its trials are missing, xdist reports its item as failed, and the rest is measured",
        outcome="missing",
        code=_CRASHED,
        decision="inconclusive",
    ),
    Fault(name="clock-forward", title="the clock jumps an hour ahead", does=_CLOCK, outcome="refused", code=PASS),
    Fault(name="clock-back", title="the clock jumps an hour back", does=_CLOCK, outcome="refused", code=PASS),
)
