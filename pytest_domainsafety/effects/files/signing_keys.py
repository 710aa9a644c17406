"""Ed25519 keys that people bring as PEM files. Other kinds, and encrypted ones, are told apart and not taken."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pytest_domainsafety.core.errors import ConfigurationError

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, SSlibKey

_TAKEN: Final = "only Ed25519 keys are taken, as PEM without a passphrase"
_MAKE: Final = "openssl genpkey -algorithm ed25519 -out private.pem"
_PUBLIC: Final = "openssl pkey -in private.pem -pubout -out public.pem"


def read_private_key(file: Path) -> CryptoSigner:
    """What signs.

    Raises:
        ConfigurationError: If it is no such key, or is none at all.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import CryptoSigner

    content = _content(file)
    if b"PUBLIC KEY-----" in content and b"PRIVATE KEY-----" not in content:
        raise ConfigurationError(f"{file} holds a public key, which cannot sign: give the private one")
    try:
        key = load_pem_private_key(content, password=None)
    except TypeError:
        raise ConfigurationError(
            f"{file} is encrypted, and {_TAKEN}: write it out with openssl pkey -in {file.name} -out private.pem"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigurationError(f"{file} holds no private key as PEM: make one with {_MAKE}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"{file} holds another key ({_kind(key)}), and {_TAKEN}: make one with {_MAKE}")
    return CryptoSigner(key)


def read_public_key(file: Path) -> SSlibKey:
    """What a signature is verified by.

    Raises:
        ConfigurationError: If it is no such key, or is none at all.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.signer import SSlibKey

    content = _content(file)
    if b"PRIVATE KEY-----" in content:
        raise ConfigurationError(f"{file} holds a private key, and who verifies needs none: give {_PUBLIC}")
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigurationError(f"{file} holds no public key as PEM: write it with {_PUBLIC}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigurationError(f"{file} holds another key ({_kind(key)}), and {_TAKEN}: make one with {_MAKE}")
    return SSlibKey.from_crypto(key)


def open_to_others(file: Path) -> str | None:
    """That others may read a private key's file, None where they may not, or where this system cannot tell."""
    if os.name != "posix" or not stat.S_IMODE(file.stat().st_mode) & (stat.S_IRGRP | stat.S_IROTH):
        return None
    return f"{file} can be read by others on this machine: chmod 600 {file.name}"


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read ({error.strerror}): give a key as PEM") from None


def _kind(key: object) -> str:
    """What kind of key it is, for people: `RSA`."""
    name = type(key).__name__
    return name.removesuffix("PrivateKey").removesuffix("PublicKey").lstrip("_")
