"""The speed of a commit beside that of the working tree, in one run on one machine: figures and their ratios.

python against.py [REV] [--items N] [--runs N] [--only WORDS] [--write]

Without REV it is the last tag, and where there is none `FIRST`. Both are measured by the benchmarks of the working
tree and with the libraries of this environment, in turn, and the least of each figure counts: what is over it on a
shared machine is others' work. A request costs the slope between two sizes of a suite at a server that answers at
once; the fixed part is what such a run costs without its requests. `--write` puts the table into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from common import PYTEST, serving, write_gate, write_suite
from costs import Cost, cost
from scale import TARGET, write_lines

FIRST: Final = "6550f78"
"""The commit from before these comparisons were made."""

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "benchmarks.md"
BEGIN: Final = "<!-- written by benchmarks/against.py -->"
END: Final = "<!-- end of what it writes -->"

SMALL, LARGE = 100, 500
CALLS: Final = 500
IN_FLIGHT: Final = 64
DELAY_S: Final = 0.5
LIMIT_S: Final = 8.0
COLLECTED: Final = 10_000

Trees = Mapping[str, Path]
Found = dict[str, Cost]


class Row(NamedTuple):
    """A line of the table: what it is, and the figures of the commit and of the working tree."""

    name: str
    unit: str
    before: float
    now: float
    digits: int = 2

    def shown(self) -> str:
        """As Markdown."""
        before, now = (f"{value:.{self.digits}f} {self.unit}".strip() for value in (self.before, self.now))
        return f"| {self.name} | {before} | {now} | {self.now / self.before:.2f} |"


@dataclass(frozen=True, slots=True)
class Bench:
    """Runs commands with the package of either tree.

    Args:
        trees: `before` and `now`.
        runs: How often each command is run after one that is not counted.
        items: Of the largest suite.
    """

    trees: Trees
    runs: int
    items: int

    def costs(self, command: tuple[str, ...], folder: Path) -> Found:
        """The least of each figure, by tree."""
        found: dict[str, Cost] = {}
        # The first run writes the tree's byte code, and takes no part where more than one was asked for.
        for number in range(self.runs + 1):
            for name, tree in self.trees.items():
                shutil.rmtree(folder / ".domain_safety", ignore_errors=True)
                one = cost(command, folder, env=_only(tree))
                if number:
                    found[name] = one.least(found.get(name, one))
        return found

    def sizes(self, **settings: object) -> tuple[Found, Found]:
        """A small and a large suite at a server that answers at once."""
        found = []
        for size in (SMALL, LARGE):
            with serving(0) as base_url, tempfile.TemporaryDirectory() as name:
                write_suite(Path(name), size)
                asked = {"base_url": base_url, "model": "fake", "concurrency": IN_FLIGHT}
                write_gate(Path(name), **asked, **settings)
                found.append(self.costs((*PYTEST, "--domain-safety"), Path(name)))
        return found[0], found[1]


def llm_judge(bench: Bench) -> Iterator[Row]:
    """CPU of a request where a model judges, two requests an item."""
    small, large = bench.sizes(judge="llm", judge_model="judge")
    each = {name: (large[name].cpu_s - small[name].cpu_s) / (4 * (LARGE - SMALL)) for name in bench.trees}
    fixed = {name: small[name].cpu_s - 4 * SMALL * each[name] for name in bench.trees}
    yield Row("CPU a request, a model judges", "ms", 1000 * each["before"], 1000 * each["now"])
    yield Row("CPU of a run without its requests", "s", fixed["before"], fixed["now"])
    yield Row("peak memory of 2,000 requests", "MB", large["before"].peak_mb, large["now"].peak_mb, 0)


def function_judge(bench: Bench) -> Iterator[Row]:
    """CPU of a request where a function judges, one request an item."""
    small, large = bench.sizes()
    each = {name: (large[name].cpu_s - small[name].cpu_s) / (2 * (LARGE - SMALL)) for name in bench.trees}
    yield Row("CPU a request, a function judges", "ms", 1000 * each["before"], 1000 * each["now"])


def slow_calls(bench: Bench) -> Iterator[Row]:
    """500 prompts and the judgement of each reply, half a second a call."""
    with serving(DELAY_S) as base_url, tempfile.TemporaryDirectory() as name:
        write_suite(Path(name), CALLS // 2)
        settings = {"judge": "llm", "judge_model": "judge", "concurrency": IN_FLIGHT}
        write_gate(Path(name), base_url=base_url, model="fake", **settings)
        found = bench.costs((*PYTEST, "--domain-safety"), Path(name))
    before, now = found["before"], found["now"]
    called = "500 + 500 calls of 0.5 s, 64 in flight"
    yield Row(f"{called}: wall clock of the limit", "", before.wall_s / LIMIT_S, now.wall_s / LIMIT_S)
    yield Row(f"{called}: CPU", "s", before.cpu_s, now.cpu_s)


def many_items(bench: Bench) -> Iterator[Row]:
    """Very many items against as many empty tests."""
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
        write_lines(Path(ours), bench.items)
        Path(ours, "echo.py").write_text(TARGET)
        write_gate(Path(ours), target="echo:target")
        Path(theirs, "pytest.ini").write_text("[pytest]\n")
        Path(theirs, "test_many.py").write_text(
            f"import pytest\n\n@pytest.mark.parametrize('n', range({bench.items}))\ndef test_one(n):\n    pass\n"
        )
        gate = bench.costs((*PYTEST, "--domain-safety", "--domain-safety-json=report.json"), Path(ours))
        empty = bench.costs((*PYTEST, "-p", "no:domainsafety"), Path(theirs))
    # The empty tests know neither tree: the least of all of them is what both are held against.
    base = empty["before"].least(empty["now"])
    before, now = (gate[name].cpu_s / base.cpu_s for name in ("before", "now"))
    yield Row(f"{bench.items:,} items: CPU of as many empty tests", "", before, now)
    yield Row(f"{bench.items:,} items: peak memory", "MB", gate["before"].peak_mb, gate["now"].peak_mb, 0)


def collecting(bench: Bench) -> Iterator[Row]:
    """Collecting scenarios of YAML."""
    with tempfile.TemporaryDirectory() as name:
        write_suite(Path(name), COLLECTED)
        write_gate(Path(name))
        found = bench.costs((*PYTEST, "--collect-only", "-qq", "--domain-safety"), Path(name))
    yield Row(f"collecting {COLLECTED:,} scenarios: CPU", "s", found["before"].cpu_s, found["now"].cpu_s)


def plain_run(bench: Bench) -> Iterator[Row]:
    """A run of pytest that the plugin has no part in."""
    with tempfile.TemporaryDirectory() as name:
        Path(name, "pytest.ini").write_text("[pytest]\n")
        Path(name, "test_one.py").write_text("def test_one():\n    pass\n")
        found = bench.costs(PYTEST, Path(name))
    yield Row("a plain pytest run: CPU", "s", found["before"].cpu_s, found["now"].cpu_s, 3)


PARTS: Final[dict[str, Callable[[Bench], Iterator[Row]]]] = {
    "llm": llm_judge,
    "function": function_judge,
    "calls": slow_calls,
    "items": many_items,
    "collect": collecting,
    "plain": plain_run,
}


@contextlib.contextmanager
def checked_out(rev: str) -> Iterator[Path]:
    """The tree of a commit in a folder of its own, for the length of the block."""
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name, "tree")
        done = _git("worktree", "add", "--detach", "--quiet", str(tree), rev)
        if done.returncode:
            raise SystemExit(f"no commit to compare with: {done.stderr.strip()}")
        try:
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def last_tag() -> str | None:
    """The last tag before the present commit; None where there is none."""
    done = _git("describe", "--tags", "--abbrev=0")
    return done.stdout.strip() if done.returncode == 0 else None


def write(table: str) -> None:
    """Put the table into the page, between its markers."""
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not after:
        raise SystemExit(f"{PAGE} lacks the lines {BEGIN} and {END}")
    PAGE.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}")


def _only(tree: Path) -> dict[str, str]:
    """The environment in which Python finds the package in a tree, before the installed one, and keeps byte code."""
    return {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": ""}


def _check(tree: Path) -> None:
    command = (sys.executable, "-c", "import pytest_domainsafety as found; print(found.__file__)")
    found = subprocess.run(  # noqa: S603 - ours
        command, cwd=tree.parent, env={**os.environ, **_only(tree)}, capture_output=True, text=True, check=True
    )
    if tree.resolve() not in Path(found.stdout.strip()).resolve().parents:
        raise SystemExit(f"Python imports {found.stdout.strip()} and not the package in {tree}")


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(("git", *arguments), cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603, S607 - ours


def main() -> int:
    """Measure both and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rev", nargs="?", help="a commit or tag; the last tag by default")
    parser.add_argument("--items", type=int, default=10_000, help="of the largest suite")
    parser.add_argument("--runs", type=int, default=2, help="the least figure of so many counts")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--write", action="store_true", help="the table into docs/benchmarks.md")
    given = parser.parse_args()
    rev = given.rev or last_tag() or FIRST
    # Whoever ends it finds no tree left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    lines = [f"| | {rev} | now | ratio |", "| --- | ---: | ---: | ---: |"]
    print("\n".join(lines))
    with checked_out(rev) as tree:
        bench = Bench({"before": tree, "now": ROOT}, given.runs, given.items)
        for each in bench.trees.values():
            _check(each)
        for part in given.only:
            for row in PARTS[part](bench):
                lines.append(row.shown())
                print(lines[-1], flush=True)
    if given.write:
        write("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
