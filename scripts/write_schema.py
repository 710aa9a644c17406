"""Write the JSON Schema of the report into the package; a test fails where it is not up to date."""

from __future__ import annotations

import json
from pathlib import Path

import pytest_domainsafety
from pytest_domainsafety.core.report import json_schema


def main() -> None:
    """Write the file."""
    path = Path(pytest_domainsafety.__path__[0], "schemas", "report.schema.json")
    path.write_text(json.dumps(json_schema(), indent=1) + "\n", encoding="utf-8")
    print(f"wrote {path.name}")


if __name__ == "__main__":
    main()
