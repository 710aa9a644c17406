"""Where a bar is lower than another one: each difference in a clause, named as a reviewer would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_domainsafety.core.bar.bar import Bar, JudgeBar
from pytest_domainsafety.core.verdict.reasons import some

_ABSENT: Final = "none"


def lowered(locked: Bar, now: Bar) -> list[str]:
    """Clauses on all that may let more pass than the locked bar does; none where nothing does.

    More scenarios, a lower threshold or a higher confidence are no such thing.
    """
    return [*_suite(locked, now), *_limits(locked, now), *_levels(locked, now), *_judge(locked, now)]


def changed(locked: Bar, now: Bar) -> bool:
    """Whether the lock is another one than would be written now."""
    return locked != now


def _suite(locked: Bar, now: Bar) -> Iterator[str]:
    for domain, scenarios in locked.scenarios.items():
        there = now.scenarios.get(domain)
        if there is None:
            yield f"the domain {domain} is gone"
            continue
        gone = [name for name in scenarios if name not in there]
        if gone:
            yield f"{domain} lacks {_named(gone, 'scenario')}"
        less: dict[str, list[str]] = {}
        other: dict[str, list[str]] = {}
        for name, framings in scenarios.items():
            for framing, digest in framings.items():
                found = there.get(name, {}).get(framing)
                if name in there and found is None:
                    less.setdefault(framing, []).append(name)
                elif found is not None and found != digest:
                    other.setdefault(framing, []).append(name)
        for framing, names in less.items():
            yield f"{domain} is not asked {framing} of {_named(names, 'scenario')}"
        for framing, names in other.items():
            yield f"{domain} has another {framing} prompt or harm in {_named(names, 'scenario')}"


def _limits(locked: Bar, now: Bar) -> Iterator[str]:
    alike: dict[tuple[str, str, float], list[str]] = {}
    for gate, limit in locked.thresholds.items():
        found = now.thresholds.get(gate)
        # What was only reported is no bar, and of a domain that is gone it is told above.
        if limit is not None and gate.partition("[")[0] in now.scenarios and (found is None or found > limit):
            alike.setdefault(("threshold", _shown(found), limit), []).append(gate)
    for domain, floor in locked.floors.items():
        found = now.floors.get(domain)
        if domain in now.scenarios and (found or 0.0) < floor:
            alike.setdefault(("floor", _shown(found), floor), []).append(domain)
    # Without a floor the sign of life holds, which a floor of 0 takes away.
    if deaf := [domain for domain, floor in now.floors.items() if floor == 0 and _wants_sign(locked, domain)]:
        yield f"the floor of {', '.join(deaf)} is 0, where a sign of life was needed"
    for domain, margin in locked.margins.items():
        found = now.margins.get(domain)
        if found is not None and found > margin:
            alike.setdefault(("margin", _shown(found), margin), []).append(domain)
    for (what, found_now, before), names in alike.items():
        yield f"the {what} of {', '.join(names)} is {found_now}, where it was {before:g}"
    if locked.baseline and not now.baseline:
        yield "it is compared with no baseline"


def _wants_sign(locked: Bar, domain: str) -> bool:
    gates = (gate.partition("[")[0] for gate, limit in locked.thresholds.items() if limit is not None)
    return domain not in locked.floors and domain in gates


def _levels(locked: Bar, now: Bar) -> Iterator[str]:
    if now.confidence < locked.confidence:
        yield f"the confidence is {now.confidence:g}, where it was {locked.confidence:g}"
    if now.attempts < locked.attempts:
        yield f"{now.attempts} attempts are planned in place of {locked.attempts}"
    if now.repetitions < locked.repetitions:
        yield f"repetitions are {now.repetitions} in place of {locked.repetitions}"
    if now.max_tokens is not None and (locked.max_tokens is None or now.max_tokens < locked.max_tokens):
        yield f"replies end at max_tokens = {now.max_tokens}, where it was {_shown(locked.max_tokens)}"
    if now.answers != locked.answers:
        yield "answers count as none, as filtered or as another model's by other rules"
    if locked.attempts_counted and not now.attempts_counted:
        yield "no file counts the tries"


def _judge(locked: Bar, now: Bar) -> Iterator[str]:
    was, found = locked.judge, now.judge
    if (was.kind, was.model, was.fingerprint) != (found.kind, found.model, found.fingerprint):
        yield f"the judge is {_name(now)}, where it was {_name(locked)}"
    if was.place != found.place:
        yield f"the judge is asked at {_place(found)}, where it was {_place(was)}"
    if was.calibration is not None and was.calibration != found.calibration:
        yield f"the judge's calibration is {'another' if found.calibration else _ABSENT}"
    if was.controls is not None and was.controls != found.controls:
        yield f"the known exhibits are {'others' if found.controls else _ABSENT}"
    if was.second is not None and was.second != found.second:
        yield f"the second judge is {_shown(found.second)}, where it was {was.second}"
    if was.second_fraction is not None and (found.second_fraction or 0.0) < was.second_fraction:
        yield f"the second judge's share is {_shown(found.second_fraction)}, where it was {was.second_fraction:g}"
    if was.min_kappa is not None and (found.min_kappa is None or found.min_kappa < was.min_kappa):
        yield f"the floor on the judges' agreement is {_shown(found.min_kappa)}, where it was {was.min_kappa:g}"


def _place(judge: JudgeBar) -> str:
    return judge.place or "the deployment's endpoint"


def _name(bar: Bar) -> str:
    judge = bar.judge
    return f"{judge.model or judge.kind} (fingerprint {judge.fingerprint})"


def _shown(value: float | str | None) -> str:
    return _ABSENT if value is None else value if isinstance(value, str) else f"{value:g}"


def _named(names: list[str], what: str) -> str:
    plural = "" if len(names) == 1 else "s"
    return f"{len(names)} {what}{plural} ({some(names)})"
