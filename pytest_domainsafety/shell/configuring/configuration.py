"""Reading the configuration: an option wins over an ini key, and both are checked before anything is asked."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

from pytest_domainsafety.core.configuration.asked_framings import parse_framings, parse_purposes
from pytest_domainsafety.core.configuration.limits import LimitError, parse_domain_limits
from pytest_domainsafety.core.configuration.settings import PREFIX, Settings, read_settings
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.planning.prices import Prices, parse_prices
from pytest_domainsafety.core.suite.suite import AskedFramings
from pytest_domainsafety.core.verdict.left_out import check_gates
from pytest_domainsafety.core.verdict.rules import Limits
from pytest_domainsafety.core.verdict.thresholds import parse_thresholds
from pytest_domainsafety.shell.configuring.mistakes import check_filled, check_names, is_off, nearer_files
from pytest_domainsafety.shell.keys import KEYS, Key
from pytest_domainsafety.shell.options import option, option_names

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What the user configured, read.

    Args:
        settings: Types and ranges checked.
        limits: What the gates stand on.
        prices: For the plan.
        batch_prices: The same, in a batch.
        callables: Target and judge that a hook answered with, by the setting they stand for.
        warnings: What the user may have meant otherwise, a sentence each.
    """

    settings: Settings
    limits: Limits
    prices: Prices
    batch_prices: Prices
    callables: dict[str, Callable[..., Any]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def configured(config: pytest.Config) -> Configuration:
    """The configuration of a run.

    Raises:
        pytest.UsageError: In one sentence, if something cannot work or is not built yet.
    """
    try:
        check_names(config)
        for name in option_names(config):
            check_filled(name, option(config, name))
        values = {key.name: value for key in KEYS if (value := _value(config, key)) is not None}
        settings = read_settings(values)
        limits = Limits(
            thresholds=_read("thresholds", lambda: parse_thresholds(settings.thresholds)),
            margins=_read("margin", lambda: parse_domain_limits(settings.margin, "a margin", most=1)),
            floors=_read(
                "min_analytical",
                lambda: parse_domain_limits(settings.min_analytical, "a floor", most=0.99, zero=True),
            ),
        )
        _read("framings", lambda: check_gates(parse_framings(settings.framings), limits))
        return Configuration(
            settings=settings,
            limits=limits,
            prices=_read("prices", lambda: parse_prices(settings.prices)),
            batch_prices=_read("batch_prices", lambda: parse_prices(settings.batch_prices)),
            warnings=tuple(nearer_files(config)),
        )
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from None


def asked_framings(config: pytest.Config) -> AskedFramings | None:
    """Which framings are asked, None for all: xdist's workers, which read nothing else, leave out the others too.

    Raises:
        pytest.UsageError: In one sentence, at a mistake.
    """
    return parse_framings(_alone(config, "framings").framings)


def framing_purposes(config: pytest.Config) -> dict[str, str]:
    """What prompts in the project's own framings do, by their names.

    Raises:
        pytest.UsageError: In one sentence, at a mistake.
    """
    return parse_purposes(_alone(config, "framing_purposes").framing_purposes)


def _alone(config: pytest.Config, name: str) -> Settings:
    """One setting, read without the others."""
    (key,) = (key for key in KEYS if key.name == name)
    try:
        return read_settings({key.name: _value(config, key) or ()})
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from None


def _read(name: str, parse: Callable[[], Read]) -> Read:
    """Read lines of a setting; a mistake in them names the setting."""
    try:
        return parse()
    except LimitError as error:
        raise ConfigurationError(f"{PREFIX}{name}: {error}") from None


def _value(config: pytest.Config, key: Key) -> object:
    value = option(config, key.name)
    base = config.invocation_params.dir
    if value is None:
        value = _ini(config, PREFIX + key.name)
        base = config.inipath.parent if config.inipath else config.rootpath
    if value is None or is_off(key.name, value):
        return None
    check_filled(key.name, value)
    # Of a key that turns no gate off an empty value, on the command line too, means that the key is not set.
    if value in ("", [], [""]):
        return None
    if key.path and isinstance(value, str) and value not in key.words:
        return str(base / value)
    return _lines(value, PREFIX + key.name, whole=key.whole) if key.lines else value


def _ini(config: pytest.Config, name: str) -> object:
    """An ini key's value, whatever native type the user gave it.

    pytest is strict about native types ("0.25" is no float) and has none for tables, so where it refuses a value
    the file itself is read.
    """
    try:
        value: object = config.getini(name)
    except (TypeError, pytest.UsageError):
        value = _native(config, name)
    return value


def _native(config: pytest.Config, name: str) -> object:
    path = config.inipath
    if path is None or path.suffix != ".toml":
        raise ConfigurationError(f"{name} has a value of the wrong type")
    return _toml_table(path).get(name)


def _toml_table(path: Path) -> dict[str, Any]:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    table: dict[str, Any] = data.get("tool", {}).get("pytest") or data.get("pytest") or {}
    return table


def _lines(value: object, name: str, *, whole: bool) -> list[str]:
    """Lines, however they were given: text, a list of texts, or a native table."""
    if isinstance(value, dict):
        return [line for domain, entry in value.items() for line in _table_lines(domain, entry)]
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
        raise ConfigurationError(f"{name} must be lines such as 'domain = 0.10'")
    # On a command line a comma is easier to write than a line break.
    return [part for text in value for line in text.splitlines() for part in ([line] if whole else _parts(line))]


def _parts(line: str) -> list[str]:
    rule, mark, comment = line.partition("#")
    return [part + mark + comment for part in rule.split(",")]


def _table_lines(domain: str, entry: object) -> list[str]:
    if isinstance(entry, dict):
        return [f"{domain}[{framing}] = {value}" for framing, value in entry.items()]
    return [f"{domain} = {entry}"]


def home_of(config: pytest.Config) -> Path:
    """Where the lock stands: beside pytest's configuration, wherever --rootdir is."""
    return config.rootpath if config.inipath is None else config.inipath.parent
