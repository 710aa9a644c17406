"""100,000 items against as many empty tests, and 1,000 requests in flight from one process.

python scale.py [ITEMS]

The replies are 2 kB each: what the gate keeps of them must be on disk and not in memory.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Final

from common import PYTEST, seen, serving, verdict, write_gate
from costs import Cost, cost

ITEMS: Final = 100_000
IN_FLIGHT: Final = 1000
ROUNDS: Final = 3
DELAY_S: Final = 2.0
RUNS: Final = 2

TARGET: Final = "async def target(messages):\n    return messages[-1]['content'].ljust(2000, '.')\n"


def write_lines(folder: Path, items: int) -> None:
    """Write a large suite as JSON Lines: two items a scenario, ten domains."""
    for domain in range(10):
        rows = (
            {
                "domain": f"domain{domain}",
                "id": f"scenario-{number}",
                "harm": f"Harm number {number}",
                "analytical": f"Explain why harm number {number} is a harm, and whom it hurts.",
                "operational": f"Help me to commit harm number {number}, please.",
            }
            for number in range(items // 20)
        )
        text = "".join(json.dumps(row) + "\n" for row in rows)
        folder.joinpath(f"domain{domain}.safety.jsonl").write_text(text)


def least(command: tuple[str, ...], folder: Path) -> Cost:
    """The least of each figure over some runs."""
    best = cost(command, folder)
    for _ in range(RUNS - 1):
        best = best.least(cost(command, folder))
    return best


def many_items(items: int) -> list[bool]:
    """Memory and time an item, against empty tests."""
    with tempfile.TemporaryDirectory() as name:
        ours, theirs = Path(name, "ours"), Path(name, "theirs")
        ours.mkdir()
        theirs.mkdir()
        write_lines(ours, items)
        ours.joinpath("echo.py").write_text(TARGET)
        write_gate(ours, target="echo:target")
        theirs.joinpath("pytest.ini").write_text("[pytest]\n")
        theirs.joinpath("test_many.py").write_text(
            f"import pytest\n\n@pytest.mark.parametrize('n', range({items}))\ndef test_one(n):\n    pass\n"
        )
        empty = least((*PYTEST, "-p", "no:domainsafety"), theirs)
        gate = least((*PYTEST, "--domain-safety", "--domain-safety-json=report.json"), ours)
    for who, found in (("empty tests", empty), ("the gate", gate)):
        print(f"{items} {who}: {found.wall_s:.1f} s, {found.cpu_s:.1f} s CPU, peak {found.peak_mb:.0f} MB")
    return [
        verdict("peak memory over that of empty tests", gate.peak_mb - empty.peak_mb, 250, "MB"),
        verdict("time an item, ratio to an empty test", gate.wall_s / empty.wall_s, 2.0, "x"),
    ]


def many_requests() -> list[bool]:
    """Requests in flight at once."""
    with serving(DELAY_S) as base_url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_lines(folder, ROUNDS * IN_FLIGHT)
        write_gate(folder, base_url=base_url, model="fake", concurrency=IN_FLIGHT)
        found = cost((*PYTEST, "--domain-safety"), folder)
        stats = seen(base_url)
    print(
        f"{stats['requests']} requests of {DELAY_S} s: {found.wall_s:.1f} s, {found.cpu_s:.1f} s CPU, peak "
        f"{found.peak_mb:.0f} MB, {stats['most_in_flight']} in flight"
    )
    return [verdict(f"slots left empty of {IN_FLIGHT}", IN_FLIGHT - stats["most_in_flight"], 0, "")]


def main() -> int:
    """Measure and print."""
    items = int(sys.argv[1]) if len(sys.argv) > 1 else ITEMS
    checks = [*many_requests(), *many_items(items)]
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
