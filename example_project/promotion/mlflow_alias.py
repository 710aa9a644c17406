"""Gives a model version an alias in MLflow only if its signed verdict lets it through, by MLflow's REST API.

    python promotion/mlflow_alias.py FILE MODEL VERSION --statement verdict.json --key public.pem
        [--policy policy.toml] [--alias champion]

FILE is what the version deploys, as one file: its sha256 and the model's name are the artifact that the verdict must
be on. Tags say which; the alias comes last, since deployments load what it names. Stages are gone from MLflow.
`MLFLOW_TRACKING_URI` is the server's address, and `MLFLOW_TRACKING_TOKEN` is sent along where it is set.

Ends with 0 where the alias is set, else with the exit code of `domain-safety verify`, and nothing was sent.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen


def main(arguments: Sequence[str]) -> int:
    """Verify, tag, and name."""
    given = _parser().parse_args(arguments)
    with given.file.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    artifact = f"{given.model}@sha256:{digest}"
    policy = [] if given.policy is None else [f"--policy={given.policy}"]
    options = [f"--key={given.key}", f"--artifact={artifact}", *policy]
    command = [sys.executable, "-m", "pytest_domainsafety.cli", "verify", str(given.statement), *options]
    code = subprocess.run(command, check=False).returncode  # noqa: S603 - ours
    if code != 0:
        return code
    version = {"name": given.model, "version": given.version}
    statement = hashlib.sha256(given.statement.read_bytes()).hexdigest()
    for key, value in {"artifact": artifact, "statement_sha256": statement, "decision": "pass"}.items():
        call("model-versions/set-tag", {**version, "key": f"domain_safety.{key}", "value": value})
    call("registered-models/alias", {**version, "alias": given.alias})
    print(f"{given.alias}: {given.model} version {given.version}")
    return 0


def call(path: str, body: dict[str, Any]) -> None:
    """Tell MLflow's REST API.

    Raises:
        urllib.error.URLError: If it cannot be reached or refuses: then the alias is as it was.
    """
    url = f"{os.environ['MLFLOW_TRACKING_URI'].rstrip('/')}/api/2.0/mlflow/{path}"
    headers = {"Content-Type": "application/json"}
    if token := os.environ.get("MLFLOW_TRACKING_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=30):  # noqa: S310 - the user's own address
        pass


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("file", type=Path, help="what the version deploys")
    parser.add_argument("model", help="the registered model's name")
    parser.add_argument("version", help="its version")
    parser.add_argument("--statement", type=Path, required=True, help="what domain-safety attest --key wrote")
    parser.add_argument("--key", type=Path, required=True, help="the signer's public key")
    parser.add_argument("--policy", type=Path, help="what must hold, as domain-safety verify reads it")
    parser.add_argument("--alias", default="champion", help="the alias that deployments load (default: champion)")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
