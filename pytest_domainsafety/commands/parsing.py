"""What all commands share: their options' mistakes are told as every other mistake of a user's."""

from __future__ import annotations

import argparse
from typing import NoReturn

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import printable


class Parser(argparse.ArgumentParser):
    """A mistake is a `ConfigurationError` of one sentence, where argparse would print its usage and exit with 2."""

    def error(self, message: str) -> NoReturn:
        """Tell a mistake, and where the options are described.

        Raises:
            ConfigurationError: Always.
        """
        raise ConfigurationError(f"{printable(message)}: see {self.prog} --help")
