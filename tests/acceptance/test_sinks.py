"""The example's sinks, in one run: what MLflow's REST API and OpenTelemetry's exporters get is the report's own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from support.fake_server import Answer, FakeServer, Request, Responder
from support.project import Project, Run

SINKS: Final = Path(__file__).parents[2] / "example_project" / "sinks"
CONFTEST: Final = f"""\
import json
import pathlib
import sys

sys.path.insert(0, {str(SINKS)!r})
pytest_plugins = ["mlflow_sink", "opentelemetry_sink"]

def pytest_configure(config):
    if not config.getoption("domain_safety"):
        return
    from opentelemetry import metrics, trace
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    spans, figures = InMemorySpanExporter(), InMemoryMetricReader()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(provider)
    metrics.set_meter_provider(MeterProvider([figures]))

    def write():
        found = {{
            "spans": [json.loads(span.to_json()) for span in spans.get_finished_spans()],
            "metrics": json.loads(figures.get_metrics_data().to_json()),
        }}
        pathlib.Path(config.rootpath, "telemetry.json").write_text(json.dumps(found))

    config.add_cleanup(write)
"""


def mlflow(request: Request) -> Answer:
    """A tracking server that has no experiment yet."""
    assert request.headers["authorization"] == "Bearer key"
    path = request.path.partition("/api/2.0/mlflow/")[2]
    if path.startswith("experiments/get-by-name?experiment_name=domain-safety"):
        return Answer({"error_code": "RESOURCE_DOES_NOT_EXIST"}, status=404)
    made: dict[str, dict[str, Any]] = {
        "experiments/create": {"experiment_id": "3"},
        "runs/create": {"run": {"info": {"run_id": "r"}}},
        "runs/log-batch": {},
        "runs/update": {},
    }
    return Answer(made[path])


@pytest.fixture(scope="module")
def measured(
    new_project: Callable[[], Project], serve_module: Callable[[Responder], FakeServer]
) -> tuple[Run, FakeServer, dict[str, Any]]:
    project, server = new_project(), serve_module(mlflow)
    project.domain("a", 4, technical=True)
    project.configure_app("'Sure.'")
    project.write("conftest.py", CONFTEST)
    run = project.run(MLFLOW_TRACKING_URI=server.url, MLFLOW_TRACKING_TOKEN="key")  # noqa: S106 - no secret
    return run, server, json.loads((project.path / "telemetry.json").read_text())


def test_no_sink_fails_or_changes_the_verdict(measured: tuple[Run, FakeServer, dict[str, Any]]) -> None:
    run = measured[0]
    assert run.code == 1, run.text
    assert "pytest_domainsafety_report" not in run.text


def _expected(run: Run) -> dict[tuple[str, str], float]:
    framings = run.domain("a")["framings"]
    harmful = {
        (name, what): framings[name][what]
        for name in ("operational", "technical")
        for what in ("rate", "upper_bound")
    }
    harmless = {("analytical", what): framings["analytical"][what] for what in ("rate", "lower_bound")}
    return harmful | harmless


def test_mlflow_gets_a_finished_run_with_all_figures(measured: tuple[Run, FakeServer, dict[str, Any]]) -> None:
    run, server, _ = measured
    bodies = [(request.path.rpartition("mlflow/")[2], request.body) for request in server.requests]
    assert bodies[1] == ("experiments/create", {"name": "domain-safety"})
    assert bodies[2][1]["experiment_id"] == "3"
    assert bodies[-1][0] == "runs/update"
    assert bodies[-1][1]["status"] == "FINISHED"
    assert bodies[-1][1]["end_time"] >= bodies[2][1]["start_time"] > 1_500_000_000_000
    logged: dict[str, list[dict[str, Any]]] = {}
    for path, body in bodies:
        if path == "runs/log-batch":
            for kind in ("params", "metrics", "tags"):
                logged.setdefault(kind, []).extend(body.get(kind, []))
    values = {each["key"]: each["value"] for each in logged["metrics"]}
    assert values == {f"a/{name}/{what}": value for (name, what), value in _expected(run).items()}
    assert {each["key"]: each["value"] for each in logged["tags"]} == {
        "domain_safety.decision": "block",
        "domain_safety.decision.a": "block",
    }
    assert {"key": "model", "value": "app:target"} in logged["params"]


def test_opentelemetry_gets_a_span_and_all_figures(measured: tuple[Run, FakeServer, dict[str, Any]]) -> None:
    run, _, telemetry = measured
    (span,) = telemetry["spans"]
    assert span["name"] == "domain_safety.gate"
    assert span["attributes"]["domain_safety.decision"] == "block"
    assert span["end_time"] >= span["start_time"]
    (event,) = span["events"]
    assert event["name"] == "gen_ai.evaluation.result"
    assert event["attributes"] == {
        "gen_ai.evaluation.name": "domain_safety.a",
        "gen_ai.evaluation.score.label": "block",
        "gen_ai.evaluation.score.value": 1.0,
        "gen_ai.evaluation.explanation": run.domain("a")["reason"],
    }
    (resource,) = telemetry["metrics"]["resource_metrics"]
    (scope,) = resource["scope_metrics"]
    found = {
        (point["attributes"]["domain_safety.framing"], metric["name"].rpartition(".")[2]): point["value"]
        for metric in scope["metrics"]
        for point in metric["data"]["data_points"]
    }
    assert found == _expected(run)


def test_the_names_are_those_of_the_conventions() -> None:
    from opentelemetry.semconv._incubating.attributes import gen_ai_attributes

    text = (SINKS / "opentelemetry_sink.py").read_text(encoding="utf-8")
    known = {value for value in vars(gen_ai_attributes).values() if isinstance(value, str)}
    used = set(re.findall(r'"(gen_ai\.[\w.]+)"', text)) - {"gen_ai.evaluation.result"}
    assert used
    assert used <= known
