#!/usr/bin/env bash
# One would guess: LiteLLM's proxy replaces a model's alias by the model it stands for, in the lines of a batch as in a
#                  chat request, at the latest where the call is routed by that model.
# What happens:    the chat request arrives with the real model. The lines of an uploaded file arrive byte for byte, with
#                  the alias in each, with x-litellm-model as without it. And with that header ids are coded, but the
#                  cursor `after` of a list is sent on as the coded id, which the provider has never heard of.
# Versions:        litellm[proxy] 1.108.7
# Output seen:     chat: real-name, lines: alias, lines by x-litellm-model: alias, cursor: as coded
# What it means:   in a batch behind this proxy the model must be the provider's own name, and an alias that works live
#                  fails the batch's validation. Whoever pages through batches by a model gets no second page.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check 'litellm[proxy]==1.108.7'

# The provider writes down what it is sent, and ends with the script.
cat >ask.py <<'PY'
import json
import os
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import openai

seen = {}
FILE = {"id": "file-1", "object": "file", "bytes": 1, "created_at": 1, "filename": "x", "purpose": "batch"}
BATCH = {
    "id": "batch_1",
    "object": "batch",
    "status": "validating",
    "endpoint": "/v1/chat/completions",
    "input_file_id": "file-1",
    "completion_window": "24h",
    "created_at": 1,
}
CHAT = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "x",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello."}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}


class Provider(BaseHTTPRequestHandler):
    def do_GET(self):
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        path, _, query = self.path.partition("?")
        seen[f"{self.command} {path}"] = raw if raw else query
        if path.endswith("/chat/completions"):
            reply = CHAT
        elif path.endswith("/files"):
            reply = FILE
        else:
            reply = {"object": "list", "data": [BATCH], "has_more": True} if self.command == "GET" else BATCH
        data = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_GET

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}/v1"
with open("config.yaml", "w") as file:
    # JSON is YAML.
    upstream = {"api_base": address, "api_key": "none"}
    models = [{"model_name": "alias", "litellm_params": {"model": "openai/real-name", **upstream}}]
    files = [{"custom_llm_provider": "openai", **upstream}]
    # Without a key of its own it does not start.
    settings = {"general_settings": {"master_key": "sk-proxy-1234"}}
    json.dump({"model_list": models, "files_settings": files, **settings}, file)
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
command = [os.path.abspath("venv/bin/litellm"), "--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port)]
with open("proxy.txt", "w") as log:
    proxy = subprocess.Popen(command, stdout=log, stderr=log)
try:
    client = openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="sk-proxy-1234", max_retries=0, timeout=30)
    for _ in range(480):
        try:
            client.models.list()
            break
        except openai.APIConnectionError:
            if proxy.poll() is not None:
                raise
            time.sleep(0.25)
    body = {"model": "alias", "messages": [{"role": "user", "content": "Hello"}]}
    client.chat.completions.create(**body)
    chat = json.loads(seen["POST /v1/chat/completions"])["model"]
    line = {"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": body}
    lines = []
    for headers in ({}, {"x-litellm-model": "alias"}):
        content = ("lines.jsonl", json.dumps(line).encode())
        client.files.create(file=content, purpose="batch", extra_headers=headers)
        raw = seen["POST /v1/files"]
        lines.append(json.loads(next(row for row in raw.splitlines() if row.startswith(b"{")))["body"]["model"])
    page = client.batches.list(limit=1, extra_headers=headers)
    client.batches.list(limit=1, after=page.data[-1].id, extra_headers=headers)
    sent = seen["GET /v1/batches"]
    coded = page.data[-1].id != "batch_1" and f"after={page.data[-1].id}" in sent
    cursor = "as coded" if coded else sent
    print(f"chat: {chat}, lines: {lines[0]}, lines by x-litellm-model: {lines[1]}, cursor: {cursor}")
finally:
    proxy.terminate()
    proxy.wait()
PY

expected="chat: real-name, lines: alias, lines by x-litellm-model: alias, cursor: as coded"
echo "versions: $(venv/bin/python -m pip freeze | grep -E '^(litellm|openai)==' | paste -sd ' ')"
# The setting keeps it from fetching its price list.
observed=$(LITELLM_LOCAL_MODEL_COST_MAP=True NO_PROXY=127.0.0.1 venv/bin/python ask.py 2>log.txt) || { tail -n 5 log.txt proxy.txt; exit 1; }
echo "observed: $observed"
if [[ $observed != "$expected" ]]; then
    echo "LiteLLM's proxy sends the lines of a batch, or the cursor of a list, on in another way"
    exit 1
fi
echo "LiteLLM's proxy leaves an alias in the lines of a batch, and a coded cursor in the list of batches"
