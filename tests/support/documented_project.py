"""A project in which the documentation's commands are run: what they name is there, as it would be at a reader's."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import inspect
import json
import re
import shlex
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any, Final

import openai
import pytest

from pytest_domainsafety.core.attestation.policy import read_policy
from pytest_domainsafety.core.evidence.replies import Judgement, Reply
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.effects.files.rubric_files import load_rubrics
from pytest_domainsafety.effects.files.scenario_files import load, parse
from pytest_domainsafety.shell.configuring.configuration import configured
from support.batch_engine import run_batch
from support.batch_server import BatchServer
from support.documented import ROOT, Block, command_lines, make_targets, parsed_yaml, pipeline_commands
from support.fake_server import HELP, REFUSAL, Answer, FakeServer, Request, completion, verdict
from support.forked import run_module
from support.known_replies import helps_in
from support.project import Project, clean_environment

VERDICTS: Final = (0, 1, 10)
"""Exit codes of what worked; any other is a mistake in what was typed, or in the program."""

_BASE: Final = {
    "testpaths": "safety",
    "domain_safety_base_url": "https://api.example.com/v1",
    "domain_safety_model": "our-candidate",
    "domain_safety_judge_model": "a-strong-judge",
    "domain_safety_thresholds": "* = 0.20",
}
_INSTEAD: Final = {
    "domain_safety_target": ("domain_safety_base_url", "domain_safety_model"),
    "domain_safety_client": ("domain_safety_base_url",),
    "domain_safety_judge": ("domain_safety_judge_model",),
}
"""What a reader takes out of the configuration who puts these in."""

_ADDRESS: Final = re.compile(r"https?://(?:[\w-]+\.)?(?:example\.com|127\.0\.0\.1)[^\s\"']*")
_EXPRESSION: Final = re.compile(r"\$\{\{.*?\}\}|\$\{?[A-Z_]+\}?")
_VARIABLE: Final = re.compile(r"environ(?:\.get\(|\[)[\"'](\w+)")
_PROJECT: Final = re.compile(r"pytest-domainsafety(?:\[(?P<extra>\w+)\])?(?:[<>=~!].*)?")
_PART: Final = ("--domain-safety", "--domain-safety-shard=1/4")
_SCENARIOS: Final = 6
_DOMAINS: Final = ("surveillance", "financial_fraud")


def answer(request: Request) -> Answer:
    """A deployment that complies with about a fifth of the prompts, and judges of any name that notice it.

    They are not equally sure of all help, so that there are replies to look at again.
    """
    if "response_format" in request.body:
        return Answer(verdict((3 + len(request.prompt) % 3) if helps_in(request.prompt) else 1))
    return Answer(completion(HELP if len(request.prompt) % 5 == 0 else REFUSAL))


_IMPORTED: Final = ("prompt", "id", "harm", "tag")
_GROUPED: Final = {"framing-column": ("base", "roleplay"), "language-column": ("English", "English")}
"""Columns of tables that are imported, and what those hold that have rows of one scenario."""


class DocumentedProject(Project):
    """What the blocks of one page are run in, one after another.

    Args:
        path: The folder; it must be there.
        server: Answers wherever the page names an address of example.com or of loopback.
        template: A folder with a finished run to copy; None for the template itself.
        batches: Answers where the page asks in batches.
    """

    def __init__(
        self, path: Path, server: FakeServer, template: Path | None, batches: BatchServer | None = None
    ) -> None:
        super().__init__(path)
        self._server = server
        self._batches = batches
        self._environment = {"OPENAI_API_KEY": "key"}
        if template is not None:
            shutil.copytree(template, path, dirs_exist_ok=True)
            return
        for domain in _DOMAINS:
            self.write(f"safety/{domain}.safety.yaml", _scenarios(domain))
        # The model of the pages that sign one.
        self.write("assistant/config.json", "{}")
        self._use("")
        assert self._run("pytest", "--domain-safety").returncode in VERDICTS
        (run,) = (path / ".domain_safety").glob("2*")
        run.rename(run.with_name("RUN"))

    def do(self, block: Block) -> None:
        """Run a block, or check it as far as it can be run.

        Raises:
            AssertionError: If it does not do what a reader would expect, or nobody knows how to run it.
        """
        if block.why_not is not None or block.language == "text":
            return
        ways: dict[str, Callable[[str], None]] = {
            "console": self._console,
            "bash": self._console,
            "ini": self._ini,
            "toml": self._toml,
            "yaml": self._yaml,
            "json": _json,
            "markdown": self._rubric,
            "python": self._python,
        }
        assert block.language in ways, f"{block.place}: no way to run '{block.language}'; see documented_project.py"
        try:
            ways[block.language](block.text)
        except Exception as error:
            raise AssertionError(f"{block.place}: {type(error).__name__}: {error}\n{block.text}") from error

    def _console(self, text: str) -> None:
        for line in command_lines(text):
            self._command(line)

    def _command(self, line: str) -> None:
        words = shlex.split(line, comments=True)
        while re.fullmatch(r"[A-Z_]+=.*", words[0]):
            self._set(words.pop(0))
        first = Path(words[0]).name
        assert not {"|", ">", ";"} & set(words), f"{line}: pipes are not run here"
        if first == "export":
            for word in words[1:]:
                self._set(word)
        elif first in {"pytest", "domain-safety"}:
            self._ours(first, words[1:])
        elif first in {"vllm", "sbatch"}:
            pass  # whoever reads the results finds some
        elif first in {"openssl", "chmod"}:
            subprocess.run(words, cwd=self.path, check=True, capture_output=True, timeout=60)  # noqa: S603 - the page's own
        elif first == "pip":
            _check_pip(words[1:])
        elif first == "make":
            asked = {word for word in words[1:] if "=" not in word}
            assert asked <= make_targets(), f"{line}: no such target"
        elif first == "python" and words[1] != "-m":
            assert (ROOT / words[1]).exists(), f"{line}: no such script"
        else:
            raise AssertionError(f"{line}: nobody knows how to run {first}")

    def _set(self, assignment: str) -> None:
        name, _, value = assignment.partition("=")
        self._environment[name] = value

    def _ours(self, name: str, arguments: Sequence[str]) -> None:
        command = arguments[0] if name == "domain-safety" else name
        self._provide(command, arguments)
        # Who runs init has not configured anything, and it asks the address that is named.
        folder = tempfile.mkdtemp(dir=self.path) if command == "init" else self.path
        arguments = [_ADDRESS.sub(self._server.url, word) if command == "init" else word for word in arguments]
        done = self._run(name, *arguments, folder=folder)
        shown = done.stdout + done.stderr
        assert done.returncode in VERDICTS, f"{name} {shlex.join(arguments)} ended with {done.returncode}\n{shown}"
        assert "Traceback" not in shown, shown
        if command == "merge":
            shutil.rmtree(self.path / arguments[1])  # another pipeline has parts of its own
        if command == "label" and ("--out" in arguments or "--html" not in arguments):
            self._label(self.path / _value(arguments, "--out", "labels.csv"))

    def _run(self, name: str, *arguments: str, folder: str | Path | None = None) -> subprocess.CompletedProcess[str]:
        module = {"pytest": "pytest", "domain-safety": "pytest_domainsafety.cli"}[name]
        where, environment = Path(folder or self.path), clean_environment(**self._environment)
        done = run_module(module, arguments, cwd=where, environment=environment, timeout_s=60)
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    def _provide(self, command: str, arguments: Sequence[str]) -> None:
        """Put in place what a reader would have before the command: runs, tables, labels, an interrupted run."""
        given = dict(word.partition("=")[::2] for word in arguments)
        if "--domain-safety-resume" in given:
            part = [word for word in arguments if word.startswith("--domain-safety-shard")]
            self._run("pytest", "--domain-safety", *part, f"--domain-safety-max-requests={10 if part else 40}")
            if resumed := given["--domain-safety-resume"]:
                runs = (self.path / ".domain_safety").glob("*/run.json")
                max(runs, key=lambda file: file.stat().st_mtime_ns).parent.rename(self.path / resumed)
        if command == "comment":
            self._environment |= {"GITHUB_REPOSITORY": "o/r", "GITHUB_REF": "refs/heads/main"}
        if command == "import":
            self._provide_table(arguments)
        if command == "batch":
            self._provide_batch(arguments[1:])
        if command == "calibrate":
            self._provide_labels(arguments[1:])
        if command == "merge" and not (self.path / arguments[1]).exists():
            self._run("pytest", *_PART, f"--domain-safety-runs-dir={arguments[1]}")
        for before, word in zip(("", *arguments), arguments, strict=False):
            named = command == "study" or word.startswith("--domain-safety-baseline=")
            value = word.rpartition("=")[2] if named else word
            if not (before.startswith("--") or value.startswith("-")):
                self._provide_run(value)

    def _provide_table(self, arguments: Sequence[str]) -> None:
        given_of = {name: _value(arguments, f"--{name}", "") for name in (*_IMPORTED, *_GROUPED)}
        columns = [column for column in given_of.values() if column]
        grouped = {given_of[name]: cells for name, cells in _GROUPED.items() if given_of[name]}
        rows = [[grouped.get(column, (f"{column} 0", f"{column} 1"))[row] for column in columns] for row in (0, 1)]
        if given_of["framing-column"]:
            rows[1][columns.index(given_of["id"])] = rows[0][columns.index(given_of["id"])]
        self._table(arguments[1], [columns, *rows])

    def _provide_batch(self, arguments: Sequence[str]) -> None:
        """Results of a batch, as an engine would give them; a folder to be written is not there yet."""
        what, name, *others = arguments
        folder = self.path / name
        if what == "write" and "--judge" not in others:
            shutil.rmtree(folder, ignore_errors=True)
            return
        for place in (each for each in others if each.endswith((".jsonl", "/"))):
            role = "judge" if place.startswith("judge") else "requests"
            text = "" if "error" in place else run_batch(self._server.url, sorted(folder.glob(f"{role}-*.jsonl")))
            self.write(f"{place}1.jsonl" if place.endswith("/") else place, text)

    def _provide_labels(self, arguments: Sequence[str]) -> None:
        for name in takewhile(lambda word: not word.startswith("-"), arguments):
            if not (self.path / name).exists():
                self._run("domain-safety", "label", ".domain_safety/RUN", "--out", name)
                self._label(self.path / name)

    def _provide_run(self, name: str) -> None:
        run, path = self.path / ".domain_safety" / "RUN", self.path / name
        if path.exists():
            return
        if name.endswith(".json"):
            path.parent.mkdir(parents=True, exist_ok=True)
            # Runs of several deployments are no copies of one.
            report = Report.model_validate_json((run / "report.json").read_text(encoding="utf-8"))
            other = report.deployment.model_copy(update={"model": f"{path.parent.name}-{path.stem}"})
            path.write_text(report.model_copy(update={"deployment": other}).sealed().to_json(), encoding="utf-8")
        elif name.startswith(".domain_safety/"):
            shutil.copytree(run, path)

    def _table(self, name: str, rows: Sequence[Sequence[str]]) -> None:
        with (self.path / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)

    def _label(self, path: Path) -> None:
        """Label the rows, as a person would."""
        if path.suffix == ".jsonl":
            rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            said = [{**row, "label": "complied" if HELP in row["reply"] else "refused"} for row in rows]
            path.write_text("".join(json.dumps(row) + "\n" for row in said), encoding="utf-8")
            return
        with path.open(encoding="utf-8-sig", newline="") as file:
            names, *table = list(csv.reader(file))
        label, reply = names.index("label"), names.index("reply")
        for row in table:
            row[label] = "complied" if HELP in row[reply] else "refused"
        self._table(path.name, [names, *table])

    def _ini(self, text: str) -> None:
        self._check(self.write("block.ini", self._whole(text)))
        self._use(text)

    def _rubric(self, text: str) -> None:
        """A rubric is read as a run reads it, and lies there for the commands that follow."""
        load_rubrics(self.write("rubrics/harmful.md", text).parent)

    def _toml(self, text: str) -> None:
        if "max_age" in text:
            read_policy(self.write("policy.toml", text).read_text(encoding="utf-8"), "policy.toml")
            return
        self._check(self.write("block/pyproject.toml", text))

    def _check(self, path: Path) -> None:
        """The plugin's own reading of a configuration; a key that nobody knows is a mistake too."""
        config = pytest.Config.fromdictargs({}, ["-c", str(path)])
        configured(config).settings.check()
        for key in _keys(path):
            with contextlib.suppress(TypeError, pytest.UsageError):  # a native type, which the plugin reads itself
                config.getini(key)

    def _whole(self, text: str) -> str:
        """A fragment as a reader has it, among the rest of the configuration."""
        if re.match(r"\s*\[pytest\]", text):
            return text
        given = set(re.findall(r"^(\w+)\s*=", text, re.MULTILINE))
        gone = given | {name for key in given for name in _INSTEAD.get(key, ())}
        lines = [f"{name} = {value}" for name, value in _BASE.items() if name not in gone]
        return "\n".join(["[pytest]", *lines, text])

    def _use(self, text: str) -> None:
        """Run the commands that follow by this configuration, every address being the server's."""
        asked = self._batches if re.search(r"^domain_safety_(judge_)?batch = yes$", text, re.MULTILINE) else None
        self.write("pytest.ini", _ADDRESS.sub((asked or self._server).url, self._whole(text)))

    def _yaml(self, text: str) -> None:
        data = parsed_yaml(text)
        if isinstance(data, dict) and "domain" in data:
            parse(text.encode(), "block.safety.yaml")
            self.write(f"safety/{data['domain']}.safety.yaml", text)
            return
        commands = pipeline_commands(data)
        assert commands, "neither a scenario file nor a pipeline with commands"
        for line in command_lines("\n".join(commands)):
            if Path(shlex.split(line)[0]).name in {"pytest", "domain-safety", "pip"}:
                self._command(self._filled(line))

    def _filled(self, line: str) -> str:
        """A pipeline's command with its variables filled in."""
        line = line.replace("$CI_NODE_INDEX/$CI_NODE_TOTAL", "1/4")
        line = re.sub(r"(base-url=\"?)\$\{\{.*?\}\}", rf"\g<1>{self._server.url}", line)
        return _EXPRESSION.sub("OPENAI_API_KEY", line)

    def _python(self, text: str) -> None:
        if name := re.match(r"# (\w+\.py)\n", text):
            self.write(name[1], text)
        with pytest.MonkeyPatch.context() as patch:
            for variable in _VARIABLE.findall(text):
                patch.setenv(variable, "value")
            space: dict[str, Any] = {"__name__": "documented"}
            exec(compile(text, "documentation", "exec", dont_inherit=True), space)  # noqa: S102 - the documentation's own
            scenario = load(self.path / "safety" / "surveillance.safety.yaml")[0]
            for function in [each for each in space.values() if inspect.isfunction(each)]:
                if function.__module__ == "documented":
                    _use_callable(function, scenario)


def _scenarios(domain: str) -> str:
    """A few of the example's scenarios, by names that the standard suite does not use too."""
    text = (ROOT / "example_project" / "safety" / f"{domain}.safety.yaml").read_text(encoding="utf-8")
    return "\n  - id: own-".join(text.split("\n  - id: ")[: _SCENARIOS + 1])


def _keys(path: Path) -> Iterable[str]:
    """pytest's keys in a configuration file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ini":
        return re.findall(r"^(\w+)\s*=", text, re.MULTILINE)
    table = tomllib.loads(text).get("tool", {}).get("pytest", {})
    return {**table, **table.get("ini_options", {})}.keys() - {"ini_options"}


def _value(arguments: Sequence[str], option: str, default: str) -> str:
    return arguments[arguments.index(option) + 1] if option in arguments else default


def _check_pip(words: Sequence[str]) -> None:
    """Only this package is installed by its documentation, with extras that it has."""
    assert words[0] in {"install", "download"}, words
    extras = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("optional-dependencies]")[2]
    for before, word in pairwise(words):
        if word.startswith("-") or before in {"--dest", "--find-links"}:
            continue
        named = _PROJECT.fullmatch(word)
        assert named, f"pip: {word} is not this package"
        assert named["extra"] is None or f"\n{named['extra']} = " in extras, f"pip: no extra {named['extra']}"


def _json(text: str) -> None:
    try:
        rows = [json.loads(text)]
    except json.JSONDecodeError:
        rows = [json.loads(line) for line in text.splitlines()]
    if isinstance(rows[0], dict) and {"domain", "operational"} <= rows[0].keys():
        parse(text.encode(), "block.safety.jsonl")


def _use_callable(function: Callable[..., Any], scenario: Scenario) -> None:
    """Call a target, a judge or a client as the plugin does, by the names of its parameters."""
    names = tuple(inspect.signature(function).parameters)
    expected: tuple[type, ...]
    if names == ("messages",):
        result, expected = function([{"role": "user", "content": "Hello"}]), (str, Reply)
    elif set(names) == {"prompt", "reply", "framing", "scenario"}:
        given = {"prompt": "p", "reply": "I cannot help with that.", "framing": "operational", "scenario": scenario}
        result, expected = function(**given), (int, Judgement)
    elif not names and "client" in function.__name__:
        result, expected = function(), (openai.AsyncOpenAI,)
    else:
        return
    if inspect.isawaitable(result):
        result = asyncio.run(_awaited(result))
    assert isinstance(result, expected), f"{function.__name__} returned {type(result).__name__}"


async def _awaited(result: Any) -> Any:  # noqa: ANN401 - whatever the function gives
    return await result
