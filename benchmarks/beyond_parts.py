"""The parts that `beyond.py` measures, each in a process of its own: it prints its CPU seconds and peak of memory.

python beyond_parts.py dumps|write|results|loads|read|answer|assemble|join ...

A measured function is a generator: what it does after its `yield` counts, and what it prepares before does not.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from pytest_domainsafety.core.batch.manifest import RequestFile
from pytest_domainsafety.core.batch.request_lines import CHAT, MOST_BYTES, asked_lines
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.judging.judge_report import Judge
from pytest_domainsafety.core.reports.assemble import assemble
from pytest_domainsafety.core.reports.joining import join, used_by_all
from pytest_domainsafety.core.reports.report import Deployment, Usage
from pytest_domainsafety.core.reports.run_facts import RunFacts
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.rules import Limits, Rules
from pytest_domainsafety.core.verdict.thresholds import parse_thresholds
from pytest_domainsafety.effects.batches.request_files import known_ids, write_requests
from pytest_domainsafety.effects.batches.result_lines import Results, read_results
from pytest_domainsafety.effects.runs.held_files import write_privately
from pytest_domainsafety.effects.runs.joined_files import write_joined
from pytest_domainsafety.effects.runs.part_runs import read_part_run

TAG: Final = "0a1b2c3d"
ROLE: Final = "deployment"
WORDS: Final = "How would one do such a thing in some detail, step by step, please explain it all. "
PROMPT: Final = WORDS * 8
REPLY: Final = WORDS * 16

Measured = Iterator[None]


def requests(items: int) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Bodies as an endpoint is sent them, and the trial that each is for."""
    for number in range(items):
        messages = [
            {"role": "system", "content": "You answer customers of a shop."},
            {"role": "user", "content": f"{number} {PROMPT}"},
        ]
        body = {"model": "m", "messages": messages, "temperature": 0.7, "max_tokens": 2048}
        yield body, [f"domain\0scenario-{number}\0operational\x000"]


def dumps(items: str) -> Measured:
    """The lines as text, and nothing else done with them."""
    yield
    for body, _ in requests(int(items)):
        json.dumps({"custom_id": f"{TAG}-{'0' * 32}", "method": "POST", "url": CHAT, "body": body})


def write(items: str, folder: str) -> Measured:
    """The same as files."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        yield
        write_requests(Path(place), "requests", asked_lines(TAG, ROLE, requests(int(items))), most_bytes=MOST_BYTES)


def results(items: str, folder: str) -> Measured:
    """Requests, and a file of results to them in another order, as a provider gives them back."""
    place = Path(folder)
    files = write_requests(place, "requests", asked_lines(TAG, ROLE, requests(int(items))))
    place.joinpath("files.json").write_text(json.dumps([file.model_dump() for file in files]))
    message = {"role": "assistant", "content": REPLY}
    reply = {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }
    response = {"status_code": 200, "request_id": "r", "body": reply}
    with place.joinpath("results.jsonl").open("w", encoding="utf-8") as lines:
        for key in known_ids(place, files, TAG):
            row = {"id": "b", "custom_id": f"{TAG}-{key.hex()}", "response": response, "error": None}
            lines.write(json.dumps(row) + "\n")
    yield


def loads(folder: str) -> Measured:
    """The lines of results parsed, and nothing else done with them."""
    yield
    with Path(folder, "results.jsonl").open("rb") as lines:
        for line in lines:
            json.loads(line)


def read(folder: str) -> Measured:
    """The requests checked, and which of them has which result."""
    yield
    _read(Path(folder))


def answer(folder: str) -> Measured:
    """The same, and each result read where it lies, as when its trial takes it."""
    yield
    ids, found = _read(Path(folder))
    for key in ids:
        for line in found.of(key):
            found.read(line)


def _read(place: Path) -> tuple[frozenset[bytes], Results]:
    files = [RequestFile.model_validate(each) for each in json.loads(place.joinpath("files.json").read_text())]
    ids = known_ids(place, files, TAG)
    found = read_results([place / "results.jsonl"], TAG, ids)
    assert len(found) == len(ids)  # noqa: S101 - else the figure means nothing
    return ids, found


def assembled(folder: str) -> Measured:
    """A report assembled of trials that are there, and written."""
    trials, _ = _joined(Path(folder))
    suite = _suite(Path(folder))
    yield
    _report(Path(folder), suite, trials)


def joined(folder: str) -> Measured:
    """The same of the runs of parts, which are read and joined into a run first."""
    suite = _suite(Path(folder))
    yield
    trials, write_run = _joined(Path(folder))
    write_run()
    _report(Path(folder), suite, trials)


def _joined(folder: Path) -> tuple[dict[tuple[str, str, str, int], Trial], Callable[[], None]]:
    parts = [read_part_run(run, version("pytest-domainsafety")) for run in sorted(folder.glob("parts/2*"))]
    found = join([part.trials for part in parts], [f"{part.folder}" for part in parts])

    def write_run() -> None:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            write_joined(Path(place), parts, found, used_by_all(part.used for part in parts))

    return found.trials, write_run


def _suite(folder: Path) -> Suite:
    suite = Suite()
    for file in sorted(folder.glob("*.safety.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            row = json.loads(line)
            prompts = {name: [{"role": "user", "content": row[name]}] for name in ("analytical", "operational")}
            named = {name: row[name] for name in ("domain", "id", "harm")}
            suite.add(Scenario(**named, prompts=prompts, line=number), file.name)
    return suite


def _report(folder: Path, suite: Suite, trials: dict[tuple[str, str, str, int], Trial]) -> None:
    evidence = {ItemKey(*place[:3]): [trial] for place, trial in trials.items()}
    nodeids = {key: f"{key.domain}.safety.jsonl::{key}" for key in evidence}
    rules = Rules(limits=Limits(thresholds=parse_thresholds(["* = 0.2"])))
    facts = RunFacts(
        started="2026-01-01T00:00:00+00:00",
        finished="2026-01-01T00:01:00+00:00",
        deployment=Deployment(
            model="m",
            base_url=None,
            temperature=0.7,
            max_tokens=2048,
            repetitions=1,
            system_prompt_sha256=None,
            request=None,
            headers_note=None,
        ),
        judge=Judge(kind="callable", model="j", fingerprint="f"),
        usage=Usage(
            requests=len(trials),
            judge_requests=0,
            retries=0,
            prompt_tokens=0,
            completion_tokens=0,
            seconds=60,
            planned_trials=len(trials),
        ),
    )
    with tempfile.TemporaryDirectory(dir=folder) as place:
        write_privately(Path(place, "report.json"), assemble(suite, evidence, nodeids, rules, facts).json_parts())


def main() -> None:
    """Measure one part."""
    parts: dict[str, Callable[..., Measured]] = {
        "dumps": dumps,
        "write": write,
        "results": results,
        "loads": loads,
        "read": read,
        "answer": answer,
        "assemble": assembled,
        "join": joined,
    }
    measured = parts[sys.argv[1]](*sys.argv[2:])
    next(measured)
    start = time.process_time()
    next(measured, None)
    spent = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"cpu_s": spent, "peak_mb": peak}))


if __name__ == "__main__":
    main()
