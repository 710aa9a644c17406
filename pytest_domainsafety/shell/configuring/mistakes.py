"""What may be wrong with keys before their values are read: names, gaps, and a file that is not the one in force."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from pytest_domainsafety.core.configuration.limits import hinted
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.shell.keys import KEYS
from pytest_domainsafety.shell.options import PREFIX, flag_of, option_names

_TURNS_OFF: Final = ("baseline", "min_analytical", "min_kappa", "judge_calibration", "error_replies", "attempts_file")
"""Keys without which a gate is off: a variable that is not set must not turn it off."""

_UNFILLED: Final = re.compile(r"\$\{\{?\s*(?P<name>[A-Za-z_][\w.]*)[^{}]*\}")

_FILES: Final = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
_KEY: Final = re.compile(r"^\s*(?:\[[\w.]*\.)?[\"']?domain_safety_\w", re.MULTILINE)


def check_names(config: pytest.Config) -> None:
    """Check that every key that begins as ours do is one.

    pytest only warns of such a key, and the gate would run without what it says.

    Raises:
        ConfigurationError: With all that are none, each with a hint at a near name.
    """
    known, options = [key.name for key in KEYS], option_names(config)
    unknown: list[str] = []
    for name in _written(config):
        own = name.lower().replace("-", "_")
        if not own.startswith("domain_safety") or name.removeprefix(PREFIX) in known or _is_registered(config, name):
            continue
        short = own.removeprefix(PREFIX)
        if short in options and short not in known:
            unknown.append(f"{name} (it is an option only: {flag_of(short)})")
        else:
            unknown.append(hinted(short, known, name, PREFIX))
    if unknown:
        place = config.inipath.name if config.inipath else "-o"
        raise ConfigurationError(f"unknown key in {place} or -o: {', '.join(unknown)}; correct or remove it")


def _written(config: pytest.Config) -> Mapping[str, Any]:
    """The keys in force, those of `-o` among them; pytest has no public way to them that it does not warn of."""
    written: Mapping[str, Any] = config._inicfg  # noqa: SLF001
    return written


def _is_registered(config: pytest.Config, name: str) -> bool:
    """Whether somebody else's plugin or conftest.py has made it a key."""
    try:
        with contextlib.suppress(TypeError, pytest.UsageError):  # it is one, of another type
            config.getini(name)
    except ValueError:
        return False
    return True


def check_filled(name: str, value: object) -> None:
    """Check that a value holds no variable that nobody filled in.

    Args:
        name: Without the prefix.
        value: As it was given, of any type.

    Raises:
        ConfigurationError: If it does.
    """
    found = _UNFILLED.search(f"{value}")
    if found is not None:
        raise ConfigurationError(
            f"{PREFIX}{name} holds ${{{found['name']}}} as it stands, since pytest fills in no variables: write the "
            f'value, or let the shell fill it in, {flag_of(name)}="${found["name"]}"'
        )


def is_off(name: str, value: object) -> bool:
    """Whether a value turns a gate off on purpose, by the word `none`.

    Args:
        name: Without the prefix.
        value: As it was given.

    Raises:
        ConfigurationError: If an empty value would turn it off.
    """
    if name not in _TURNS_OFF:
        return False
    lines = value if isinstance(value, list) else [value]
    texts = [text for line in lines if (text := f"{line}".partition("#")[0].strip())]
    if not texts or value == {}:
        raise ConfigurationError(
            f"{PREFIX}{name} is empty, which would turn its gate off: give it a value, say none to turn it off on "
            "purpose, or remove it"
        )
    return [text.lower() for text in texts] == ["none"]


def nearer_files(config: pytest.Config) -> list[str]:
    """A sentence for each configuration file that a reader would take for the one in force.

    It is nearer to what is collected, or to where pytest was invoked, and has keys of ours that say nothing.
    """
    force = config.inipath
    named = (config.invocation_params.dir / argument.partition("::")[0] for argument in config.args)
    folders = [path if path.is_dir() else path.parent for path in named]
    starts = [path.resolve() for path in (*folders, config.invocation_params.dir)]
    found = dict.fromkeys(path for start in starts for path in _passed_over(start, force))
    instead = f"{force} is in force" if force else "no file is in force"
    return [f"{path} has domain_safety keys that say nothing, since {instead}: -c names another" for path in found]


def _passed_over(start: Path, force: Path | None) -> Iterator[Path]:
    for folder in (start, *start.parents):
        files = [path for name in _FILES if (path := folder / name).is_file() and path != force]
        own = [path for path in files if _has_keys(path)]
        yield from own
        if own or (force is not None and folder == force.parent):
            return


def _has_keys(path: Path) -> bool:
    try:
        return _KEY.search(path.read_text(encoding="utf-8")) is not None
    except (OSError, ValueError):
        return False
