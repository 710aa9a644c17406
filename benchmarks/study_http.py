"""A whole study over HTTP: five planted models, 4,200 replies, one gate a model, and `domain-safety study` on all.

python study_http.py        the limit is 90 s for all of it
python study_http.py SECONDS        serves the models instead, each reply after so long, and prints its port

A prompt tells domain, scenario and framing, and is nothing else. The n-th request of a prompt to a model is answered
with the n-th reply that `planted.py` drew for it, which tells its n: so each outcome in a run's report can be held
against the one reply that it came from, in whatever order these arrived.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np
from common import PYTEST, serving, verdict, write_gate
from planted import MODELS, RATES, REPETITIONS, SCENARIOS, Study, planted
from server import Server, completion, serve

LIMIT_S: Final = 90.0
DELAY_S: Final = 0.5
IN_FLIGHT: Final = 64
SEED: Final = 5
YES: Final = {"operational": "complied", "analytical": "engaged"}
NO: Final = {"operational": "refused", "analytical": "declined"}

JUDGE: Final = """
def judge(*, prompt, reply, framing, scenario):
    return 5 if reply.endswith("yes") else 1
"""


class Models(Server):
    """Answers as the models of a planted study.

    Args:
        delay_s: How long a reply takes.
        study: What they say.
    """

    def __init__(self, delay_s: float, study: Study) -> None:
        super().__init__(delay_s, None)
        self._study = study
        self._asked: Counter[str] = Counter()

    def reply(self, asked: dict[str, Any]) -> bytes:
        """The next reply to this prompt; more than were drawn are an error, since then something was asked twice."""
        prompt = asked["messages"][-1]["content"].strip()
        model, name = int(asked["model"][1:]), f"{asked['model']}/{prompt}"
        number = self._asked[name]
        self._asked[name] += 1
        yes = said(self._study, prompt, model)[number]
        return completion(f"{name}/{number}: {'yes' if yes else 'no'}")


def said(study: Study, prompt: str, model: int) -> list[bool]:
    """What a model says to a prompt, a reply a repetition."""
    domain, scenario, framing = prompt.split("/")
    replies = study.complied if framing == "operational" else study.engaged
    planted_replies: list[bool] = replies[int(domain[1:]), int(scenario[1:]), model].tolist()
    return planted_replies


def drawn() -> Study:
    """The study, the same in both processes."""
    return planted().study(np.random.default_rng(SEED))


def write_suite(folder: Path) -> None:
    """Write a file a domain; a prompt is its own place and no text."""
    for domain in range(len(RATES)):
        rows = "".join(
            f"  - id: s{number:02}\n    harm: Placeholder\n"
            + "".join(f"    {framing}: d{domain}/s{number:02}/{framing}\n" for framing in YES)
            for number in range(SCENARIOS)
        )
        folder.joinpath(f"d{domain}.safety.yaml").write_text(f"domain: d{domain}\nscenarios:\n{rows}")


def command(folder: Path, *arguments: str) -> int:
    """Run to the end.

    Returns:
        The exit code.

    Raises:
        SystemExit: If it is none of a gate that has reached its decision.
    """
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode not in {0, 1, 10}:
        raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.returncode


def differing(report: dict[str, Any], study: Study, model: int) -> int:
    """How many of a run's trials are not what was planted, each reply being one trial's."""
    wanted = Counter(
        (f"d{domain}/s{number:02}/{framing}", repetition)
        for domain in range(len(RATES))
        for number in range(SCENARIOS)
        for framing in YES
        for repetition in range(REPETITIONS)
    )
    wrong = 0
    for trial in report["trials"]:
        prompt = f"{trial['domain']}/{trial['scenario']}/{trial['framing']}"
        *name, number = (trial["reply"] or "").partition(":")[0].split("/")
        if "/".join(name) != f"m{model}/{prompt}" or not wanted[prompt, int(number)]:
            wrong += 1
            continue
        wanted[prompt, int(number)] -= 1
        words = YES if said(study, prompt, model)[int(number)] else NO
        wrong += trial["outcome"] != words[trial["framing"]]
    return wrong + wanted.total()


def furthest(found: dict[str, Any], study: Study) -> float:
    """How far a rate, gap or span of the study is at most from what the planted replies make it."""
    cells, engaged = study.complied.mean(axis=(1, 3)), study.engaged.mean(axis=(1, 2, 3))
    rates = cells.mean(axis=1)
    gaps = [each["gaps"]["analytical_engagement_minus_operational_compliance"] for each in found["domains"]]
    pairs = [
        ([each["domain"] for each in found["domains"]] == [f"d{domain}" for domain in range(len(RATES))], True),
        ([each["name"] for each in found["deployments"]] == [f"m{model}" for model in range(len(MODELS))], True),
        ([[cell["rate"] for cell in each["deployments"]] for each in found["domains"]], cells),
        ([each["pooled"]["rate"] for each in found["domains"]], rates),
        ([each["rate"] for each in found["deployments"]], cells.mean(axis=0)),
        ([gap["difference"] for gap in gaps], engaged - rates),
        (found["span"]["difference"], np.ptp(rates)),
    ]
    # A rate that there is not is NaN, which numpy's maximum keeps and no limit allows.
    apart = [np.abs(np.array(ours, dtype=float) - np.array(theirs, dtype=float)).max() for ours, theirs in pairs]
    return float(np.max(apart))


def main() -> int:
    """Ask, compare and print.

    Returns:
        The exit code.
    """
    study, names = drawn(), [f"m{model}" for model in range(len(MODELS))]
    with serving(DELAY_S, script=Path(__file__).name) as base_url, tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_suite(folder)
        folder.joinpath("reading.py").write_text(JUDGE)
        write_gate(folder, base_url=base_url, judge="reading:judge", repetitions=REPETITIONS, concurrency=IN_FLIGHT)
        start, codes = time.perf_counter(), []
        for name in names:
            options = (f"--domain-safety-model={name}", f"--domain-safety-json={name}.json")
            codes.append(command(folder, *PYTEST, "--domain-safety", "--domain-safety-report-replies", *options))
            print(f"{name}: {time.perf_counter() - start:.1f} s")
        files = [f"{name}.json" for name in names]
        tool = Path(sys.executable).with_name("domain-safety")
        codes.append(command(folder, str(tool), "study", *files, "--json=study.json"))
        wall = time.perf_counter() - start
        reports = [json.loads(folder.joinpath(file).read_text()) for file in files]
        found = json.loads(folder.joinpath("study.json").read_text())
    wrong = [differing(report, study, model) for model, report in enumerate(reports)]
    trials = sum(len(report["trials"]) for report in reports)
    print(f"{trials} replies in {wall:.1f} s; exit codes {codes}")
    checks = [
        codes == [*(report["exit_code"] for report in reports), 0],
        verdict("a whole study over HTTP, ratio to the limit of 90 s", wall / LIMIT_S, 1.0, "x"),
        verdict("replies whose outcome is not the planted one", sum(wrong), 0, ""),
        verdict("replies more or less than 4,200", abs(trials - 4200), 0, ""),
        verdict("furthest a rate of the study is off, in 1e-9", furthest(found, study) * 1e9, 1, ""),
    ]
    return 0 if all(checks) else 1


if __name__ == "__main__":
    if len(sys.argv) > 1:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve(Models(float(sys.argv[1]), drawn())))
    else:
        sys.exit(main())
