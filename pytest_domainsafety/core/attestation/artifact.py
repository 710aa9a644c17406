"""The artifact that a verdict is on, as people name it, `NAME@sha256:HEX`, or by the files of a model's folder."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pytest_domainsafety.core.errors import ConfigurationError

_NAME: Final = r"(?P<name>[^\s\x00-\x1f\x7f]+)"
_ARTIFACT: Final = re.compile(rf"{_NAME}@sha256:(?P<sha256>[0-9a-f]{{64}})")


@dataclass(frozen=True, slots=True)
class Artifact:
    """What is deployed.

    Args:
        name: For people too.
        sha256: Its digest in hex, by which it is known.
        files_sha256: Of a model's folder the digest of its files' names and contents, None where nobody looked.
    """

    name: str
    sha256: str
    files_sha256: str | None = None

    def __str__(self) -> str:
        """As it is written in a command."""
        return f"{self.name}@sha256:{self.sha256}"


def parse_artifact(text: str) -> Artifact:
    """Read `NAME@sha256:HEX`.

    Raises:
        ConfigurationError: If it is none.
    """
    found = _ARTIFACT.fullmatch(text)
    if found is None:
        raise ConfigurationError(
            f"--artifact {text!r:.120} is no artifact: write NAME@sha256:HEX, HEX being 64 digits (0-9, a-f)"
        )
    return Artifact(found["name"], found["sha256"])


def check_model_name(name: str) -> None:
    """Look whether a model may be called so beside its folder, which has the digest.

    Raises:
        ConfigurationError: If it is no name, or has a digest of its own.
    """
    if _ARTIFACT.fullmatch(name):
        raise ConfigurationError(f"--model has the digest: give --artifact {name.partition('@')[0]} without one")
    if not re.fullmatch(_NAME, name):
        raise ConfigurationError(f"{name!r:.120} is no name of an artifact: give --artifact NAME, without spaces")


def model_artifact(name: str, files: Mapping[str, bytes]) -> Artifact:
    """A model's folder as an artifact.

    `sha256` is the digest of the subject that OpenSSF Model Signing (v1.0) signs: over the digests of the files in
    the order of their paths, part by part. That order is all it tells of names, so a file may be renamed under it.
    `files_sha256` holds names too: it is over the lines of `sha256sum --zero`.

    Args:
        name: The model's.
        files: The sha256 digest of each file by its path in the folder, parts divided by `/`.
    """
    signed, named = hashlib.sha256(), hashlib.sha256()
    for path in sorted(files, key=lambda path: path.split("/")):
        signed.update(files[path])
    for path in sorted(files, key=_raw):
        named.update(files[path].hex().encode() + b"  " + _raw(path) + b"\0")
    return Artifact(name, signed.hexdigest(), named.hexdigest())


def _raw(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")
