#!/usr/bin/env bash
# One would guess: ray.data.read_json gives each line of a JSON Lines file as it stands there, so that a batch's requests
#                  can be read with it and sent on.
# What happens:    all lines are given one schema. What a line does not have it gets as None, at any depth: a request
#                  without tools is sent "tools": null, and each tool's JSON Schema gets the properties of the others'.
#                  No error, no warning. read_text and json.loads give the lines as they are.
# Versions:        ray[data] 2.60.0, pyarrow 26.0.1
# Output seen:     read_json: first body has [model, temperature, tools], its tool takes [code, path];
#                  read_text: as written
# What it means:   many servers refuse null where they take nothing, and others answer another request than the one that
#                  was measured live. Read batch files as text, and parse each line.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check 'ray[data]==2.60.0' pyarrow==26.0.1

cat >read.py <<'PY'
import json
import pathlib

import ray


def tool(name):
    parameters = {"type": "object", "properties": {name: {"type": "string"}}}
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


bodies = [{"model": "m", "tools": [tool("path")]}, {"model": "m", "temperature": 0.5, "tools": [tool("code")]}]
rows = [{"custom_id": f"{number}", "body": body} for number, body in enumerate(bodies)]
pathlib.Path("lines.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
read = sorted(ray.data.read_json("lines.jsonl", file_extensions=None).take_all(), key=lambda row: row["custom_id"])
body = read[0]["body"]
takes = body["tools"][0]["function"]["parameters"]["properties"]
texts = sorted(row["text"] for row in ray.data.read_text("lines.jsonl").take_all())
same = "as written" if [json.loads(text) for text in texts] == rows else "changed"
print(f"read_json: first body has [{', '.join(sorted(body))}], its tool takes [{', '.join(sorted(takes))}]; read_text: {same}")
PY

expected="read_json: first body has [model, temperature, tools], its tool takes [code, path]; read_text: as written"
echo "versions: $(venv/bin/python -m pip freeze | grep -E '^(ray|pyarrow)==' | paste -sd ' ')"
observed=$(RAY_USAGE_STATS_ENABLED=0 venv/bin/python read.py 2>log.txt) || { tail -n 5 log.txt; exit 1; }
echo "observed: $observed"
if [[ $observed != "$expected" ]]; then
    echo "Ray Data reads lines of JSON in another way"
    exit 1
fi
echo "Ray Data's read_json gives each request what the others have, as null"
