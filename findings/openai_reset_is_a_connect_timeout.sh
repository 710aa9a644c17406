#!/usr/bin/env bash
# One would guess: a connect time-out of the openai client says that no request was sent, so asking again is safe.
# What happens:    on openai's aiohttp transport a connection that the server resets, or closes, after it has read the
#                  whole request is an APITimeoutError from a ConnectTimeout too, like one that was refused. Only the
#                  exception of aiohttp below it tells them apart.
# Versions:        openai 3.57.0, aiohttp 3.14.5
# Output seen:     refused: APITimeoutError < ConnectTimeout < ClientConnectorError
#                  reset: APITimeoutError < ConnectTimeout < ClientOSError
#                  closed: APITimeoutError < ConnectTimeout < ServerDisconnectedError
# What it means:   whoever measures a model must not take such a failure for one that came before the model: the reply may
#                  have been on its way, and asking again is a second draw.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check "openai[aiohttp]==3.57.0" aiohttp==3.14.5

cat >ask.py <<'PY'
import asyncio
import socket
import struct
import threading

import openai


def serve(end):
    """A server that reads each request and then ends the connection; its port."""
    server = socket.create_server(("127.0.0.1", 0))

    def run():
        while True:
            connection, _ = server.accept()
            connection.recv(65536)
            if end == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

    port = server.getsockname()[1]
    if end == "refused":
        server.close()
    else:
        threading.Thread(target=run, daemon=True).start()
    return port


def chain(error):
    names = []
    while error is not None and len(names) < 3:
        names.append(type(error).__name__)
        error = error.__cause__ or error.__context__
    return " < ".join(names)


async def main():
    for end in ("refused", "reset", "closed"):
        client = openai.AsyncOpenAI(
            base_url=f"http://127.0.0.1:{serve(end)}/v1",
            api_key="none",
            max_retries=0,
            timeout=10,
            http_client=openai.DefaultAioHttpClient(timeout=10),
        )
        try:
            await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hello"}])
        except openai.APIError as error:
            print(f"{end}: {chain(error)}")
        await client.close()


asyncio.run(main())
PY

venv/bin/python -m pip list 2>/dev/null | grep -E "^(openai|aiohttp) "
observed=$(venv/bin/python ask.py)
expected="refused: APITimeoutError < ConnectTimeout < ClientConnectorError
reset: APITimeoutError < ConnectTimeout < ClientOSError
closed: APITimeoutError < ConnectTimeout < ServerDisconnectedError"
printf '%s\n' "$observed"
if [ "$observed" != "$expected" ]; then
    echo "openai's aiohttp transport tells a reset after the request from a refused connection another way now."
    exit 1
fi
echo "openai's aiohttp transport calls a connection that was reset after the request a time-out of connecting."
