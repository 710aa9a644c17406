"""Replies to label, as a page that works offline and gives the labels back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final

from pytest_domainsafety.core.judging.labels import DISPUTED
from pytest_domainsafety.render.html.page import data_block, render

_PRIME: Final = 251


def to_html(rows: Sequence[Mapping[str, str]], scores: Sequence[int | None]) -> str:
    """Render the page.

    Args:
        rows: At least one, as they are to come back, their labels empty.
        scores: What the judge said of each, None where it said nothing; shown once a row is labelled.
    """
    key = hashlib.sha256(json.dumps(list(map(dict, rows))).encode()).hexdigest()[:32]
    data = {
        "key": key,
        "rows": list(map(dict, rows)),
        "sealed": [sealed(score, f"{key} {number}") for number, score in enumerate(scores)],
    }
    return render(
        "label.html.j2",
        script="label.js",
        count=len(rows),
        disputed=rows[0].get("chosen") == DISPUTED,
        data=data_block(data),
    )


def sealed(score: int | None, salt: str) -> list[int] | None:
    """A score so that nobody reads it in the page's source by accident; it is no secret."""
    if score is None:
        return None
    first = hashlib.sha256(salt.encode()).digest()[0]
    return [first, (first * 101 + score * 37) % _PRIME]
