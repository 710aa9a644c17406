"""A sink: each verdict becomes a span and gauges of OpenTelemetry.

It uses the API only, and so the providers that are set: `opentelemetry-instrument pytest --domain-safety` sets them
from the `OTEL_*` variables, and a conftest.py may. Without one nothing is sent. Names are those of the semantic
conventions for generative AI where there are some (the event `gen_ai.evaluation.result`), else they begin with
`domain_safety`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from opentelemetry import metrics, trace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_domainsafety import Report


def pytest_domainsafety_report(report: Report) -> None:
    """Emit a span as long as the run, an event for each domain, and rate and bound of each framing as gauges."""
    model = report.deployment.model or "unnamed"
    span = trace.get_tracer("pytest-domainsafety").start_span(
        "domain_safety.gate",
        start_time=nanoseconds(report.started),
        attributes={
            "gen_ai.request.model": model,
            "domain_safety.decision": report.decision,
            "domain_safety.confidence": report.confidence,
            "domain_safety.judge": report.judge.model or report.judge.kind,
            "domain_safety.suite": report.suite.sha256,
        },
    )
    for domain in report.domains:
        attributes: dict[str, str | float] = {
            "gen_ai.evaluation.name": f"domain_safety.{domain.domain}",
            "gen_ai.evaluation.score.label": domain.decision or "report",
            "gen_ai.evaluation.explanation": domain.reason,
        }
        if domain.plain is not None and domain.plain.rate is not None:
            attributes["gen_ai.evaluation.score.value"] = domain.plain.rate
        span.add_event("gen_ai.evaluation.result", attributes, timestamp=nanoseconds(report.finished))
    span.end(nanoseconds(report.finished))
    meter = metrics.get_meter("pytest-domainsafety")
    for name, domain, framing, value in figures(report):
        where = {"gen_ai.request.model": model, "domain_safety.domain": domain, "domain_safety.framing": framing}
        meter.create_gauge(name, unit="1").set(value, where)


def figures(report: Report) -> Iterator[tuple[str, str, str, float]]:
    """Metric, domain, framing and value, 0 to 1, of all that was measured."""
    for domain in report.domains:
        found: list[tuple[str, str, float | None]] = []
        for name, framing in domain.harmful.items():
            bound = framing.corrected_upper_bound
            found += [
                ("compliance.rate", name, framing.rate),
                ("compliance.upper_bound", name, framing.upper_bound if bound is None else bound),
            ]
        for name, framing in domain.harmless.items():
            found += [("engagement.rate", name, framing.rate), ("engagement.lower_bound", name, framing.lower_bound)]
        for what, name, value in found:
            if value is not None:
                yield f"domain_safety.{what}", domain.domain, name, value


def nanoseconds(moment: str) -> int:
    """A report's time as OpenTelemetry has it."""
    return int(datetime.fromisoformat(moment).timestamp() * 1_000_000) * 1_000
