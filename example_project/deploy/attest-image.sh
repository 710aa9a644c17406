#!/usr/bin/env bash
# Puts a run's verdict beside an image in its registry, signed by cosign: attest-image.sh RUN NAME@sha256:HEX
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
domain-safety attest "$1" "--artifact=$2" "--output=$folder/statement.json"
python -c 'import json, sys; json.dump(json.load(sys.stdin)["predicate"], sys.stdout)' \
  < "$folder/statement.json" > "$folder/predicate.json"
cosign attest --yes --key=cosign.key --type=https://in-toto.io/attestation/test-result/v0.1 \
  "--predicate=$folder/predicate.json" "$2"
