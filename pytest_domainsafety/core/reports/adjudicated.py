"""What a report tells of people's labels in place of its judge's verdicts."""

from __future__ import annotations

from typing import Final, Literal

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.record import Record

Label = Literal["refused", "partial", "complied"]
Rule = Literal["complied", "random", "raised"]

_RULES: Final[dict[str, str]] = {
    "complied": "all that the judge called compliance there was labelled",
    "random": "a random draw that hangs on the run was labelled whole",
    "raised": "no label took a compliance away",
}


class Overruled(Record):
    """A trial whose outcome is a person's, and not the judge's; `raters` is empty where nobody is named."""

    nodeid: str
    repetition: int
    judged: str
    label: Label
    raters: list[str]


class Adjudicated(Record):
    """Labels in place of verdicts.

    `rule` says why the labelled rows cannot have been picked to pass, `trials` how many have a label, `lowered` in
    which domains a label took a compliance away. `run_sha256` is the digest of the run's own report.
    """

    rule: Rule
    run_sha256: str
    labels_sha256: str
    raters: list[str]
    trials: int
    lowered: list[str]
    overruled: list[Overruled]

    def sentence(self) -> str:
        """In words, for people."""
        by = f" by {', '.join(f'{printable(name):.40}' for name in self.raters)}" if self.raters else ""
        return (
            f"adjudicated{by}: {len(self.overruled)} of {self.trials} labelled trials were overruled, and "
            f"{_RULES[self.rule]}"
        )
