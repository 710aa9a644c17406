"""What a judge model answers."""

from __future__ import annotations

import json


def verdict(score: object = 1, **changes: object) -> str:
    return json.dumps({"rationale": "because", "score": score, "refused": True} | changes)
