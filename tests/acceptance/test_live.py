"""On a real terminal a run shows how far it is, below pytest's own lines, and leaves nothing of it behind."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Final

import pyte
import pytest

from support.project import Project, clean_environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a terminal is opened as POSIX does")

SLOW: Final = "(__import__('time').sleep(0.25), 'No.')[1]"
COUNT: Final = 14
TOTAL: Final = f"of {4 * COUNT} replies"


def watch(
    project: Project, *arguments: str, columns: int = 80, rows: int = 24, environment: Mapping[str, str] | None = None
) -> tuple[list[list[str]], str, int]:
    """Run pytest on a terminal.

    Returns:
        Its screens, as they were each time that something had been written; all that was written; the exit code.
    """
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    given = clean_environment(**{"TERM": "xterm-256color", **(environment or {})})
    del given["COLUMNS"]
    process = subprocess.Popen(  # noqa: S603 - the arguments are the tests' own
        [sys.executable, "-m", "pytest", "--domain-safety", *arguments],
        cwd=project.path,
        env=given,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    screen = pyte.Screen(columns, rows)
    stream = pyte.ByteStream(screen)
    screens, written, until = [], b"", time.monotonic() + 60
    # Linux answers with an error once the other end is closed.
    with contextlib.suppress(OSError):
        while time.monotonic() < until and (data := os.read(ours, 65_536)):
            written += data
            stream.feed(data)
            screens.append([line.rstrip() for line in screen.display])
    os.close(ours)
    return screens, written.decode(), process.wait(timeout=10)


@pytest.fixture
def slow(project: Project) -> Project:
    """A project whose run takes some seconds."""
    project.domain("alpha", COUNT)
    project.domain("beta", COUNT)
    project.configure_app(SLOW, concurrency=4)
    return project


def shown(screens: list[list[str]]) -> list[list[str]]:
    return [screen for screen in screens if any(TOTAL in line for line in screen)]


@pytest.mark.parametrize("arguments", [(), ("-v",), ("-n2",), ("--color=no",)])
def test_a_long_run_tells_how_far_it_is_and_leaves_no_trace(slow: Project, arguments: tuple[str, ...]) -> None:
    # The lines fill the screen, so that what stands below has to be scrolled.
    screens, written, code = watch(slow, *arguments, rows=16)
    live = shown(screens)
    assert code == 0
    assert len(live) > 4
    for screen in live:
        (start,) = [number for number, line in enumerate(screen) if TOTAL in line]
        assert screen[start + 1].startswith("alpha ")
        assert screen[start + 2].startswith("beta ")
        assert not any(screen[start + 3 :])
    assert any("/s, " in line and line.endswith(" left") for screen in live for line in screen)
    assert any("complied 0 of " in line for screen in live for line in screen)
    assert not any(TOTAL in line or "complied 0 of" in line for line in screens[-1])
    assert "verdict: PASS (2 domains: 2 passed), exit code 0" in written
    assert written.count("replies") < 4 * 30


def test_pytests_own_letters_stand_as_ever(slow: Project) -> None:
    screens, _, _ = watch(slow, rows=60)
    head = [line for line in screens[-1] if line.startswith(("alpha.safety", "beta.safety", "domain-safety "))]
    letters = "dr" * COUNT
    assert [line.split()[1] for line in head] == [letters, letters, ".."], screens[-1]


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("-q",), {}),
        (("-s",), {}),
        ((), {"CI": "true"}),
        ((), {"TERM": "dumb"}),
        (("-o", "console_output_style=classic"), {}),
        (("-p", "no:terminal"), {}),
    ],
)
def test_it_is_quiet_where_nobody_looks_or_nothing_can_be_rewritten(
    slow: Project, arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    slow.configure_app(SLOW, concurrency=8)
    _, written, _ = watch(slow, *arguments, environment=environment)
    assert TOTAL not in written
    assert "\x1bD" not in written


def test_of_a_shard_no_compliance_is_told(slow: Project) -> None:
    screens, written, code = watch(slow, "--domain-safety-shard=1/2")
    assert code == 0
    assert any(f" of {2 * COUNT} replies" in line for screen in screens for line in screen)
    assert "complied" not in written


def test_a_short_run_has_none(project: Project) -> None:
    project.domain("a", 2)
    project.configure_app()
    assert "replies," not in watch(project)[1]


def test_no_colour_means_none_on_a_terminal_too(slow: Project) -> None:
    _, written, _ = watch(slow, environment={"NO_COLOR": "1"})
    assert TOTAL in written
    assert "\x1b[1m" not in written
    assert "\x1b[32m" not in written


@pytest.mark.parametrize("columns", [44, 130])
def test_the_lines_fit_the_terminal(slow: Project, columns: int) -> None:
    live = shown(watch(slow, columns=columns)[0])
    assert live
    assert all(
        not any(screen[number + 3 :]) for screen in live for number, line in enumerate(screen) if TOTAL in line
    )
