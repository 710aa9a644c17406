"""A project in a folder of its own, run by `python -m pytest` in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from support.fake_server import FakeServer
from support.forked import Hung, can_fork, run_module
from support.told import see

Json = dict[str, Any]

_FOREIGN: Final = ("OPENAI_", "GITHUB_", "PYTEST_", "PY_COLORS", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "CI", "BUILD_")
_WITHOUT: Final = "-p no:hypothesispytest -p no:anyio -p no:pytest_cov"
"""Other plugins of the development environment; importing hypothesis takes longer than a whole run."""
_TIMEOUT_S: Final = 60.0
_APP: Final = """\
import pathlib

def target(messages):
    prompt = messages[-1]["content"]
    with pathlib.Path(__file__).with_name("asked.txt").open("a") as file:
        file.write(prompt + "\\n")
    return REPLY

def judge(*, prompt, reply, framing, scenario):
    return 5 if reply.startswith("Sure") else 1
"""
_FRAMINGS: Final = ("analytical", "operational", "technical")


def clean_environment(**extra: str) -> dict[str, str]:
    """This process's environment without what may change a run, and with what a test adds."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return {**kept, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8", "PYTEST_ADDOPTS": _WITHOUT, **extra}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished run.

    Args:
        code: The exit code.
        out: Standard output.
        err: Standard error.
        written: The JSON report, None where none was written.
    """

    code: int
    out: str
    err: str
    written: Json | None

    @property
    def text(self) -> str:
        """All output."""
        return self.out + self.err

    @property
    def report(self) -> Json:
        """The JSON report, which must be there."""
        assert self.written is not None, self.text
        return self.written

    @property
    def complaint(self) -> str:
        """The one sentence of a usage error, which must be all that was said of it."""
        errors = [line for line in self.err.splitlines() if line]
        assert self.code == 4, self.text
        assert len(errors) == 1, self.text
        assert errors[0].startswith("ERROR: ")
        assert "Traceback" not in self.text
        assert "INTERNALERROR" not in self.text
        return errors[0].removeprefix("ERROR: ")

    def domain(self, name: str) -> Json:
        """A domain's part of the report."""
        found: Json = next(domain for domain in self.report["domains"] if domain["domain"] == name)
        return found

    def operational(self, name: str) -> Json:
        """A domain's operational framing."""
        framing: Json = self.domain(name)["framings"]["operational"]
        return framing

    def outcomes(self) -> dict[str, str]:
        """Outcomes of the trials by `domain::scenario[framing]#repetition`."""
        return {
            f"{trial['domain']}::{trial['scenario']}[{trial['framing']}]#{trial['repetition']}": trial["outcome"]
            for trial in self.report["trials"]
        }


class Project:
    """A folder with scenario files and a configuration.

    Args:
        path: The folder; it must be there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file, with the folders it needs."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        # Python takes byte code for a file's while its size and the second of its change are the same.
        for cached in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
            cached.unlink()
        return path

    def domain(self, name: str, count: int = 2, *, technical: bool = False, file: str | None = None) -> None:
        """Write a scenario file of `count` scenarios `s0`, `s1`...; each prompt is `domain/id/framing`."""
        framings = _FRAMINGS if technical else _FRAMINGS[:2]
        lines = [f"domain: {name}", "scenarios:"]
        for number in range(count):
            lines += [f"  - id: s{number}", "    harm: someone is hurt"]
            lines += [f"    {framing}: {name}/s{number}/{framing}" for framing in framings]
        self.write(file or f"{name}.safety.yaml", "\n".join(lines) + "\n")

    def configure(self, server: FakeServer | None = None, **settings: object) -> None:
        """Write pytest.ini; with a server, both deployment and judge are on it. None leaves a setting out."""
        # Most of the deployments here refuse everything, and are meant to.
        usual: dict[str, object] = {"thresholds": "* = 0.9", "max_retries": 0, "min_analytical": "* = 0"}
        # And judged by what knows these replies only: tests of known exhibits turn them on with controls=None.
        usual["controls"] = "none"
        if server is not None:
            usual |= {"base_url": server.url, "model": "m", "judge_model": "judge"}
        lines = ["[pytest]"]
        for name, value in {**usual, **settings}.items():
            if value is not None:
                indented = str(value).replace("\n", "\n    ")
                lines.append(f"domain_safety_{name} = {indented}")
        self.write("pytest.ini", "\n".join(lines) + "\n")

    def configure_app(self, reply: str = "'I cannot help with that.'", **settings: object) -> None:
        """Let functions answer and judge, which is quicker than a server; see `asked`.

        Args:
            reply: A Python expression of `prompt`; it complies if it begins with "Sure".
            settings: As in `configure`.
        """
        self.write("app.py", _APP.replace("REPLY", reply))
        self.configure(None, **{"target": "app:target", "judge": "app:judge", **settings})

    @property
    def asked(self) -> list[str]:
        """The prompts that the functions were asked, over all runs here."""
        path = self.path / "asked.txt"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def run(
        self,
        *arguments: str,
        flag: bool = True,
        fresh: bool = False,
        timeout: float = _TIMEOUT_S,
        **environment: str,
    ) -> Run:
        """Run pytest here and wait for it.

        Args:
            arguments: Of the command.
            flag: Whether the gate is turned on.
            fresh: Whether the interpreter must be a fresh one, in which nothing is imported yet.
            timeout: Seconds after which it hangs.
            environment: Variables beside the usual ones.
        """
        if fresh or not can_fork(environment):
            return self.finish(self.start(*arguments, flag=flag, **environment), timeout=timeout)
        try:
            done = run_module(
                "pytest",
                self._arguments(*arguments, flag=flag),
                cwd=self.path,
                environment=clean_environment(**environment),
                timeout_s=timeout,
            )
        except Hung as hung:
            pytest.fail(f"pytest hung:\n{hung}")
        return self._finished(done.returncode, done.stdout, done.stderr)

    def _arguments(self, *arguments: str, flag: bool) -> list[str]:
        json_path = self.path / "report.json"
        json_path.unlink(missing_ok=True)
        return [*(["--domain-safety", f"--domain-safety-json={json_path}"] if flag else []), *arguments]

    def start(self, *arguments: str, flag: bool = True, **environment: str) -> subprocess.Popen[bytes]:
        """Start pytest here, in a process group of its own."""
        return subprocess.Popen(  # noqa: S603 - the arguments are the tests' own
            [sys.executable, "-m", "pytest", *self._arguments(*arguments, flag=flag)],
            cwd=self.path,
            env=clean_environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def finish(self, process: subprocess.Popen[bytes], *, timeout: float = _TIMEOUT_S) -> Run:
        """Wait for a process that was started here; one that hangs is ended with all its children."""
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            pytest.fail(f"pytest hung:\n{out.decode()}\n{err.decode()}")
        return self._finished(process.returncode, out, err)

    def _finished(self, code: int, out: bytes, err: bytes) -> Run:
        written = self.path / "report.json"
        run = Run(
            code=code,
            out=out.decode(errors="replace"),
            err=err.decode(errors="replace"),
            written=json.loads(written.read_text(encoding="utf-8")) if written.exists() else None,
        )
        see(run.text, run.code, run.written)
        return run
