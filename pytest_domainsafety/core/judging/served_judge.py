"""Whether the judge that answers is the one that was calibrated: by the model's name in its replies.

A name in a request may stand for another model by now. Where the endpoint named none when the judge was calibrated,
there is nothing to compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pytest_domainsafety.core.evidence.served import OTHERS, ServedModel, served_name

Names = Mapping[str | None, frozenset[str]]
"""By the model that was asked for, the names under which it may answer."""


def calibrated_names(served: Iterable[ServedModel]) -> Names:
    """The names under which the calibrated judge answered, of those whose every name is known.

    Args:
        served: What answered when it was calibrated.
    """
    return _known((row.asked, row.model) for row in served)


def is_another(names: Names, asked: str | None, model: str | None) -> bool:
    """Whether an answer is of another model than was calibrated; one that bears no name is.

    Args:
        names: See `calibrated_names`.
        asked: The model that the request named.
        model: The one that the answer names.
    """
    known = names.get(served_name(asked))
    return known is not None and served_name(model) not in known


def stale(names: Names, asked: str | None, model: str | None) -> str:
    """That the calibration is of another model than the one that answers, in one sentence without its mend."""
    role = f"the judge{f', asked for {served_name(asked)},' if asked else ''}"
    known = ", ".join(sorted(names[served_name(asked)]))
    return f"{role} answers as {served_name(model) or 'no named model'}, and its calibration is of {known}"


def drifted(calibrated: Sequence[ServedModel], served: Iterable[ServedModel]) -> str | None:
    """Why a run's verdicts are not those of the calibrated judge, None where they are, as far as is known.

    Args:
        calibrated: What answered when it was calibrated.
        served: What answered in the run.
    """
    names = calibrated_names(calibrated)
    for row in served:
        if is_another(names, row.asked, row.model):
            said = stale(names, row.asked, row.model)
            return f"{said} (on {row.replies} answers), so the judge's error is not known: calibrate this judge again"
    return None


def new_fingerprints(calibrated: Sequence[ServedModel], served: Sequence[ServedModel]) -> str | None:
    """A warning where the calibrated models run on another system by now, by their providers' word."""
    known = _known((row.asked, row.fingerprint) for row in calibrated)
    new = {
        row.fingerprint
        for row in served
        if row.asked in known and row.fingerprint not in {None, OTHERS} and row.fingerprint not in known[row.asked]
    }
    if not new:
        return None
    then = sorted({name for names in known.values() for name in names})
    return (
        f"the judge's system fingerprint is another than when it was calibrated: {', '.join(sorted(map(str, new)))} "
        f"here, {', '.join(then)} then"
    )


def _known(named: Iterable[tuple[str | None, str | None]]) -> Names:
    found: dict[str | None, set[str | None]] = {}
    for asked, name in named:
        found.setdefault(asked, set()).add(name)
    return {
        asked: frozenset(name for name in names if name is not None)
        for asked, names in found.items()
        if not names & {None, OTHERS}
    }
