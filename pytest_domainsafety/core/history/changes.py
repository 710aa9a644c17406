"""What changed from one run to the next beside the deployment: suite, judge, bars, sampling and address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_domainsafety.core.history.report import Change
from pytest_domainsafety.core.reports.domain_report import DomainReport
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED
from pytest_domainsafety.core.verdict.reasons import level

_SAMPLING = ("temperature", "max_tokens", "repetitions", "system_prompt_sha256", "request")


def run_changes(before: Report, after: Report) -> list[Change]:
    """What is another for all domains, the gravest first."""
    return [*_suite(before, after), *_judge(before, after), *_level(before, after), *_deployment(before, after)]


def bar_changes(before: DomainReport, after: DomainReport) -> list[Change]:
    """Which of a domain's own bars were moved, set or taken away."""
    old, new = _bars(before), _bars(after)
    return [
        Change(kind="bar", words=f"{name} {_bar(old, name)} -> {_bar(new, name)}")
        for name in {**old, **new}
        if old.get(name) != new.get(name)
    ]


def _suite(before: Report, after: Report) -> Iterator[Change]:
    if before.suite.sha256 != after.suite.sha256:
        old, new = before.suite.scenarios, after.suite.scenarios
        counts = f" ({old} -> {new} scenarios)" if old != new else ""
        yield Change(kind="suite", words=f"suite changed{counts}")
        return
    asked = [{name: each.asked for name, each in report.suite.framings.items()} for report in (before, after)]
    if all(asked) and asked[0] != asked[1]:
        yield Change(kind="suite", words="other framings asked")


def _judge(before: Report, after: Report) -> Iterator[Change]:
    old, new = before.judge, after.judge
    if (old.kind, old.model) != (new.kind, new.model):
        yield Change(kind="judge", words=f"judge changed ({old.model or old.kind} -> {new.model or new.kind})")
    elif old.fingerprint != new.fingerprint:
        yield Change(kind="judge", words="judge changed (rubric, place or parameters)")
    labels = [each.calibration.labels_sha256 if each.calibration else None for each in (old, new)]
    if labels[0] != labels[1]:
        word = "set" if labels[0] is None else "taken away" if labels[1] is None else "changed"
        yield Change(kind="judge", words=f"judge's calibration {word}")


def _level(before: Report, after: Report) -> Iterator[Change]:
    if before.alpha != after.alpha:
        yield Change(kind="bar", words=f"level of the bounds {level(before.alpha)} -> {level(after.alpha)}")


def _deployment(before: Report, after: Report) -> Iterator[Change]:
    old, new = before.deployment, after.deployment
    names = [name for name in _SAMPLING if getattr(old, name) != getattr(new, name)]
    if names:
        shown = ", ".join(name.removesuffix("_sha256").replace("_", " ") for name in names)
        yield Change(kind="sampling", words=f"sampling changed ({shown})")
    if old.model == new.model and old.base_url != new.base_url:
        # Another model may well be served elsewhere; the same one elsewhere is another deployment.
        yield Change(kind="address", words=f"address changed ({old.base_url or 'none'} -> {new.base_url or 'none'})")


def _bars(domain: DomainReport) -> dict[str, float]:
    """A domain's bars by name; a framing that was not asked has none."""
    found = {
        "threshold" if name == ALWAYS_GATED else f"threshold[{name}]": each.threshold
        for name, each in domain.harmful.items()
    }
    found["threshold[any]"] = domain.worst.threshold if domain.worst else None
    found |= {
        "floor" if name == "analytical" else f"floor[{name}]": each.floor for name, each in domain.harmless.items()
    }
    found["margin"] = domain.baseline.margin if domain.baseline else None
    return {name: value for name, value in found.items() if value is not None}


def _bar(bars: Mapping[str, float], name: str) -> str:
    # As it was written: two digits would hide a small step.
    return f"{bars[name]:.2f}" if name in bars and round(bars[name], 2) == bars[name] else f"{bars.get(name, 'none')}"
