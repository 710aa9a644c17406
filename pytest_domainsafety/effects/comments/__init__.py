"""Hosts where a pull request has comments. A new host is a new module here and one entry in `HOSTS`.

They import the core, never each other. Hands out the hosts in the order in which they are looked for.
"""

from __future__ import annotations

from typing import Final

from pytest_domainsafety.effects.comments.base import Host
from pytest_domainsafety.effects.comments.github import GitHub
from pytest_domainsafety.effects.comments.gitlab import GitLab

HOSTS: Final[tuple[Host, ...]] = (GitHub(), GitLab())
"""The hosts; the first in whose job this process runs is meant."""
