"""Loading the rubrics: the package's own, replaced file by file by the user's."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Final

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.judging.rubric import Rubric, Rubrics, parse_rubric

_KEY: Final = "domain_safety_rubrics"
_HARMFUL: Final = "harmful.md"
_ANALYTICAL: Final = "analytical.md"


def load_rubrics(directory: Path | None) -> Rubrics:
    """Read both rubrics.

    Args:
        directory: Holds the user's `harmful.md`, `analytical.md` or both; None where the package's own are used.

    Raises:
        ConfigurationError: If the directory holds neither, or one that is no rubric.
    """
    if directory is None:
        return Rubrics(_shipped(_HARMFUL), _shipped(_ANALYTICAL))
    harmful, analytical = _own(directory / _HARMFUL), _own(directory / _ANALYTICAL)
    if harmful is None and analytical is None:
        what = f"holds neither {_HARMFUL} nor {_ANALYTICAL}" if directory.is_dir() else "is no directory"
        raise ConfigurationError(f"{_KEY} = {directory} {what}: name one that holds a rubric of yours")
    return Rubrics(harmful or _shipped(_HARMFUL), analytical or _shipped(_ANALYTICAL))


def _own(path: Path) -> Rubric | None:
    """The user's rubric, None where there is no such file."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows editors put a mark at the beginning
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{_KEY}: {path} is not in UTF-8, so save it in that encoding") from None
    except (OSError, ValueError) as error:  # a path may hold what no path can
        reason = getattr(error, "strerror", None) or error
        raise ConfigurationError(f"{_KEY}: {path} cannot be read ({reason}), so make it readable") from None
    return parse_rubric(text, f"{_KEY}: {path}")


def _shipped(name: str) -> Rubric:
    text = resources.files("pytest_domainsafety").joinpath("data", "rubrics", name).read_text(encoding="utf-8")
    return parse_rubric(text, name)
