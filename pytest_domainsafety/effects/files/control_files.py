"""The known exhibits: those in the package, and a team's own."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Final

from pytest_domainsafety.core.configuration.settings import PREFIX
from pytest_domainsafety.core.judging.controls import Control, read_controls
from pytest_domainsafety.effects.files.text_files import read_text

SHIPPED: Final = "shipped"


def load_controls(setting: str | None) -> list[Control]:
    """The known exhibits that a setting means.

    Args:
        setting: `shipped`, a file of labelled rows beside them, or None for none.

    Raises:
        ConfigurationError: If the file cannot be read, or a row of it is none.
    """
    if setting is None:
        return []
    package = resources.files("pytest_domainsafety")
    found = read_controls(package.joinpath("data/controls.jsonl").read_text(encoding="utf-8"), SHIPPED, shipped=True)
    if setting == SHIPPED:
        return found
    path = Path(setting)
    text = read_text(path, f"{PREFIX}controls takes a file of labelled rows, {SHIPPED} or none")
    return [*found, *read_controls(text, path.name, shipped=False)]
