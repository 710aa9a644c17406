#!/usr/bin/env bash
# One would guess: freezing the date in a test leaves an asyncio loop in another thread alone; its timers go by the
#                  monotonic clock, which no date changes.
# What happens:    freezegun replaces time.monotonic for every thread and gives it the frozen date's seconds since 1970.
#                  A timeout of 600 s that was pending in another thread's loop ends at once, and a timer of 1 s that is
#                  set while the date is frozen is, after thawing, more than a century away. time-machine does neither.
# Versions:        freezegun 1.5.5, time-machine 3.6.0
# Output seen:     freezegun: 600 s timeout raised TimeoutError, 1 s timer due in over 100 years /
#                  time-machine: 600 s timeout pending, 1 s timer due in 1 s or less
# What it means:   a plugin that keeps requests in flight in a thread sees false timeouts and hangs as soon as one test
#                  freezes the date. Give the loop a clock of its own, bound before any test runs:
#                  class Loop(asyncio.SelectorEventLoop): def time(self, now=time.monotonic): return now()
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check freezegun==1.5.5 time-machine==3.6.0

cat >clocks.py <<'PY'
import asyncio
import datetime
import threading

import freezegun
import time_machine

DATE = datetime.datetime(2100, 1, 1, tzinfo=datetime.timezone.utc)


def probe(frozen):
    started = threading.Event()
    made = {}

    async def main():
        made["loop"] = asyncio.get_running_loop()
        made["end"] = asyncio.Event()
        made["request"] = asyncio.ensure_future(asyncio.wait_for(asyncio.Event().wait(), 600))
        await asyncio.sleep(0)
        started.set()
        await made["end"].wait()

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    assert started.wait(30)
    loop, request = made["loop"], made["request"]

    def on_loop(function):
        async def call():
            return function()

        return asyncio.run_coroutine_threadsafe(call(), loop).result(30)

    with frozen:
        timer = on_loop(lambda: loop.call_later(1, int))
        for _ in range(20):  # rounds of the loop
            on_loop(int)
        state = f"raised {type(request.exception()).__name__}" if request.done() else "pending"
    left = timer.when() - loop.time()
    due = "over 100 years" if left > 100 * 365 * 86400 else "1 s or less" if left <= 1 else f"{left:.0f} s"
    on_loop(made["end"].set)
    thread.join(30)
    return f"600 s timeout {state}, 1 s timer due in {due}"


print(f"freezegun: {probe(freezegun.freeze_time(DATE))} / time-machine: {probe(time_machine.travel(DATE, tick=False))}")
PY

expected="freezegun: 600 s timeout raised TimeoutError, 1 s timer due in over 100 years / time-machine: 600 s timeout pending, 1 s timer due in 1 s or less"
echo "versions: $(venv/bin/python -m pip freeze | grep -E '^(freezegun|time-machine)==' | paste -sd ' ')"
observed=$(venv/bin/python clocks.py)
echo "observed: $observed"
if [[ $observed != "$expected" ]]; then
    echo "freezegun or time-machine treats the timers of other threads' loops differently"
    exit 1
fi
echo "freezegun ends the pending timeouts of other threads' loops at once, time-machine does not"
