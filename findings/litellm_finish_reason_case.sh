#!/usr/bin/env bash
# One would guess: LiteLLM maps a provider's own finish reason by its meaning, whatever the case it is written in.
# What happens:    the exact spelling decides, and each word has one: SAFETY is content_filter and safety is stop, but
#                  refusal is content_filter and REFUSAL is stop. What is not in the table becomes stop.
# Versions:        litellm 1.108.7
# Output seen:     SAFETY=content_filter safety=stop refusal=content_filter REFUSAL=stop BLOCKLIST=content_filter
#                  blocklist=stop CONTENT_FILTER=stop error=stop
# What it means:   behind LiteLLM, `stop` does not say that the model finished: a filtered reply may carry it. Read
#                  choices[0].provider_specific_fields["native_finish_reason"] too, and compare it without case.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check litellm==1.108.7

# The upstream answers with the model's name as finish reason; it ends with the process.
cat >ask.py <<'PY'
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import litellm


class Upstream(BaseHTTPRequestHandler):
    def do_POST(self):
        model = json.loads(self.rfile.read(int(self.headers["content-length"])))["model"]
        choice = {"index": 0, "finish_reason": model, "message": {"role": "assistant", "content": "Hello."}}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        reply = {"id": "1", "object": "chat.completion", "created": 1, "model": model, "choices": [choice], "usage": usage}
        data = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
threading.Thread(target=server.serve_forever, daemon=True).start()
seen = []
for word in "SAFETY safety refusal REFUSAL BLOCKLIST blocklist CONTENT_FILTER error".split():
    reply = litellm.completion(
        model=f"openai/{word}",
        api_base=f"http://127.0.0.1:{server.server_port}/v1",
        api_key="none",
        messages=[{"role": "user", "content": "Hello"}],
        timeout=30,
    )
    seen.append(f"{word}={reply.choices[0].finish_reason}")
print(*seen)
PY

expected="SAFETY=content_filter safety=stop refusal=content_filter REFUSAL=stop BLOCKLIST=content_filter blocklist=stop CONTENT_FILTER=stop error=stop"
echo "versions: $(venv/bin/python -m pip freeze | grep -E '^(litellm|openai)==' | paste -sd ' ')"
# The setting keeps it from fetching its price list.
observed=$(LITELLM_LOCAL_MODEL_COST_MAP=True NO_PROXY=127.0.0.1 venv/bin/python ask.py 2>log.txt) || { tail -n 5 log.txt; exit 1; }
echo "observed: $observed"
if [[ $observed != "$expected" ]]; then
    echo "LiteLLM maps finish reasons differently"
    exit 1
fi
echo "the case of a finish reason decides between content_filter and stop"
