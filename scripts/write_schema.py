"""Write the JSON Schemas of the reports into the package; a test fails where one is not up to date."""

from __future__ import annotations

import json
from pathlib import Path

import pytest_domainsafety
from pytest_domainsafety.core.attestation.figures import json_schema as attestation_schema
from pytest_domainsafety.core.history.report import json_schema as history_schema
from pytest_domainsafety.core.reports.report import json_schema as report_schema
from pytest_domainsafety.core.study.report import json_schema as study_schema


def main() -> None:
    """Write the files."""
    schemas = {
        "report": report_schema(),
        "study": study_schema(),
        "history": history_schema(),
        "attestation": attestation_schema(),
    }
    for name, schema in schemas.items():
        path = Path(pytest_domainsafety.__path__[0], "schemas", f"{name}.schema.json")
        path.write_text(json.dumps(schema, indent=1) + "\n", encoding="utf-8")
        print(f"wrote {path.name}")


if __name__ == "__main__":
    main()
