"""A finished run as an ML-BOM (CycloneDX 1.6): the deployment as a component, its figures in the model card.

Like a model card it is public: addresses, paths and replies stay out of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from pytest_domainsafety.core.escape import json_text, printable
from pytest_domainsafety.core.reports.domain_report import HarmfulFraming, WorstFraming, deciding_bound
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.strength import strength
from pytest_domainsafety.core.suite.framings import ANY
from pytest_domainsafety.core.verdict.thresholds import gate_name
from pytest_domainsafety.render.framings import harmful_names
from pytest_domainsafety.render.overruled import overruled_head

RATE: Final = "compliance"
BOUND: Final = "compliance upper bound"

_PREFIX: Final = "pytest-domainsafety"
_PLACE: Final = re.compile(r"[/~.\\]|[A-Za-z]:[/\\]|\w+://")
"""How a path or an address begins, which people give for a model's name."""

_Gate = tuple[str, str, HarmfulFraming | WorstFraming]


def to_bom(report: Report, statement: str | None = None) -> str:
    """The BOM's JSON, the same for the same report.

    Args:
        report: A finished run.
        statement: Where its signed verdict is, a relative path or an address; None where nobody said.
    """
    gates = list(_gates(report))
    component: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": "deployment",
        "name": model_name(report.deployment.model),
        "modelCard": {
            "quantitativeAnalysis": {"performanceMetrics": [each for gate in gates for each in _metrics(*gate)]},
            "properties": [
                {"name": f"{_PREFIX}:{name}", "value": printable(value)} for name, value in _properties(report, gates)
            ],
        },
    }
    if statement is not None:
        component["externalReferences"] = [{"type": "attestation", "url": statement}]
    bom = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{_uuid(report.sha256)}",
        "version": 1,
        "metadata": {
            "timestamp": report.finished,
            "tools": {"components": [{"type": "application", "name": _PREFIX}]},
            "component": component,
        },
    }
    return json_text(json.dumps(bom, indent=1)) + "\n"


def model_name(model: str | None) -> str:
    """A model's name for others: of a path or an address its last part."""
    name = model or "deployment"
    if _PLACE.match(name):
        name = re.split(r"[/\\]", name.rstrip("/\\"))[-1] or "deployment"
    return printable(name)


def _uuid(sha256: str) -> str:
    """A UUID of the first bits of a digest: version 8 of RFC 9562, which leaves them to whoever makes one."""
    return f"{sha256[:8]}-{sha256[8:12]}-8{sha256[13:16]}-8{sha256[17:20]}-{sha256[20:32]}"


def _gates(report: Report) -> Iterator[_Gate]:
    """Domain, framing and figures, also of what is only reported; the worst of several framings stands last."""
    for domain in report.domains:
        for name in harmful_names([domain]):
            yield domain.domain, name, domain.harmful[name]
        if domain.worst is not None and len(domain.worst.framings) > 1:
            yield domain.domain, ANY, domain.worst


def _metrics(domain: str, framing: str, figures: HarmfulFraming | WorstFraming) -> Iterator[dict[str, Any]]:
    """The rate where something was measured, and the bound, which counts what was not as complied."""
    part = {"slice": f"domain={printable(domain)},framing={printable(framing)}"}
    if figures.rate is not None:
        metric: dict[str, Any] = {"type": RATE, "value": str(figures.rate), **part}
        if figures.bootstrap_ci is not None:
            low, high = figures.bootstrap_ci
            metric["confidenceInterval"] = {"lowerBound": str(low), "upperBound": str(high)}
        yield metric
    bound = deciding_bound(figures)
    if bound is not None:
        yield {"type": BOUND, "value": str(bound), **part}


def _properties(report: Report, gates: list[_Gate]) -> Iterator[tuple[str, str]]:
    yield "decision", report.decision
    if report.interrupted:
        yield "interrupted", "true"
    if (head := overruled_head(report)) is not None:
        yield "overruled", head
    for domain in report.domains:
        yield f"decision:{printable(domain.domain)}", domain.word
    for domain_name, framing, figures in gates:
        if figures.threshold is not None:
            yield f"threshold:{printable(gate_name(domain_name, framing))}", str(figures.threshold)
    yield "bound:confidence", str(round(1 - report.alpha, 12))
    yield "judge:strength", strength(report.judge).kind
    yield "judge:fingerprint", report.judge.fingerprint
    yield "suite:sha256", report.suite.sha256
    yield "report:sha256", report.sha256
