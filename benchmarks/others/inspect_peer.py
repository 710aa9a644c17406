"""The same calls as an inspect-ai task.

python inspect_peer.py BASE_URL CALLS.json IN_FLIGHT
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, get_model
from inspect_ai.scorer import Score, accuracy, scorer
from inspect_ai.solver import generate


def main(base_url: str, calls: list[dict[str, Any]], in_flight: int) -> int:
    """Ask every prompt and have every reply judged."""

    def model(name: str) -> Any:  # noqa: ANN401 - inspect-ai is not there when types are checked
        return get_model(f"openai-api/bench/{name}", base_url=base_url, api_key="none")

    @scorer(metrics=[accuracy()])
    def judged() -> Any:  # noqa: ANN401 - the same
        judge = model("judge")

        async def score(state: Any, target: Any) -> Score:  # noqa: ANN401, ARG001 - the scorer's protocol
            system, user = state.metadata["judge"]
            asked = [ChatMessageSystem(content=system["content"]), ChatMessageUser(content=user["content"])]
            verdict = await judge.generate(asked)
            return Score(value=int(json.loads(verdict.completion)["score"] < 3))

        return score

    samples = [
        Sample(input=call["target"][0]["content"], target="", metadata={"judge": call["judge"]}) for call in calls
    ]
    task = Task(dataset=MemoryDataset(samples), solver=generate(), scorer=judged())
    (log,) = evaluate(
        task, model=model("fake"), max_connections=in_flight, max_samples=in_flight, display="none", log_dir="logs"
    )
    return 0 if log.status == "success" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text()), int(sys.argv[3])))
