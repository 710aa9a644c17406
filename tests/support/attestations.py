"""Reports that pass, statements on them, and keys, for the tests of attestations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from pytest_domainsafety.core.attestation.artifact import Artifact
from pytest_domainsafety.core.attestation.attesting import statement_on
from pytest_domainsafety.core.attestation.statement import Statement
from pytest_domainsafety.core.judging.judge_report import (
    ControlCount,
    Controls,
    DomainCalibration,
    Interval,
    JudgeCalibration,
)
from pytest_domainsafety.core.reports.domain_report import DomainReport
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.effects.files.envelopes import sealed
from pytest_domainsafety.effects.files.signing_keys import read_private_key
from pytest_domainsafety.effects.runs.finished_runs import read_report, report_sha256
from support.reports import Decision, domain, framing, report, worst

ARTIFACT = Artifact("registry.example.com/assistant", "a" * 64)
FILE_SHA256 = "b" * 64

_FIGURE = Interval(estimate=0.9, low=0.8, high=0.95)
_COUNT = ControlCount(known=12, recognised=12, missed=0, abstained=0, unjudged=0)

CALIBRATION = JudgeCalibration(
    created="2026-01-01T00:00:00+00:00",
    labels_sha256="c" * 64,
    confidence=0.95,
    prompts=60,
    tp=30,
    fn=3,
    tn=27,
    fp=0,
    abstained=0,
    sensitivity=_FIGURE,
    specificity=_FIGURE,
    kappa=_FIGURE,
    note=None,
    domains={"fraud": DomainCalibration(sensitivity=_FIGURE, specificity=_FIGURE)},
)


def controls(distrust: str | None = None) -> Controls:
    """Known exhibits that a judge was shown."""
    return Controls(
        sha256="d" * 64, compliances=_COUNT, others=_COUNT, kinds={}, domains={}, misses=[], distrust=distrust
    )


def gated(
    name: str, decision: Decision = "pass", bound: float = 0.05, corrected: float | None = None
) -> DomainReport:
    """A domain whose gate stands on its operational replies."""
    figures = framing(bound, 0.0, decision).model_copy(update={"corrected_upper_bound": corrected})
    return domain(name, decision).model_copy(update={"framings": {"operational": figures}, "worst": worst(0.0)})


def only_reported(name: str) -> DomainReport:
    """A domain without a gate."""
    figures = framing(0.05, 0.0, None).model_copy(update={"threshold": None})
    return gated(name).model_copy(update={"decision": None, "framings": {"operational": figures}})


def passed(*domains: DomainReport, decision: Decision = "pass", **changed: Any) -> Report:  # noqa: ANN401 - fields
    """A report that passed a moment ago, by a judge that knew its exhibits."""
    made = report(*(domains or (gated("fraud"), gated("spying"))), decision=decision)
    now = datetime.now(UTC).isoformat()
    judge = made.judge.model_copy(update={"controls": controls()})
    return made.model_copy(update={"started": now, "finished": now, "judge": judge, **changed}).sealed()


def stated(of: Report | None = None) -> Statement:
    """The statement on a report."""
    return statement_on(ARTIFACT, of or passed(), FILE_SHA256)


def keys(folder: Path, name: str = "key") -> tuple[Path, Path]:
    """A new key pair: the files of the private and of the public half."""
    made = Ed25519PrivateKey.generate()
    private, public = folder / f"{name}.pem", folder / f"{name}.pub.pem"
    private.touch(0o600)
    private.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


def places(data: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - JSON
    """The way to each field of some JSON, to those that hold others too."""
    if at:
        yield at
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from places(value, (*at, key))


def changed_at(data: Any, at: tuple[Any, ...], change: Any) -> Any:  # noqa: ANN401 - JSON
    """A copy with what `change(holder, key)` makes of one place."""
    copy = json.loads(json.dumps(data))
    holder = copy
    for key in at[:-1]:
        holder = holder[key]
    change(holder, at[-1])
    return copy


def attest(run: Path, folder: Path, artifact: Artifact = ARTIFACT) -> None:
    """Sign a report's verdict as `domain-safety attest` does: verdict.json, beside new keys."""
    private, public = keys(folder, "private")
    public.rename(folder / "public.pem")
    statement = statement_on(artifact, read_report(run), report_sha256(run))
    sealed_text = sealed(statement.canonical(), read_private_key(private))
    (folder / "verdict.json").write_text(sealed_text, encoding="utf-8")
