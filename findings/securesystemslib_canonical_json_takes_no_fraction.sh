#!/usr/bin/env bash
# One would guess: the canonical JSON of the library that signs in-toto metadata writes whatever JSON has.
# What happens:    it is OLPC's canonical JSON, which knows no fractions: a float raises FormatError, 1.0 as well, so that
#                  a predicate with a rate cannot be written by it. rfc8785 writes the same in the form of RFC 8785,
#                  where 1.0 is 1.
# Versions:        securesystemslib 1.6.0, rfc8785 0.1.4
# Output seen:     securesystemslib integer={"rate":1} float=FormatError one=FormatError rfc8785 float={"rate":0.05} one={"rate":1}
# What it means:   figures in an attestation need RFC 8785 (or numbers as texts), and one canonical form for all of it.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check securesystemslib==1.6.0 rfc8785==0.1.4
said=$(venv/bin/python - <<'PY'
import rfc8785
from securesystemslib.exceptions import FormatError
from securesystemslib.formats import encode_canonical


def written(rate):
    try:
        return encode_canonical({"rate": rate})
    except FormatError:
        return "FormatError"


print(
    f"securesystemslib integer={written(1)} float={written(0.05)} one={written(1.0)}",
    f"rfc8785 float={rfc8785.dumps({'rate': 0.05}).decode()} one={rfc8785.dumps({'rate': 1.0}).decode()}",
)
PY
)
echo "securesystemslib 1.6.0, rfc8785 0.1.4"
echo "$said"
[[ $said == 'securesystemslib integer={"rate":1} float=FormatError one=FormatError rfc8785 float={"rate":0.05} one={"rate":1}' ]] ||
    { echo "securesystemslib writes fractions now, or rfc8785 writes them otherwise"; exit 1; }
echo "securesystemslib's canonical JSON takes no fraction, not even 1.0; RFC 8785 does"
