#!/usr/bin/env bash
# One would guess: a library that validates a CycloneDX 1.6 ML-BOM reads it and writes it again whole, or says that it
#                  cannot.
# What happens:    its model has no modelCard: Bom.from_json drops it without an error or a warning, and what is written
#                  again is valid as well, a machine-learning-model without its figures.
# Versions:        cyclonedx-python-lib 11.12.0
# Output seen:     valid before: True, warnings: 0, name kept: True, modelCard kept: False, valid after: True
# What it means:   who merges, signs or converts ML-BOMs with it loses the metrics: write and read model cards as JSON,
#                  and use the library for its validator.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check 'cyclonedx-python-lib[json-validation]==11.12.0'
said=$(venv/bin/python - <<'PY'
import json
import warnings

from cyclonedx.model.bom import Bom
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

metric = {"type": "accuracy", "value": "0.9"}
component = {
    "type": "machine-learning-model",
    "bom-ref": "model",
    "name": "model",
    "modelCard": {"quantitativeAnalysis": {"performanceMetrics": [metric]}},
}
before = json.dumps(
    {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": {"component": component}}
)
valid = JsonStrictValidator(SchemaVersion.V1_6).validate_str
with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    after = JsonV1Dot6(Bom.from_json(data=json.loads(before))).output_as_string()
kept = json.loads(after)["metadata"]["component"]
print(
    f"valid before: {valid(before) is None}, warnings: {len(warned)}, name kept: {kept['name'] == 'model'},",
    f"modelCard kept: {'modelCard' in kept}, valid after: {valid(after) is None}",
)
PY
)
echo "cyclonedx-python-lib 11.12.0"
echo "$said"
[[ $said == "valid before: True, warnings: 0, name kept: True, modelCard kept: False, valid after: True" ]] ||
    { echo "cyclonedx-python-lib keeps model cards now, or says that it does not"; exit 1; }
echo "cyclonedx-python-lib reads an ML-BOM without an error and drops the model card"
