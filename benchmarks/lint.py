"""Checking 10,000 scenarios of 30,000 prompts against the time that reading their files alone takes.

Three suites: of random words as alike as chance makes them, of one template that is under the threshold of a
near-duplicate, and of one that is over it, which are the worst cases for finding pairs.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from common import seconds, verdict

SCENARIOS = 10_000
PER_FILE = 500
FRAMINGS = ("analytical", "operational", "technical")
LIMIT = 15.0
READ = {
    "yaml": "import sys, yaml, pathlib\n"
    "loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)\n"
    "for path in pathlib.Path(sys.argv[1]).iterdir(): yaml.load(path.read_text(encoding='utf-8'), Loader=loader)",
    "jsonl": "import sys, json, pathlib\n"
    "for path in pathlib.Path(sys.argv[1]).iterdir():\n"
    "    for line in path.read_text(encoding='utf-8').splitlines(): json.loads(line)",
}


def words(chance: random.Random, own: int) -> str:
    """A prompt of 28 words; the first `own` are drawn as in a language, some far oftener than others."""
    drawn = [f"word{int(10 * (chance.paretovariate(0.8) - 1)) % 20_000}" for _ in range(own)]
    return " ".join(drawn + [f"shared{number}" for number in range(28 - own)])


def rows(own: int) -> Iterator[dict[str, object]]:
    """Scenarios of 50 domains."""
    chance = random.Random(0)  # noqa: S311 - a suite to measure with
    for number in range(SCENARIOS):
        prompts = {framing: words(chance, own) for framing in FRAMINGS}
        yield {"id": f"s{number}", "harm": f"Harm {number}", **prompts, "tags": [f"t{number % 20}"]}


def write(folder: Path, own: int, form: str) -> None:
    """Write a suite in files of one domain each."""
    every = list(rows(own))
    for start in range(0, SCENARIOS, PER_FILE):
        domain, part = f"d{start // PER_FILE}", every[start : start + PER_FILE]
        if form == "jsonl":
            text = "".join(json.dumps({"domain": domain, **row}) + "\n" for row in part)
        else:
            keys = ("harm", *FRAMINGS, "tags")
            text = f"domain: {domain}\nscenarios:\n" + "".join(
                f"  - id: {row['id']}\n" + "".join(f"    {key}: {json.dumps(row[key])}\n" for key in keys)
                for row in part
            )
        folder.joinpath(f"{domain}.safety.{form}").write_text(text, encoding="utf-8")


def measure(own: int, form: str, name: str) -> bool:
    """Measure one suite and print."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write(folder, own, form)
        reading = seconds((sys.executable, "-c", READ[form], place), folder)
        checking = seconds((sys.executable, "-m", "pytest_domainsafety.cli", "lint", place), folder, codes=(0, 1))
    print(f"{SCENARIOS} scenarios, {form}, {name}: reading {reading:.2f} s, lint {checking:.2f} s")
    return verdict(f"lint, ratio to reading, {form}, {name}", checking / reading, LIMIT, "x")


def main() -> int:
    """Measure all."""
    suites = {"random words": 28, "a template under the threshold": 11, "a template over it": 5}
    held = [measure(own, "yaml", name) for name, own in suites.items()]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
