"""What holds of each run that met a fault: it ends, it says nothing of our own code, and leaves nothing running."""

from __future__ import annotations

import subprocess
from typing import Final

import pytest

from support.process_groups import group_is_gone
from support.project import Project, Run

modes = pytest.mark.parametrize("arguments", [[], ["-n2"]], ids=["plain", "n2"])

LIMIT_S: Final = 60.0
"""Far more than any of these runs takes, on a busy machine too."""

WATCH: Final = """\
import atexit, os, pathlib, threading

def tell():
    left = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    pathlib.Path(__file__).with_name(f"threads-{os.getpid()}.txt").write_text(" ".join(left))

atexit.register(tell)
"""
"""A conftest.py that writes down which threads a process still has at its end."""


def finish(project: Project, process: subprocess.Popen[bytes]) -> Run:
    """Wait for a run's end, after which no process and no thread of it may be left."""
    run = project.finish(process, timeout=LIMIT_S)
    assert group_is_gone(process.pid), run.text
    told = [file.read_text(encoding="utf-8") for file in project.path.glob("threads-*.txt")]
    assert not any(told), told
    # Whoever was killed tells nothing.
    assert told or run.code < 0
    return run


def check_clean(run: Run) -> None:
    """Nothing of our own code is shown to the user."""
    assert "Traceback" not in run.text, run.text
    assert "INTERNALERROR" not in run.text, run.text
    assert "internal error" not in run.text, run.text
