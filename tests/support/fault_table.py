"""The table of all faults."""

from __future__ import annotations

from typing import Final

from support.faults_of_disks import DISKS
from support.faults_of_processes import PROCESSES
from support.faults_of_statuses import FILTERS, STATUSES
from support.faults_of_wires import BODIES, CONNECTIONS, JUDGES

SERVER: Final = (*STATUSES, *CONNECTIONS, *BODIES, *FILTERS, *JUDGES)

SECTIONS: Final = {
    "The deployment answers with an error": STATUSES,
    "The network": CONNECTIONS,
    "The deployment answers with something else": BODIES,
    "A provider's content filter": FILTERS,
    "The judge": JUDGES,
    "The disk": DISKS,
    "The process": PROCESSES,
}
"""All faults, as the documentation orders them."""
