"""Statements in signed envelopes (DSSE): sealed by a key, and opened by its public half or not at all."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from pytest_domainsafety.core.attestation.statement import STATEMENT, strict_json
from pytest_domainsafety.core.errors import ConfigurationError

if TYPE_CHECKING:
    from securesystemslib.signer import Signer, SSlibKey

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"

_FIELDS: Final = {"payload", "payloadType", "signatures"}
_SIGNATURE: Final = {"keyid", "sig"}


def sealed(payload: bytes, signer: Signer) -> str:
    """An envelope's JSON.

    Args:
        payload: A statement, as it is signed.
        signer: Holds the private key.
    """
    import rfc8785
    from securesystemslib.dsse import Envelope

    envelope = Envelope(payload, PAYLOAD_TYPE, {})
    envelope.sign(signer)
    written: bytes = rfc8785.dumps(envelope.to_dict())
    return written.decode() + "\n"


def opened(text: str, key: SSlibKey, place: str) -> bytes | None:
    """The payload that the key signed, None where it signed none: then nothing of the envelope may be believed.

    Args:
        text: The envelope's JSON.
        key: The public key.
        place: Where it stands, for the error.

    Raises:
        ConfigurationError: If it is no envelope of a statement.
    """
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import VerificationError

    data = _envelope(text, place)
    try:
        envelope = Envelope.from_dict(data)
        envelope.verify([key], 1)
    except ValueError:
        raise ConfigurationError(f"{place} holds two signatures of one key: attest the run again") from None
    except VerificationError:
        return None
    payload: bytes = envelope.payload
    return payload


def _envelope(text: str, place: str) -> dict[str, Any]:
    """The envelope, which can be written in this one way only: what is not exactly one is none.

    Raises:
        ConfigurationError: Then.
    """
    try:
        data = strict_json(text)
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{place} is no JSON: give the file that domain-safety attest --key wrote") from None
    if isinstance(data, dict) and data.get("_type") == STATEMENT:
        raise ConfigurationError(f"{place} holds a statement that nobody signed: attest the run with --key")
    if not _is_envelope(data):
        raise ConfigurationError(
            f"{place} is no signed envelope (DSSE) of a statement: give what domain-safety attest --key wrote"
        )
    found: dict[str, Any] = data
    return found


def _is_envelope(data: object) -> bool:
    if not isinstance(data, dict) or set(data) != _FIELDS or data["payloadType"] != PAYLOAD_TYPE:
        return False
    signatures = data["signatures"]
    if not isinstance(signatures, list) or not signatures:
        return False
    alike = all(isinstance(each, dict) and set(each) == _SIGNATURE for each in signatures)
    return (
        alike
        and _is_base64(data["payload"])
        and all(isinstance(each["keyid"], str) and _is_base64(each["sig"]) for each in signatures)
    )


def _is_base64(text: object) -> bool:
    """Whether it is base64 in the one way that its bytes are written."""
    if not isinstance(text, str):
        return False
    try:
        return base64.b64encode(base64.b64decode(text, validate=True)).decode() == text
    except ValueError:
        return False
