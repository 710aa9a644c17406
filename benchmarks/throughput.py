"""1,000 replies of 0.5 s at 64 in flight: the gate, plain and with -n 2, and the bare openai loop, in one run.

The limit is 16 rounds of 0.5 s, 8.0 s.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from common import PYTEST, seen, serving, verdict, write_gate, write_suite

SCENARIOS = 500
DELAY_S = 0.5
IN_FLIGHT = 64
LIMIT_S = 8.0


async def bare_loop(base_url: str) -> None:
    """The least that can be done with the client: N coroutines over one iterator."""
    import openai  # noqa: PLC0415 - its import is part of what is measured

    client = openai.AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0)
    numbers = iter(range(2 * SCENARIOS))

    async def worker() -> None:
        for number in numbers:
            await client.chat.completions.create(
                model="fake", messages=[{"role": "user", "content": f"prompt {number}"}], max_tokens=2048
            )

    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    await client.close()


def measure(name: str, command: tuple[str, ...], folder: Path, base_url: str) -> dict[str, Any]:
    """Run a command and print where its time went."""
    start = time.time()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    end = time.time()
    if done.returncode != 0:
        raise SystemExit(f"{name} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    stats = seen(base_url)
    stats["window"] = stats["last"] - stats["first"]
    stats["rest"] = end - start - stats["window"]
    before, after = stats["first"] - start, end - stats["last"]
    print(
        f"{name:18} {end - start:6.2f} s: {before:5.2f} before, {stats['window']:5.2f} asking, {after:5.2f} after; "
        f"{stats['requests']} requests, {stats['most_in_flight']} in flight"
    )
    return stats


def main() -> int:
    """Measure and print."""
    if len(sys.argv) > 1:
        asyncio.run(bare_loop(sys.argv[1]))
        return 0
    with serving(DELAY_S) as base_url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_suite(folder, SCENARIOS)
        write_gate(folder, base_url=base_url, model="fake", concurrency=IN_FLIGHT)
        bare = measure("bare openai loop", (sys.executable, __file__, base_url), folder, base_url)
        plain = measure("the gate", (*PYTEST, "--domain-safety"), folder, base_url)
        spread = measure("the gate, -n 2", (*PYTEST, "--domain-safety", "-n", "2"), folder, base_url)
    checks = [
        verdict("first to last request, ratio to the limit", plain["window"] / LIMIT_S, 1.12, "x"),
        verdict("the same, ratio to the bare loop", plain["window"] / bare["window"], 1.10, "x"),
        verdict("everything else", plain["rest"], 2.5, "s"),
        verdict("with -n 2, slots left empty of 64", IN_FLIGHT - spread["most_in_flight"], 15, ""),
    ]
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
