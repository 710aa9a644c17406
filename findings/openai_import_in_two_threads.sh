#!/usr/bin/env bash
# One would guess: Python's import locks make it safe to import openai in two threads at once.
# What happens:    a plain `import openai` raises ImportError in the main thread when another thread began
#                  `from openai.types.chat import ...` while the first was at its first submodules. The other thread
#                  holds openai.types.chat and waits for openai; Python sees the deadlock and hands the first thread
#                  the module as it is, half made. The other thread's import succeeds.
# Versions:        openai 3.57.0, Python 3.11 and 3.13
# Output seen:     main: ImportError: cannot import name 'ChatCompletionFunctionToolParam' from partially initialized
#                  module 'openai.types.chat' / other: ok
# What it means:   a plugin that asks from a thread should `import openai` in the main thread first, for instance in
#                  pytest_sessionstart; an import inside a function that a thread calls is a race with the tests' own.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check openai==3.57.0

# The audit hook only orders the two threads: it starts the other one at a known import and goes on when that one waits.
cat >two_threads.py <<'PY'
import sys
import threading
import time

results = {}


def run(name, statement):
    try:
        exec(statement, {})
        results[name] = "ok"
    except ImportError as error:
        results[name] = f"ImportError: {error}".partition(" (")[0]


other = threading.Thread(target=run, args=("other", "from openai.types.chat import ChatCompletion"))


def waits_for_a_module():
    frame = sys._current_frames().get(other.ident)
    return frame is not None and frame.f_code.co_name in ("acquire", "__enter__") and "importlib" in frame.f_code.co_filename


def order(event, args):
    if event != "import" or args[0] != "openai._models" or other.ident is not None:
        return
    other.start()
    seen, deadline = 0, time.monotonic() + 60
    while other.is_alive() and seen < 10 and time.monotonic() < deadline:
        seen = seen + 1 if waits_for_a_module() else 0
        time.sleep(0.01)


sys.addaudithook(order)
run("main", "import openai")
other.join(60)
print(f"main: {results.get('main')} / other: {results.get('other')}")
PY

expected="main: ImportError: cannot import name 'ChatCompletionFunctionToolParam' from partially initialized module 'openai.types.chat' / other: ok"
echo "versions: $(venv/bin/python -V), $(venv/bin/python -m pip freeze | grep '^openai==')"
observed=$(venv/bin/python two_threads.py)
echo "observed: $observed"
if [[ $observed != "$expected" ]]; then
    echo "importing openai and openai.types.chat in two threads no longer ends in a half-made module"
    exit 1
fi
echo "import openai fails in one thread while another imports openai.types.chat"
