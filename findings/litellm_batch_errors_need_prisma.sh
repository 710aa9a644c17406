#!/usr/bin/env bash
# One would guess: a proxy that passes a provider's 404 or 401 on does so for every call, whatever is installed beside it.
# What happens:    without the package prisma, which litellm[proxy] does not bring, any error of a call under /v1/batches
#                  becomes a 500 with the text "Internal Server Error": the handler of errors fails at its import. Files
#                  and chat keep their status. With prisma, of which nothing is used, batches keep it too.
# Versions:        litellm[proxy] 1.108.7, prisma 0.15.0
# Output seen:     without prisma: files 404, chat 404, batches 500; with prisma: files 404, chat 404, batches 404
# What it means:   a client that asks again after a 500 waits for what will never work. Say how often it failed and why,
#                  early, and install prisma beside a proxy that is to serve batches.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check 'litellm[proxy]==1.108.7'

# The provider knows nothing of all that it is asked for; it ends with the script.
cat >ask.py <<'PY'
import json
import os
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import openai


class Provider(BaseHTTPRequestHandler):
    def do_GET(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        data = json.dumps({"error": {"message": "no such thing", "type": "invalid_request_error"}}).encode()
        self.send_response(404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_GET

    def log_message(self, *args):
        pass


def status(call):
    try:
        call()
    except openai.APIStatusError as error:
        return error.status_code
    return 200


server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
with open("config.yaml", "w") as file:
    # JSON is YAML.
    upstream = {"api_base": f"http://127.0.0.1:{server.server_port}/v1", "api_key": "none"}
    models = [{"model_name": "m", "litellm_params": {"model": "openai/m", **upstream}}]
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
    files = status(lambda: client.files.content("file-1"))
    chat = status(lambda: client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hello"}]))
    batches = status(lambda: client.batches.retrieve("batch_1"))
    print(f"files {files}, chat {chat}, batches {batches}")
finally:
    proxy.terminate()
    proxy.wait()
PY

# The setting keeps it from fetching its price list.
ask() { LITELLM_LOCAL_MODEL_COST_MAP=True NO_PROXY=127.0.0.1 venv/bin/python ask.py 2>log.txt || { tail -n 5 log.txt proxy.txt; exit 1; }; }
expected="without prisma: files 404, chat 404, batches 500; with prisma: files 404, chat 404, batches 404"
without=$(ask)
venv/bin/python -m pip install --quiet --disable-pip-version-check prisma==0.15.0
observed="without prisma: $without; with prisma: $(ask)"
echo "versions: $(venv/bin/python -m pip freeze | grep -E '^(litellm|openai|prisma)==' | paste -sd ' ')"
echo "observed: $observed"
if [[ $observed != "$expected" ]]; then
    echo "LiteLLM's proxy passes errors of batches on in another way"
    exit 1
fi
echo "LiteLLM's proxy answers each error of a batch call with 500 where prisma is not installed"
