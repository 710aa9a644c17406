"""What the models of all files that are written share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from pytest_domainsafety.core.escape import json_text

Share = float
"""A rate or bound in [0, 1]."""


class Record(BaseModel):
    """A model of a file that we write: nothing unknown, nothing changed after it was made."""

    # A field without a value is null and never absent, so the schema requires all of them.
    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)

    def to_json(self) -> str:
        """As JSON text, harmless where it is printed; a field without a value is null, never absent."""
        return json_text(self.model_dump_json(indent=1, by_alias=True)) + "\n"
