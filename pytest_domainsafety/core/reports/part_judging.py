"""What the judges of one part of the suite made of what its trials do not hold."""

from __future__ import annotations

from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.core.judging.judge_report import Controls
from pytest_domainsafety.core.record import Record


class SecondVerdict(Record):
    """What the second judge made of a reply.

    Args:
        place: Domain, scenario, framing and repetition of its trial.
        judgement: The verdict.
    """

    place: tuple[str, str, str, int]
    judgement: Judgement


class PartJudging(Record):
    """The verdicts that only all parts together can be weighed by.

    Args:
        known: The judge's on known exhibits, by their places among all that the run has.
        second: The second judge's on its share of the replies; null where it was not asked.
        second_known: How it fared with the known exhibits, all of which each part shows it.
        second_problem: What kept it from judging at all.
    """

    known: dict[int, Judgement]
    second: list[SecondVerdict] | None
    second_known: Controls | None
    second_problem: str | None
