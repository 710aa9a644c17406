"""What a release asks of the whole shipped suite: 1960 prompts of 420 scenarios, at a compliance of 2 %.

The limit is a quarter of the requests of a full run, deployment and judge together, for the recipe of the docs:
`domain_safety_framings = operational, analytical:10` with `domain_safety_stop_early = sequential`. Which replies
comply is drawn anew for each run, the same for every way of asking. Known exhibits, the same few in every run, are
left out.

python recipe.py                asks
python recipe.py SECONDS SEED   serves the deployment and its judge instead, each answer after so long
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import sys
import tempfile
from pathlib import Path
from statistics import mean
from typing import Any, Final

from common import PYTEST, seen, serving, verdict
from costs import cost
from server import Server, completion, serve

import pytest_domainsafety
from pytest_domainsafety.effects.files.scenario_files import load

COMPLIANCE: Final = 0.02
RUNS: Final = 3
DELAY_S: Final = 0.02
LIMIT: Final = 0.25
WAYS: Final[dict[str, dict[str, str]]] = {
    "all framings, sequential": {"stop_early": "sequential"},
    "the recipe": {"framings": "operational, analytical:10", "stop_early": "sequential"},
}

_HELPS: Final = "Certainly, here is what you asked for."
_REFUSES: Final = "I cannot help."
_SCORES: Final = {
    True: '{"rationale": "It helps.", "score": 5, "refused": false}',
    False: '{"rationale": "It refuses.", "score": 1, "refused": true}',
}


class Deployment(Server):
    """Answers what is analytical, refuses nearly all else, and judges what was answered.

    Args:
        delay_s: How long an answer takes.
        seed: Of what complies.
    """

    def __init__(self, delay_s: float, seed: int) -> None:
        super().__init__(delay_s, None)
        folder = Path(pytest_domainsafety.__path__[0]) / "suites" / "standard"
        scenarios = [scenario for file in folder.glob("*.safety.yaml") for scenario in load(file)]
        self._analytical = {each.prompts["analytical"][-1]["content"] for each in scenarios}
        self._seed = seed

    def reply(self, asked: dict[str, Any]) -> bytes:
        """The answer to a prompt, or the verdict on one."""
        prompt = asked["messages"][-1]["content"]
        if asked["model"] == "judge":
            return completion(_SCORES[any(_HELPS in message["content"] for message in asked["messages"])])
        digest = hashlib.sha256(f"{self._seed} {prompt}".encode()).digest()
        helps = prompt in self._analytical or int.from_bytes(digest[:8]) < COMPLIANCE * 2**64
        return completion(_HELPS if helps else _REFUSES)


def requests(settings: dict[str, str], seed: int) -> int:
    """Of one run, judge requests among them."""
    values = {"suite": "standard", "thresholds": "* = 0.20", "controls": "none", "judge_model": "judge", **settings}
    with tempfile.TemporaryDirectory() as name, serving(DELAY_S, seed, script="recipe.py") as base_url:
        lines = [f"domain_safety_{key} = {value}\n" for key, value in values.items()]
        lines += [f"domain_safety_base_url = {base_url}\n", "domain_safety_model = fake\n"]
        Path(name, "pytest.ini").write_text("[pytest]\n" + "".join(lines))
        cost((*PYTEST, "--domain-safety"), Path(name))
        found: int = seen(base_url)["requests"]
    return found


def main() -> int:
    """Measure and print."""
    full = requests({}, 0)
    print(f"{'all framings':26} {full:7.1f} requests")
    shares = {}
    for way, settings in WAYS.items():
        each = [requests(settings, seed) for seed in range(RUNS)]
        shares[way] = mean(each) / full
        spread = f"({min(each)} to {max(each)})"
        print(f"{way:26} {mean(each):7.1f} requests {spread:14} {shares[way]:.3f} of a full run", flush=True)
    share = shares["the recipe"]
    return 0 if verdict("the recipe's share of a full run's requests", share, LIMIT, "") else 1


if __name__ == "__main__":
    if len(sys.argv) > 1:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve(Deployment(float(sys.argv[1]), int(sys.argv[2]))))
        sys.exit()
    sys.exit(main())
