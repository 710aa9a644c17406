"""The entry point. Every pytest run imports this module, so all the rest waits for `--domain-safety`."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from pytest_domainsafety.shell import hooks
from pytest_domainsafety.shell.options import (
    BEGINNINGS,
    ONLY_TELLS,
    UNDER_CI,
    add_options,
    given_options,
    known_flags,
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options and ini keys."""
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Make the hooks known, so that a conftest.py may implement them whether or not they are called."""
    pluginmanager.add_hookspecs(hooks)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, object, object]:
    """Name what is near an unknown option of ours, once each conftest.py that may know it has been loaded."""
    result = yield
    ours = {argument.partition("=")[0] for argument in args if argument.startswith(BEGINNINGS)}
    if ours - known_flags(early_config):
        from pytest_domainsafety.shell.configuring.command_line import refuse_unknown

        refuse_unknown(early_config, parser, args)
    return result


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker always, and the plugin's parts only where they are asked for."""
    config.addinivalue_line("markers", "domain_safety: a scenario in one framing, asked of the deployment")
    if config.getoption("domain_safety"):
        from pytest_domainsafety.effects.loading.imports import importing_past

        with importing_past(config.pluginmanager.rewrite_hook):
            from pytest_domainsafety.shell.registration import register

        register(config)
    elif (given := given_options(config)) and not any(config.getoption(name, default=False) for name in ONLY_TELLS):
        from pytest_domainsafety.shell.configuring.command_line import refuse_without_flag

        refuse_without_flag(config, given)
    elif any(map(os.environ.get, UNDER_CI)):
        from pytest_domainsafety.shell.configuring.required import require_gate

        require_gate(config)
