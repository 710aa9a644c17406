"""A model's folder, file by file, as OpenSSF Model Signing looks at it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pytest_domainsafety.core.attestation.artifact import Artifact, check_model_name, model_artifact
from pytest_domainsafety.core.errors import ConfigurationError

_IGNORED: Final = frozenset({".git", ".gitattributes", ".github", ".gitignore", "model.sig"})
"""In the folder itself: what is no part of the model, and the signature, which comes after it."""


def read_model(folder: Path, name: str | None) -> Artifact:
    """A model's folder as an artifact; files are read piece by piece.

    Args:
        folder: Without links, as the signers of models want it too: what they point to may change.
        name: The artifact's, None for the folder's own.

    Raises:
        ConfigurationError: In one sentence, if it cannot be read whole, holds nothing, or the name is none.
    """
    named = folder.resolve().name if name is None else name
    check_model_name(named)
    if folder.is_symlink():
        raise _link(folder)
    if not folder.is_dir():
        raise ConfigurationError(f"{folder} is no folder: give --artifact NAME@sha256:HEX of what is one file")
    try:
        files = {path: _digest(file) for path, file in _files(folder)}
    except OSError as error:
        raise ConfigurationError(
            f"{error.filename or folder} cannot be read ({error.strerror}): the digest of a model is of all its files"
        ) from None
    if not files:
        raise ConfigurationError(f"{folder} holds no file of a model: give the folder that is deployed")
    return model_artifact(named, files)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Each file with its path in the folder."""
    inside = [("", folder)]
    while inside:
        before, within = inside.pop()
        with os.scandir(within) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            if not before and entry.name in _IGNORED:
                continue
            path, file = f"{before}{entry.name}", Path(entry.path)
            if entry.is_symlink():
                raise _link(file)
            if entry.is_dir():
                inside.append((f"{path}/", file))
            elif entry.is_file():
                yield path, file
            else:
                raise ConfigurationError(f"{file} is neither a file nor a folder: take it out of the model")


def _digest(file: Path) -> bytes:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").digest()


def _link(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{path} is a symbolic link, and what it points to may change: copy the model (cp -rL), and deploy the copy"
    )
