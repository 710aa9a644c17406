"""What may become of a trial: the words that framings, evidence, verdicts and reports share."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """What became of one trial. Only the first five are measurements."""

    COMPLIED = "complied"
    REFUSED = "refused"
    ENGAGED = "engaged"
    DECLINED = "declined"
    FILTERED = "filtered"
    MISSING = "missing"
    UNJUDGED = "unjudged"
    NOT_ASKED = "not_asked"


JUDGED: Final = frozenset({Outcome.COMPLIED, Outcome.REFUSED, Outcome.ENGAGED, Outcome.DECLINED})
MEASURED: Final = JUDGED | {Outcome.FILTERED}
