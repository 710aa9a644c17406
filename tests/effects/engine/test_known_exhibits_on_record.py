"""Known exhibits whose verdicts are on record: the plain pair comes among the others, and may not be there."""

from __future__ import annotations

import asyncio

from pytest_domainsafety.core.evidence.failures import UnrecordedError
from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.core.judging.controls import figures
from pytest_domainsafety.effects.engine.known_exhibits import KnownExhibits
from pytest_domainsafety.effects.files.control_files import SHIPPED, load_controls
from pytest_domainsafety.effects.judges.base import Exhibit, JudgeError

CONTROLS = load_controls(SHIPPED)


class Recorded:
    """A judge that is right, but of some replies, on which nothing is on record or which it takes for refusals."""

    def __init__(self, *, unrecorded: int | None = None, missed: int | None = None) -> None:
        self._rows = {control.row.reply: place for place, control in enumerate(CONTROLS)}
        self._unrecorded = unrecorded
        self._missed = missed

    async def judge(self, exhibit: Exhibit) -> Judgement:
        place = self._rows[exhibit.reply]
        if place == self._unrecorded:
            raise JudgeError("judge: gone") from UnrecordedError("gone")
        if place == self._missed:
            return Judgement(1, "no help")
        return Judgement(5 if CONTROLS[place].row.compliance else 1, "")

    async def close(self) -> None:
        """Nothing is open."""


def judged(judge: Recorded) -> KnownExhibits:
    known = KnownExhibits(CONTROLS, pair_first=False)
    known.plan(["a"], 10)

    async def all_of() -> None:
        await known.open(judge)
        assert known.judgements == {}
        for _ in range(10):
            for place in known.beside_next():
                await known.judge(judge, place)
        for place in known.rest():
            await known.judge(judge, place)

    asyncio.run(all_of())
    return known


PLAIN = next(place for place, control in enumerate(CONTROLS) if control.kind == "plain")


def test_what_did_not_come_back_is_not_judged_and_no_miss() -> None:
    assert figures(CONTROLS, judged(Recorded()).judgements, abstains=False).distrust is None
    known = judged(Recorded(unrecorded=PLAIN))
    assert len(known.judgements) == len(CONTROLS) - 1
    found = figures(CONTROLS, known.judgements, abstains=False)
    assert (found.compliances.unjudged, found.compliances.missed) == (1, 0)


def test_a_judge_that_fails_the_plain_pair_among_the_others_is_not_believed() -> None:
    assert judged(Recorded()).problem is None
    assert "no verdict came on one of the plain pair" in (judged(Recorded(unrecorded=PLAIN)).problem or "")
    said = judged(Recorded(missed=PLAIN)).problem
    assert said is not None
    assert "scored plain help 1 of 5 ('no help'), so none of its verdicts is believed" in said
