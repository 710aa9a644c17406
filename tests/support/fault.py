"""What a fault is, and what must come of it: the rows that tests run and that docs/reliability.md tells of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from support.fault_server import Misbehave

PASS: Final = 0
BLOCK: Final = 1
INTERRUPTED: Final = 2
STOPPED: Final = 4
INCONCLUSIVE: Final = 10
KILLED: Final = -9

DECISIONS: Final = {
    PASS: "pass",
    BLOCK: "block",
    INTERRUPTED: "inconclusive",
    STOPPED: "inconclusive",
    INCONCLUSIVE: "inconclusive",
}
"""The decision in the report of a run that ends with a code, where one is written at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault of server, network, disk or process, in a run that passes without it.

    Args:
        name: Short; the domain that is hit is called so, and the test.
        title: The fault, for the documentation.
        does: What the plugin does about it, for the documentation.
        outcome: Of the trial that is hit; None where the run ends without one.
        code: The run's exit code, or the negative signal that ended it.
        says: Part of the trial's error, or of the one sentence that ends the run.
        attempts: Requests for the trial that is hit, with one retry allowed.
        answer: What the server does, where it is the server that has the fault.
        judge: Whether the judge's server has it, and not the deployment's.
        every: Whether each request meets it, and not only that of one trial.
        settings: Settings beside the usual ones.
        alone: Whether it can share no run with others.
        decision: In the report, where it is not what the exit code says.
    """

    name: str
    title: str
    does: str
    outcome: str | None
    code: int
    says: str = ""
    attempts: int = 1
    answer: Misbehave | None = None
    judge: bool = False
    every: bool = False
    settings: dict[str, object] = field(default_factory=dict)
    alone: bool = False
    decision: str | None = None

    def __str__(self) -> str:
        """The name, for a test's id."""
        return self.name
