"""The error a user can cause before anything is asked. Each message is one sentence with the place and the mend.

What a message quotes may be a server's, a model's or a file's, so it is made printable here, once for all places.
"""

from __future__ import annotations

from pytest_domainsafety.core.escape import printable


class ConfigurationError(ValueError):
    """A setting that cannot work; the shell makes it a usage error."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))
