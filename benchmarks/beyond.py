"""Beyond one session: 100,000 requests as batch files, runs that are merged, and shards beside one run.

python beyond.py [batches] [merge] [shards]     all three where none is named

What is compared is measured in one go, each in a process of its own. `--items N` is for a quick look.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from common import PYTEST, serving, verdict, write_gate, write_suite
from costs import cost
from scale import ITEMS, TARGET, write_lines

PARTS: Final = 8
RUNS: Final = 3
SHARDS: Final = 4
SCENARIOS: Final = 1_000
REPETITIONS: Final = 4
CAPACITY: Final = 64
DELAY_S: Final = 1.0
GATE: Final = (*PYTEST, "--domain-safety")


def part(name: str, *arguments: object, runs: int = RUNS) -> dict[str, Any]:
    """What a part of `beyond_parts.py` says of itself; the least of each figure over some runs."""
    command = [sys.executable, str(Path(__file__).with_name("beyond_parts.py")), name, *map(str, arguments)]
    found = [
        json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)  # noqa: S603 - ours
        for _ in range(runs)
    ]
    return {key: min(each[key] for each in found) for key in found[0]}


def told(name: str, found: dict[str, Any]) -> None:
    """Print the figures of a part."""
    print(f"{name}: {found['cpu_s']:.2f} s CPU, peak {found['peak_mb']:.0f} MB")


def batches(items: int) -> list[bool]:
    """Writing requests and reading results, against the json of the same lines alone."""
    with tempfile.TemporaryDirectory() as name:
        dumped, written = part("dumps", items), part("write", items, name)
        part("results", items, name, runs=1)
        loaded, read = part("loads", name), part("read", name)
        answered = part("answer", name, runs=1)
    for who, found in (
        ("json.dumps of the lines", dumped),
        ("writing them as batch files", written),
        ("json.loads of the results", loaded),
        ("ids, results, and which trial each is for", read),
        ("the same, and each answer parsed again where it lies", answered),
    ):
        told(f"{items} requests, {who}", found)
    return [
        verdict("writing batch files, ratio to json.dumps", written["cpu_s"] / dumped["cpu_s"], 1.5, "x"),
        verdict("reading results, ratio to json.loads", read["cpu_s"] / loaded["cpu_s"], 3.0, "x"),
        verdict("memory of writing, over json alone", written["peak_mb"] - dumped["peak_mb"], 250, "MB"),
        verdict("memory of reading, over json alone", read["peak_mb"] - loaded["peak_mb"], 250, "MB"),
    ]


def merge(items: int) -> list[bool]:
    """A merge of parts, against one session that measures as many trials and writes the report."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_lines(folder, items)
        folder.joinpath("echo.py").write_text(TARGET)
        write_gate(folder, target="echo:target")
        for number in range(1, PARTS + 1):
            shard = f"--domain-safety-shard={number}/{PARTS}"
            cost((*GATE, "--domain-safety-runs-dir=parts", shard), folder)
        runs = [f"--domain-safety-merge={run}" for run in sorted(folder.glob("parts/2*"))]
        one = cost((*GATE, "--domain-safety-runs-dir=one", "--domain-safety-json=one.json"), folder)
        merged = cost((*GATE, "--domain-safety-runs-dir=merged", "--domain-safety-json=merged.json", *runs), folder)
        alone, joined = (part(each, folder) for each in ("assemble", "join"))
    for who, found in (("one session", one), (f"merging {PARTS} runs", merged)):
        print(f"{items} trials, {who}: {found.wall_s:.1f} s, {found.cpu_s:.1f} s CPU, peak {found.peak_mb:.0f} MB")
    told(f"{items} trials, assembling and writing the report", alone)
    told(f"{items} trials, the same of {PARTS} runs, which are read, joined and written as one first", joined)
    print(f"the core of a merge takes {joined['cpu_s'] / alone['cpu_s']:.2f} times as long as a report alone")
    return [
        verdict("merging, CPU, ratio to one session", merged.cpu_s / one.cpu_s, 1.3, "x"),
        verdict("merging, wall clock, ratio to one session", merged.wall_s / one.wall_s, 1.3, "x"),
    ]


def shards(_: int) -> list[bool]:
    """Four shards at the same time, each at a server of its own, against one run.

    Replies take long enough that waiting for them is what is measured, and not the CPU of a small machine.
    """
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        write_suite(folder, SCENARIOS)
        write_gate(folder, model="fake", concurrency=CAPACITY, repetitions=REPETITIONS)
        servers = [stack.enter_context(serving(DELAY_S, CAPACITY)) for _ in range(SHARDS)]

        def job(number: int) -> None:
            shard = (f"--domain-safety-shard={number}/{SHARDS}", f"--domain-safety-runs-dir=parts/{number}")
            cost((*GATE, f"--domain-safety-base-url={servers[number - 1]}", *shard), folder)

        alone = cost((*GATE, f"--domain-safety-base-url={servers[0]}"), folder)
        start = time.perf_counter()
        with ThreadPoolExecutor(SHARDS) as pool:
            list(pool.map(job, range(1, SHARDS + 1)))
        together = time.perf_counter() - start
    requests = 2 * REPETITIONS * SCENARIOS
    print(f"{requests} requests of {DELAY_S} s, {CAPACITY} at a time: one run {alone.wall_s:.1f} s")
    print(f"{SHARDS} shards at the same time: {together:.1f} s")
    return [verdict(f"{SHARDS} shards, wall clock, ratio to one run", together / alone.wall_s, 0.3, "x")]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    measures: dict[str, Callable[[int], list[bool]]] = {"batches": batches, "shards": shards, "merge": merge}
    parser.add_argument("which", nargs="*", help=", ".join(measures))
    parser.add_argument("--items", type=int, default=ITEMS)
    given = parser.parse_args()
    checks = [check for name in given.which or measures for check in measures[name](given.items)]
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
