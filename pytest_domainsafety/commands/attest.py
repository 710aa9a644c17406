"""`domain-safety attest`: a finished run's verdict as a statement (in-toto) on an artifact, signed with a key."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pytest_domainsafety.commands.artifacts import add_artifact, artifact_of
from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.commands.runs import NamedRun
from pytest_domainsafety.core.attestation.attesting import statement_on
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.effects.files.envelopes import sealed
from pytest_domainsafety.effects.files.signing_keys import open_to_others, read_private_key
from pytest_domainsafety.effects.files.text_files import write_text
from pytest_domainsafety.effects.loading.extras import require_attest_extra
from pytest_domainsafety.effects.runs.finished_runs import read_report, report_sha256
from pytest_domainsafety.effects.runs.interrupted_runs import check_finished


def run(arguments: Sequence[str]) -> int:
    """Attest a run: write the statement where it was asked for, or print it.

    Returns:
        0, whatever the run's decision: a verdict that is no pass is attested as `FAILED`.

    Raises:
        ConfigurationError: In one sentence, if the run has no verdict, or the key cannot sign.
    """
    given = _parser().parse_args(arguments)
    require_attest_extra("domain-safety attest")
    signer = None if given.key is None else read_private_key(given.key)
    check_finished(given.run)
    # Last, for reading a model takes minutes.
    artifact = artifact_of(given)
    if artifact is None:
        raise ConfigurationError("a verdict is on an artifact: give --artifact NAME@sha256:HEX, or --model FOLDER")
    statement = statement_on(artifact, read_report(given.run), report_sha256(given.run))
    text = statement.to_text() if signer is None else sealed(statement.canonical(), signer)
    if given.key is not None and (warning := open_to_others(given.key)) is not None:
        sys.stderr.write(f"WARNING: {printable(warning)}\n")
    if given.output is None:
        sys.stdout.write(text)
        return 0
    write_text(given.output, text)
    by = "not signed" if signer is None else f"signed by {signer.public_key.keyid}"
    sys.stdout.write(f"attestation: {printable(str(given.output))} ({statement.predicate.result}, {by})\n")
    return 0


def _parser() -> Parser:
    parser = Parser(prog="domain-safety attest", description=__doc__)
    parser.add_argument("run", action=NamedRun, metavar="RUN", help="run directory or report.json, or latest")
    add_artifact(parser, "what was asked and will be deployed, by its digest")
    parser.add_argument(
        "--key",
        type=Path,
        metavar="PRIVATE.pem",
        help="sign it (DSSE) with this Ed25519 key, PEM without a passphrase",
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write it there (default: print it)")
    return parser
