"""500 prompts and the judgement of each reply, 0.5 s a call, 64 in flight: the gate beside others that do the same.

python peers.py [--inspect PYTHON] [--promptfoo FOLDER]

All ask the same server the same prompts, and its judge with the same messages. The limit is 16 rounds
of 0.5 s, 8.0 s.
A peer whose place is not given counts as not installed; docs/benchmarks.md tells how to.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from common import PYTEST, seen, serving, verdict, write_gate, write_suite
from costs import Cost, cost
from server import REFUSAL

from pytest_domainsafety.core.judging.rubric import judge_messages
from pytest_domainsafety.effects.files.rubric_files import load_rubrics
from pytest_domainsafety.effects.files.scenario_files import load

PROMPTS: Final = 500
DELAY_S: Final = 0.5
IN_FLIGHT: Final = 64
LIMIT_S: Final = 8.0
RUNS: Final = 3
PROCESSES: Final = 16

OTHERS: Final = Path(__file__).with_name("others")
CALLS: Final = "calls.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One way to ask and judge.

    Args:
        name: For the table.
        command: What is run in the folder.
        codes: Exit codes of a run that asked everything.
        env: Added to the environment.
        runs: How often; the least of each figure counts.
    """

    name: str
    command: Sequence[str]
    codes: Sequence[int] = (0,)
    env: dict[str, str] = field(default_factory=dict)
    runs: int = 1


def gate(name: str, *more: str) -> Peer:
    """Ours, with its own LLM judge."""
    return Peer(name=name, command=(*PYTEST, "--domain-safety", *more), runs=RUNS)


def bare(base_url: str) -> Peer:
    """The client in a loop."""
    command = (sys.executable, str(OTHERS / "bare.py"), base_url, CALLS, str(IN_FLIGHT))
    return Peer(name="bare openai loop", command=command, runs=RUNS)


def naive(folder: Path, base_url: str) -> Peer:
    """A parametrized test with the synchronous client."""
    shutil.copy(OTHERS / "naive.py", folder)
    command = (*PYTEST, "-p", "no:domainsafety", "-n", str(PROCESSES), "naive.py")
    return Peer(name=f"naive pytest -n {PROCESSES}", command=command, env={"BASE_URL": base_url})


def inspect(base_url: str, python: str | None) -> Peer | None:
    """The inspect-ai task, in the environment whose Python is given."""
    if python is None:
        return None
    command = (python, str(OTHERS / "inspect_peer.py"), base_url, CALLS, str(IN_FLIGHT))
    return Peer(name="inspect-ai", command=command)


def promptfoo(folder: Path, base_url: str, installed: str | None) -> Peer | None:
    """An evaluation with promptfoo's model-graded assertion, from the folder in which npm installed it."""
    program = Path(installed or "", "node_modules", ".bin", "promptfoo")
    if installed is None or not program.exists():
        return None

    def provider(model: str) -> dict[str, object]:
        return {"id": f"openai:chat:{model}", "config": {"apiBaseUrl": base_url, "apiKey": "none"}}

    parts = ", ".join(
        f'{{"role": "{role}", "content": {{{{ {role}_part | dump | safe }}}}}}' for role in ("system", "user")
    )
    tests = [
        {
            "vars": {
                "prompt": call["target"][0]["content"],
                **{f"{m['role']}_part": m["content"] for m in call["judge"]},
            }
        }
        for call in json.loads(folder.joinpath(CALLS).read_text())
    ]
    graded = {
        "type": "llm-rubric",
        "value": "refuses",
        "rubricPrompt": f"[{parts}]",
        "provider": provider("promptfoo"),
    }
    config = {
        "prompts": ["{{ prompt }}"],
        "providers": [provider("fake")],
        "defaultTest": {"assert": [graded]},
        "tests": tests,
    }
    folder.joinpath("promptfoo.json").write_text(json.dumps(config))
    options = ("--no-cache", "--no-table", "--no-share", "--no-progress-bar", "--no-write")
    return Peer(
        name="promptfoo",
        command=(str(program), "eval", "-c", "promptfoo.json", "--max-concurrency", str(IN_FLIGHT), *options),
        # Its logger may fail once all is done; whether all was asked is counted.
        codes=(0, 1),
        env={
            "PROMPTFOO_DISABLE_TELEMETRY": "1",
            "PROMPTFOO_DISABLE_UPDATE": "1",
            "PROMPTFOO_DISABLE_DEBUG_LOG": "1",
            "PROMPTFOO_DISABLE_ERROR_LOG": "1",
            "PROMPTFOO_CONFIG_DIR": str(folder / "promptfoo"),
        },
    )


def prepare(folder: Path, base_url: str) -> None:
    """Write the suite, our configuration, and what the others ask."""
    write_suite(folder, PROMPTS // 2)
    write_gate(folder, base_url=base_url, model="fake", judge="llm", judge_model="judge", concurrency=IN_FLIGHT)
    rubrics = load_rubrics(None)
    calls = [
        {
            "target": messages,
            "judge": judge_messages(
                prompt=scenario.prompt_text(framing),
                reply=REFUSAL,
                framing=framing,
                scenario=scenario,
                fence="=" * 32,
                rubrics=rubrics,
            ),
        }
        for file in folder.glob("*.safety.yaml")
        for scenario in load(file)
        for framing, messages in scenario.prompts.items()
    ]
    folder.joinpath(CALLS).write_text(json.dumps(calls))


def measured(peer: Peer, folder: Path, base_url: str) -> Cost:
    """Run a peer as often as it wants, and see that it asked everything once."""
    best: Cost | None = None
    for _ in range(peer.runs):
        found = cost(peer.command, folder, codes=peer.codes, env=peer.env)
        stats = seen(base_url)
        if stats["requests"] != 2 * PROMPTS:
            raise SystemExit(f"{peer.name} sent {stats['requests']} requests, not {2 * PROMPTS}")
        print(f"  {peer.name}: {found.wall_s:.2f} s, {stats['most_in_flight']} in flight", flush=True)
        best = found if best is None else best.least(found)
    if best is None:
        raise SystemExit(f"{peer.name} was not run")
    return best


def table(costs: dict[str, Cost | None], loop: Cost) -> None:
    """Print the figures of all."""
    print(f"\n{'':20} {'wall s':>7} {'x limit':>8} {'x loop':>7} {'CPU s':>6} {'x loop':>7} {'peak MB':>8}")
    for name, found in costs.items():
        if found is None:
            print(f"{name:20} not installed")
            continue
        print(
            f"{name:20} {found.wall_s:7.2f} {found.wall_s / LIMIT_S:8.2f} {found.wall_s / loop.wall_s:7.2f} "
            f"{found.cpu_s:6.2f} {found.cpu_s / loop.cpu_s:7.2f} {found.peak_mb:8.0f}"
        )
    print()


def main() -> int:
    """Measure all and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inspect", metavar="PYTHON", help="of an environment that has inspect-ai and openai")
    parser.add_argument("--promptfoo", metavar="FOLDER", help="in which npm installed promptfoo")
    given = parser.parse_args()
    with serving(DELAY_S) as base_url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, base_url)
        peers = {
            "bare openai loop": bare(base_url),
            "ours": gate("ours"),
            "ours, -n 2": gate("ours, -n 2", "-n", "2"),
            "naive pytest": naive(folder, base_url),
            "inspect-ai": inspect(base_url, given.inspect),
            "promptfoo": promptfoo(folder, base_url, given.promptfoo),
        }
        costs = {name: measured(peer, folder, base_url) if peer else None for name, peer in peers.items()}
    loop, ours, spread = costs["bare openai loop"], costs["ours"], costs["ours, -n 2"]
    if loop is None or ours is None or spread is None:
        raise SystemExit("ours and the bare loop are always there")
    table(costs, loop)
    checks = [
        verdict("ours, wall, ratio to the limit", ours.wall_s / LIMIT_S, 1.25, "x"),
        verdict("ours, CPU, ratio to the bare loop", ours.cpu_s / loop.cpu_s, 1.25, "x"),
        verdict("ours, peak memory", ours.peak_mb, 150, "MB"),
        verdict("ours -n 2, wall, ratio to the limit", spread.wall_s / LIMIT_S, 1.5, "x"),
    ]
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
