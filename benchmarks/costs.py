"""What a command costs, all the processes it starts included: wall clock, CPU and peak memory. Linux only."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

_STEP_S: Final = 0.02
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command cost.

    Args:
        wall_s: Seconds by the clock.
        cpu_s: CPU seconds, user and system, of it and of all the processes that it waited for.
        peak_mb: Most memory resident at one moment, summed over the processes; what they share counts in each.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float

    def least(self, other: Self) -> Cost:
        """The lesser of each figure: on a machine that others use too, what is over it is theirs."""
        return Cost(min(self.wall_s, other.wall_s), min(self.cpu_s, other.cpu_s), min(self.peak_mb, other.peak_mb))


def cost(
    command: Sequence[str], folder: Path, *, codes: Sequence[int] = (0,), env: Mapping[str, str] | None = None
) -> Cost:
    """Run a command and measure it.

    Raises:
        SystemExit: If the command ends with another exit code, since then the figures mean nothing.
    """
    with tempfile.TemporaryFile("w+") as said:
        start = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - ours
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env={**os.environ, **(env or {})}
        )
        peak = 0
        while True:
            peak = max(peak, _resident(process.pid))
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            time.sleep(_STEP_S)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in codes:
            said.seek(0)
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{said.read()[-2000:]}")
    # The kernel's own peak of the largest single process knows what lies between two looks.
    return Cost(wall, usage.ru_utime + usage.ru_stime, max(peak, usage.ru_maxrss * 1024) / 1e6)


def _resident(pid: int) -> int:
    """Bytes resident of a process and all below it; 0 of one that ended meanwhile."""
    size = 0
    with contextlib.suppress(OSError, ValueError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            size += sum(_resident(int(child)) for child in task.joinpath("children").read_text().split())
        size += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return size
