"""The pages of options and commands are what their script makes of the code; the help says the code's defaults."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from pytest_domainsafety.core.configuration.settings import Settings
from pytest_domainsafety.effects.report_files import REPORT_FILES
from pytest_domainsafety.shell.keys import KEYS, Key
from pytest_domainsafety.shell.options import add_options

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "scripts" / "write_options.py"))


@pytest.mark.parametrize("page", ["options", "commands"])
def test_a_page_is_up_to_date(page: str, script: dict[str, Any]) -> None:
    shown = (ROOT / "docs" / "reference" / f"{page}.md").read_text(encoding="utf-8")
    assert script[page]() == shown, "run scripts/write_options.py"


def test_every_key_is_a_setting_and_every_setting_a_key() -> None:
    assert {key.name for key in KEYS} == set(Settings.model_fields)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_the_help_says_the_default_that_the_code_has(key: Key, script: dict[str, Any]) -> None:
    said, coded = script["default_of"](key)
    assert coded in {"", said}


def test_every_format_of_reports_has_an_option() -> None:
    parser = pytest.Parser(_ispytest=True)
    add_options(parser)
    words = {word for group in parser._groups for option in group.options for word in option.names()}  # noqa: SLF001 - it has no other list
    assert {f"--domain-safety-{name}" for name in REPORT_FILES} <= words
