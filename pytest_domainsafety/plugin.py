"""The entry point. Every pytest run imports this module, so all the rest waits for `--domain-safety`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_domainsafety.shell import hooks
from pytest_domainsafety.shell.options import add_options

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options and ini keys."""
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Make the hooks known, so that a conftest.py may implement them whether or not they are called."""
    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker always, and the plugin's parts only where they are asked for."""
    config.addinivalue_line("markers", "domain_safety: a scenario in one framing, asked of the deployment")
    if config.getoption("domain_safety"):
        from pytest_domainsafety.shell.registration import register

        register(config)
