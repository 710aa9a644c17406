"""What other plugins answer for the user's settings, by the hooks of `shell.hooks`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from pytest_domainsafety.core.configuration.settings import Settings
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.effects.loading.callables import describe
from pytest_domainsafety.shell.configuring.configuration import Configuration

_HOOKS: Final = "pytest_domainsafety_"


def extended(config: pytest.Config, configuration: Configuration) -> Configuration:
    """The configuration with what hooks answer where no setting does.

    Raises:
        pytest.UsageError: If a hook fails, or answers with what cannot be called.
    """
    settings = configuration.settings
    names = {"target": not _names_deployment(settings), "judge": not _names_judge(settings)}
    found = {name: function for name, asked in names.items() if asked and (function := _answer(config, name))}
    named = {name: _name(function) for name, function in found.items()}
    return replace(configuration, settings=settings.model_copy(update=named), callables=found)


def tell_verdict(config: pytest.Config, report: Report, hidden: Callable[[str], str]) -> list[str]:
    """Call the hook of the verdict.

    Args:
        config: pytest's.
        report: The report, written already.
        hidden: Takes keys out of a message.

    Returns:
        A sentence if an implementation failed.
    """
    try:
        config.hook.pytest_domainsafety_verdict(config=config, report=report.model_copy())
    except Exception as error:  # noqa: BLE001 - other people's code
        return [f"a pytest_domainsafety_verdict hook raised {describe(error, hidden)}"]
    return []


def tell_sinks(config: pytest.Config, report: Report, hidden: Callable[[str], str]) -> list[str]:
    """Call each implementation of the hook of sinks, whatever becomes of the others.

    Args:
        config: pytest's.
        report: The report, written already.
        hidden: Takes keys out of a message.

    Returns:
        A sentence for each that failed.
    """
    failed: list[str] = []
    sinks = [found.plugin for found in config.hook.pytest_domainsafety_report.get_hookimpls()]
    for sink in reversed(sinks):  # pluggy's order: the last one that was registered first
        others = [plugin for plugin in sinks if plugin is not sink]
        call = config.pluginmanager.subset_hook_caller("pytest_domainsafety_report", others)
        try:
            call(config=config, report=report.model_copy())
        except (Exception, SystemExit, pytest.skip.Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - other people's code
            failed.append(f"a pytest_domainsafety_report hook raised {describe(error, hidden)}: the verdict stands")
    return failed


def _names_deployment(settings: Settings) -> bool:
    return any((settings.target, settings.base_url, settings.client))


def _names_judge(settings: Settings) -> bool:
    return any((settings.judge, settings.judge_models, settings.judge_client))


def _answer(config: pytest.Config, name: str) -> Callable[..., Any] | None:
    hook = f"{_HOOKS}{name}"
    try:
        function = getattr(config.hook, hook)(config=config)
    except Exception as error:
        raise pytest.UsageError(f"a {hook} hook raised {describe(error)}") from error
    if function is not None and not callable(function):
        raise pytest.UsageError(f"a {hook} hook returned {type(function).__name__}: let it return a callable or None")
    return function  # type: ignore[no-any-return]  # called and checked where it is used


def _name(function: Callable[..., Any]) -> str:
    """What the run calls it, in the form of a setting."""
    kind = function if hasattr(function, "__qualname__") else type(function)
    return f"{kind.__module__}:{kind.__qualname__}"
