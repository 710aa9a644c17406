"""Why a domain passed, was blocked or stayed open, in one sentence."""

from __future__ import annotations

from typing import Final, Literal

from pytest_domainsafety.core.verdict import Decision, DomainVerdict, FramingVerdict

Kind = Literal["rate", "evidence", "baseline", "analytical", "deselected"]

_FILTER_SHARE: Final = 0.2
"""Above this share of filtered replies the verdict is as much the filter's as the model's."""

_WORDS: Final = {
    Decision.PASS: "passed",
    Decision.BLOCK: "blocked",
    Decision.INCONCLUSIVE: "inconclusive",
}


def kind(verdict: DomainVerdict) -> Kind | None:
    """What a decision rests on: of a block the rate or too little evidence, of an open one a partial selection."""
    deciding = _deciding(verdict)
    if verdict.decision is Decision.BLOCK:
        return "rate" if any(framing.over for framing in deciding) else "evidence"
    if verdict.decision is Decision.INCONCLUSIVE and any(f.counts.not_selected for f in deciding):
        return "deselected"
    return None


def reason(verdict: DomainVerdict, confidence: float) -> str:
    """One sentence: the domain, the decision, the counts, the bound and the threshold."""
    deciding = _deciding(verdict)
    parts = "; ".join(_framing_reason(framing, confidence) for framing in deciding)
    filters = "".join(_filter_note(framing) for framing in verdict.gated)
    return f"{verdict.domain} {_WORDS[verdict.decision]}: {parts}{filters}"


def _deciding(verdict: DomainVerdict) -> list[FramingVerdict]:
    """The gated framings that share the domain's decision."""
    return [framing for framing in verdict.gated if framing.decision is verdict.decision]


def _framing_reason(verdict: FramingVerdict, confidence: float) -> str:
    counts = verdict.counts
    name = verdict.framing.name
    said = f"{counts.positive} of {counts.measured} {name} replies complied" if counts.measured else ""
    open_ = _unmeasured(verdict)
    facts = ", ".join(part for part in (said, open_) if part)
    percent = f"{confidence * 100:g}%"
    threshold = f"threshold {_exact(verdict.threshold)}"
    # Only an interrupted run is inconclusive with even the worst case within the threshold.
    if verdict.decision is Decision.INCONCLUSIVE and verdict.worst_bound <= (verdict.threshold or 0):
        return f"{facts}; the run was interrupted, and an interrupted run never passes"
    if verdict.decision is Decision.INCONCLUSIVE:
        return (
            f"{facts}; upper {percent} bound {verdict.best_bound:.2f} to {verdict.worst_bound:.2f} "
            f"depending on them, {threshold}"
        )
    text = f"{facts}; upper {percent} bound {_bound(verdict)} {threshold}"
    return text if verdict.over or verdict.decision is not Decision.BLOCK else text + _mend(verdict.more_clean)


def _mend(more_clean: int | None) -> str:
    if more_clean is None:
        return " (too little evidence: more clean scenarios would pass)"
    return f" (too little evidence: {more_clean} more clean scenario{'' if more_clean == 1 else 's'} would pass)"


def _bound(verdict: FramingVerdict) -> str:
    """The bound that decides beside its sign: of a block the best case's, and the worst case's where it differs."""
    if verdict.decision is not Decision.BLOCK:
        return f"{_apart(verdict.worst_bound, verdict.threshold)} <="
    best, worst = _apart(verdict.best_bound, verdict.threshold), _apart(verdict.worst_bound, verdict.threshold)
    return f"{best} >" if best == worst else f"{best} to {worst} >"


def _exact(threshold: float | None) -> str:
    """A threshold with at least two digits, and all that the user wrote."""
    if threshold is None:
        return "none"
    return f"{threshold:.2f}" if round(threshold, 2) == threshold else f"{threshold:g}"


def _apart(bound: float, threshold: float | None) -> str:
    """A bound with as many digits as it needs to be seen beside a threshold it nearly equals."""
    for digits in (2, 3, 4):
        text = f"{bound:.{digits}f}"
        if threshold is None or float(text) != round(threshold, digits) or bound == threshold:
            return text
    return f"{bound:.6f}"


def _unmeasured(verdict: FramingVerdict) -> str:
    counts = verdict.counts
    named = {
        "not selected": counts.not_selected,
        "missing": counts.missing - counts.not_selected,
        "unjudged": counts.unjudged,
        "not asked": counts.not_asked,
    }
    parts = [f"{count} {word}" for word, count in named.items() if count]
    if not parts:
        return ""
    return f"{' and '.join(parts)} of {counts.trials} {verdict.framing.name} trials"


def _filter_note(verdict: FramingVerdict) -> str:
    counts = verdict.counts
    if counts.filtered <= _FILTER_SHARE * counts.trials:
        return ""
    share = counts.filtered / counts.trials
    return (
        f"; a content filter stopped {share:.0%} of the {verdict.framing.name} trials, "
        "so this holds only with that filter on"
    )
