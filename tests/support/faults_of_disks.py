"""Faults of the disk: what a run cannot write down."""

from __future__ import annotations

from typing import Final

from support.fault import INCONCLUSIVE, PASS, STOPPED, Fault

_UNASKED: Final = "found before the first request: one sentence"
_RUNS_DIR: Final = "domain_safety_runs_dir"


def _before(name: str, title: str, says: str, **settings: object) -> Fault:
    return Fault(name=name, title=title, does=_UNASKED, outcome=None, code=STOPPED, says=says, settings=settings)


DISKS: Final = (
    _before("runs-dir-in-file", "the runs directory is below a regular file", _RUNS_DIR, runs_dir="pytest.ini/runs"),
    _before(
        "runs-dir-in-proc", "the runs directory is where none can be made", _RUNS_DIR, runs_dir="/proc/self/runs"
    ),
    _before("runs-dir-read-only", "the runs directory is read-only", _RUNS_DIR, runs_dir="read-only"),
    _before("report-in-file", "the JSON report is below a regular file", "--domain-safety-json"),
    Fault(
        name="report-on-full-disk",
        title="the disk is full when the JSON report is written",
        does="all is measured and kept in the runs directory; one sentence says that the report is not there",
        outcome="refused",
        code=STOPPED,
        says="--domain-safety-json = /dev/full cannot be written",
    ),
    Fault(
        name="journal-on-full-disk",
        title="the disk is full when a reply is written down",
        does="the run stops: what cannot be kept is not paid for; `--domain-safety-resume` goes on with it",
        outcome="missing",
        code=INCONCLUSIVE,
        says="make room there, and go on with --domain-safety-resume=",
    ),
    Fault(
        name="everything-on-full-disk",
        title="the disk is full for everything",
        does="the run stops, and a sentence for each report says that it is not there; no half of one is left",
        outcome="missing",
        code=STOPPED,
        says="cannot be written: File too large",
    ),
    Fault(
        name="runs-dir-removed",
        title="the run's directory is removed during the run",
        does="all is measured and reported; one sentence says that the run is not kept",
        outcome="refused",
        code=STOPPED,
        says="cannot be written: No such file or directory",
    ),
    Fault(
        name="torn-journal",
        title="an earlier, interrupted run left half a line",
        does="`--domain-safety-resume` cuts it off and asks that prompt again",
        outcome="refused",
        code=PASS,
    ),
)
