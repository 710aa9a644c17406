"""A sink: each verdict becomes a run of an MLflow experiment, by MLflow's REST API.

`MLFLOW_TRACKING_URI` is the server's address; without it nothing is sent. `MLFLOW_TRACKING_TOKEN` is sent along where
it is set, and `MLFLOW_EXPERIMENT_NAME` says which experiment is meant. No client library is needed.
"""

from __future__ import annotations

import json
import os
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_domainsafety import Report


def pytest_domainsafety_report(report: Report) -> None:
    """Log parameters, the decisions as tags, and rate and bound of each domain and framing as metrics."""
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        return
    started, finished = milliseconds(report.started), milliseconds(report.finished)
    name = f"domain safety: {report.decision}"
    asked = {"experiment_id": experiment(), "run_name": name, "start_time": started}
    run = call("runs/create", asked)["run"]["info"]["run_id"]
    parameters = {
        "model": report.deployment.model,
        "judge": report.judge.model or report.judge.kind,
        "suite": report.suite.sha256,
        "confidence": report.confidence,
    }
    tags = {"domain_safety.decision": report.decision}
    tags |= {f"domain_safety.decision.{key(each.domain)}": each.decision or "report" for each in report.domains}
    call("runs/log-batch", {"run_id": run, "params": pairs(parameters)})
    logged = [{"key": name, "value": value, "timestamp": finished, "step": 0} for name, value in figures(report)]
    for index in range(0, len(logged), 500):  # MLflow takes 1,000 at once
        call("runs/log-batch", {"run_id": run, "metrics": logged[index : index + 500]})
    for index in range(0, len(tags), 100):  # and 100 of these
        call("runs/log-batch", {"run_id": run, "tags": pairs(dict([*tags.items()][index : index + 100]))})
    call("runs/update", {"run_id": run, "status": "FINISHED", "end_time": finished})


def figures(report: Report) -> Iterator[tuple[str, float]]:
    """Rate and deciding bound, 0 to 1, of each domain and framing that was measured."""
    for domain in report.domains:
        for name, framing in domain.harmful.items():
            bound = framing.corrected_upper_bound
            found = {"rate": framing.rate, "upper_bound": framing.upper_bound if bound is None else bound}
            yield from ((f"{key(domain.domain)}/{key(name)}/{what}", x) for what, x in found.items() if x is not None)
        for name, framing in domain.harmless.items():
            found = {"rate": framing.rate, "lower_bound": framing.lower_bound}
            yield from ((f"{key(domain.domain)}/{key(name)}/{what}", x) for what, x in found.items() if x is not None)


def experiment() -> str:
    """The experiment's id; it is made where there is none."""
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME", "domain-safety")
    try:
        return call(f"experiments/get-by-name?experiment_name={quote(name)}")["experiment"]["experiment_id"]
    except HTTPError as error:
        with error:
            if error.code != 404:
                raise
        return call("experiments/create", {"name": name})["experiment_id"]


def call(path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Ask MLflow's REST API."""
    url = f"{os.environ['MLFLOW_TRACKING_URI'].rstrip('/')}/api/2.0/mlflow/{path}"
    headers = {"Content-Type": "application/json"}
    if token := os.environ.get("MLFLOW_TRACKING_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(url, data, headers), timeout=30) as answer:  # noqa: S310 - the address is the user's own
        return json.load(answer)


def pairs(values: dict[str, Any]) -> list[dict[str, str]]:
    """Parameters or tags as MLflow has them."""
    return [{"key": name, "value": str(value)[:250]} for name, value in values.items()]


def key(name: str) -> str:
    """A domain or framing as a part of a metric's name, in which MLflow takes no brackets."""
    return re.sub(r"[^\w. -]", "_", name)[:80]


def milliseconds(moment: str) -> int:
    """A report's time as MLflow has it."""
    return int(datetime.fromisoformat(moment).timestamp() * 1000)
