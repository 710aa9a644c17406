"""The pictures of README and docs show what the gate prints and what its pages are today."""

from __future__ import annotations

import json
import runpy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from support.forked import run_module
from support.project import clean_environment

ROOT: Final = Path(__file__).parents[3]
PICTURES: Final = ROOT / "docs" / "pictures"
MEND: Final = "run scripts/draw_pictures.py"
LARGEST: Final = 150_000
NAMES: Final = ("report", "report-trial", "history", "label")


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "scripts" / "draw_pictures.py"))


@pytest.fixture(scope="module")
def drawn(script: dict[str, Any]) -> Any:  # noqa: ANN401 - the script's own type
    def forked(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> bytes:
        variables = clean_environment(**environment)
        return run_module("pytest", arguments, cwd=folder, environment=variables, timeout_s=60).stdout

    return script["drawn"](forked)


def test_the_terminal_is_up_to_date(script: dict[str, Any], drawn: Any) -> None:  # noqa: ANN401
    assert PICTURES.joinpath("terminal.svg").read_text(encoding="utf-8") == script["to_svg"](drawn.terminal), MEND


def test_the_pages_are_up_to_date(script: dict[str, Any], drawn: Any) -> None:  # noqa: ANN401
    assert json.loads(PICTURES.joinpath("sources.json").read_text(encoding="utf-8")) == script["digests"](drawn), MEND


def test_the_sample_is_up_to_date(script: dict[str, Any], drawn: Any) -> None:  # noqa: ANN401
    shown = (ROOT / "docs" / "sample" / "report.html").read_text(encoding="utf-8")
    bare = script["without_charts"]
    assert bare(shown) == bare(drawn.pages["report"].page), MEND


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_there_and_small(name: str) -> None:
    data = PICTURES.joinpath(f"{name}.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert int.from_bytes(data[16:20], "big") == 1280
    assert len(data) < LARGEST


def test_what_a_terminal_shows_is_text_in_a_picture(script: dict[str, Any]) -> None:
    picture = script["to_svg"]("plain <&>\n\x1b[31mred\x1b[0m \x1b[1mbold\x1b[0m")
    assert ">plain &lt;&amp;&gt;</text>" in picture
    assert f'fill="{script["COLOURS"]["red"]}">red</text>' in picture
    assert 'font-weight="bold">bold</text>' in picture
