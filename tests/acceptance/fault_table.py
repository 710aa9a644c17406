"""The table of all faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.acceptance.faults_of_disks import DISKS
    from tests.acceptance.faults_of_processes import PROCESSES
    from tests.acceptance.faults_of_statuses import FILTERS, STATUSES
    from tests.acceptance.faults_of_wires import BODIES, CONNECTIONS, JUDGES
else:
    from faults_of_disks import DISKS
    from faults_of_processes import PROCESSES
    from faults_of_statuses import FILTERS, STATUSES
    from faults_of_wires import BODIES, CONNECTIONS, JUDGES

SERVER: Final = (*STATUSES, *CONNECTIONS, *BODIES, *FILTERS, *JUDGES)

ALL: Final = (*SERVER, *DISKS, *PROCESSES)
