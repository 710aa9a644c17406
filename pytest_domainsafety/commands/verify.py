"""`domain-safety verify`: does a signed attestation let an artifact be deployed? A public key is all it needs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pytest_domainsafety.commands.artifacts import add_artifact, artifact_of
from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.core.attestation.figures import Figures
from pytest_domainsafety.core.attestation.policy import DEFAULT_MAX_AGE, read_policy
from pytest_domainsafety.core.attestation.statement import read_statement
from pytest_domainsafety.core.attestation.verification import objection, told_age
from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.effects.files.envelopes import opened
from pytest_domainsafety.effects.files.signing_keys import read_public_key
from pytest_domainsafety.effects.files.text_files import read_text
from pytest_domainsafety.effects.loading.extras import require_attest_extra
from pytest_domainsafety.effects.runs.age import age_s


def run(arguments: Sequence[str]) -> int:
    """Verify an attestation.

    Returns:
        0 only if the signature, the artifact, the policy and the verdict are right, else 1.

    Raises:
        ConfigurationError: In one sentence, if something cannot be read.
    """
    given = _parser().parse_args(arguments)
    require_attest_extra("domain-safety verify")
    policy = read_policy(
        "" if given.policy is None else read_text(given.policy, "give a policy, or leave --policy out"),
        str(given.policy),
    )
    key, place = read_public_key(given.key), str(given.file)
    payload = opened(read_text(given.file, "give the file that domain-safety attest --key wrote"), key, place)
    if payload is None:
        return _refuse(f"{place} was not signed by the key in {given.key}, or was changed since: do not deploy it")
    statement = read_statement(payload, place)
    figures = statement.predicate.figures
    artifact = artifact_of(given)
    age = age_s(figures.finished)
    against = objection(statement, policy, artifact=artifact, age_s=age)
    if against is not None:
        return _refuse(f"{place}: {against}")
    passed = len(statement.predicate.passed)
    compared = "" if artifact is not None else ", which was compared with nothing (--artifact, --model)"
    sys.stdout.write(
        f"verified: {printable(str(statement.artifact))}{compared}: "
        f"{passed} {'domain' if passed == 1 else 'domains'} passed, {told_age(age)} ago{_adjudicated(figures)}\n"
    )
    return 0


def _adjudicated(figures: Figures) -> str:
    found = figures.adjudicated
    return "" if found is None else f", {found.overruled} of the judge's verdicts overruled by people"


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"NOT VERIFIED: {printable(sentence)}\n")
    return 1


def _parser() -> Parser:
    parser = Parser(prog="domain-safety verify", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="what domain-safety attest --key wrote")
    parser.add_argument(
        "--key", type=Path, required=True, metavar="PUBLIC.pem", help="the signer's Ed25519 public key"
    )
    add_artifact(parser, "what will be deployed: it must be on that")
    parser.add_argument(
        "--policy",
        type=Path,
        metavar="FILE",
        help=f"TOML: max_age ({DEFAULT_MAX_AGE}), confidence (0.95), judge (controlled), domains, thresholds",
    )
    return parser
