"""The page on the layout says what is there: its picture, the functions on the way of a reply, and every room."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "pytest_domainsafety"
PAGE = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
WAY = PAGE.partition("## The way of one reply\n")[2].partition("\n## ")[0]
STEPS = re.findall(r"^\d+\. (?:.|\n(?!\d+\. ))*", WAY, re.MULTILINE)
NAMED = re.findall(r"`([\w/]+\.py):([\w.]+)`", WAY)
ROOMS = sorted(path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.glob("*/**/__init__.py"))
LAYERS = ("core", "effects", "shell")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]


def is_there(module: str, name: str) -> bool:
    """Whether a function, or a class and in it a function, stands in a module."""
    found: list[ast.stmt] = ast.parse((PACKAGE / module).read_text(encoding="utf-8")).body
    for part in name.split("."):
        named = [
            each
            for each in found
            if isinstance(each, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and each.name == part
        ]
        if not named:
            return False
        found = named[0].body
    return True


def test_the_picture_is_up_to_date() -> None:
    # In a process of its own: the script finds its layout beside it.
    script = ROOT / "scripts" / "draw_architecture.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert (done.returncode, done.stderr) == (0, "")


def test_the_way_of_a_reply_is_twelve_steps_and_each_names_who_takes_it() -> None:
    assert len(STEPS) == 12
    assert [step for step in STEPS if not re.search(r"`[\w/]+\.py:[\w.]+`", step)] == []


@pytest.mark.parametrize(("module", "name"), NAMED, ids=[f"{module}:{name}" for module, name in NAMED])
def test_a_function_on_the_way_of_a_reply_exists(module: str, name: str) -> None:
    assert is_there(module, name), f"{module} has no {name}: mend docs/explanation/architecture.md"


@pytest.mark.parametrize("room", [room for room in ROOMS if room not in LAYERS])
def test_a_room_is_on_the_page(room: str) -> None:
    # A room within a room is told where that one is.
    shown = f"\n| `{room}` |" if room.count("/") < 2 else f"`{room.partition('/')[2]}`"
    assert shown in PAGE, f"docs/explanation/architecture.md has no room {room}"


def test_files_that_are_named_exist_and_contracts_are_called_so() -> None:
    names = {name for name in re.findall(r"`((?:\w+/)+[\w.]+\.py)[`:]", PAGE) if "NAME" not in name}
    missing = [name for name in sorted(names) if not (PACKAGE / name).is_file() and not (ROOT / name).is_file()]
    assert missing == []
    assert [contract["name"] for contract in CONTRACTS if f'"{contract["name"]}"' not in PAGE] == []
