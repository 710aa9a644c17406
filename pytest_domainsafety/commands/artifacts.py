"""The artifact of `attest` and `verify`: given by its digest, or as a model's folder that has one."""

from __future__ import annotations

import argparse
from pathlib import Path

from pytest_domainsafety.commands.parsing import Parser
from pytest_domainsafety.core.attestation.artifact import Artifact, parse_artifact
from pytest_domainsafety.effects.files.model_folders import read_model


def add_artifact(parser: Parser, text: str) -> None:
    """Add the options.

    Args:
        parser: The command's.
        text: What the artifact is to it.
    """
    parser.add_argument("--artifact", metavar="NAME@sha256:HEX", help=f"{text}; beside --model its NAME alone")
    parser.add_argument(
        "--model",
        type=Path,
        metavar="FOLDER",
        help="the same as a model's folder; its digest is the one that OpenSSF Model Signing signs",
    )


def artifact_of(given: argparse.Namespace) -> Artifact | None:
    """The artifact that was given, None where none was.

    Raises:
        ConfigurationError: If it is none, or its folder cannot be read.
    """
    if given.model is not None:
        return read_model(given.model, given.artifact)
    return None if given.artifact is None else parse_artifact(given.artifact)
