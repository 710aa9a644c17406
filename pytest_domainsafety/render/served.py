"""Which models answered, as reports tell it."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_domainsafety.core.evidence.served import ServedModel


def served_words(rows: Sequence[ServedModel]) -> str:
    """The models, their fingerprints and how many replies each gave; empty where none answered."""
    return ", ".join(
        f"{row.model or 'no named model'}{f' ({row.fingerprint})' if row.fingerprint else ''} {row.replies} times"
        f"{f' ({row.fallbacks} by a fallback)' if row.fallbacks else ''}"
        for row in rows
    )
