"""The pages that are written from tests are what their scripts make of them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

WRITE = (
    "import runpy, sys; sys.path.insert(0, 'scripts'); "
    "print(runpy.run_path(f'scripts/{sys.argv[1]}')['text'](), end='')"
)
LEAST_ROWS = 60
PINS = [
    line.split("==")
    for line in (ROOT / "tests" / "plugins.txt").read_text(encoding="utf-8").splitlines()
    if "==" in line
]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("script", "name"), [("write_reliability.py", "reliability.md"), ("write_silence.py", "reference/silence.md")]
)
def test_the_page_is_up_to_date(script: str, name: str) -> None:
    # In a process of its own: the script finds what it reads by a path of its own.
    made = subprocess.run([sys.executable, "-c", WRITE, script], cwd=ROOT, capture_output=True, check=True)  # noqa: S603 - ours

    assert made.stdout.decode() == page(name)


def test_what_is_told_is_many_things_each_once() -> None:
    rows = [line for line in page("reference/silence.md").splitlines() if line.startswith("| ")]
    proved = [row for row in rows if row.rpartition(" | ")[2].removesuffix(" |").isdigit()]

    assert len(set(proved)) == len(proved) >= LEAST_ROWS


@pytest.mark.parametrize(("name", "version"), PINS)
def test_a_plugin_that_is_tried_stands_with_its_version(name: str, version: str) -> None:
    text = page("reference/plugins.md")
    assert f"| {name} | {version} |" in text or re.search(rf"[ \n]{name}[ \n]{re.escape(version)}[,.][ \n]", text)
