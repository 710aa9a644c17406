"""`domain-safety attest` and `verify`: from a run that passed to a deploy that may go on, and none other."""

from __future__ import annotations

import hashlib
import json
import subprocess

from support.attestations import ARTIFACT, keys
from support.judge_support import command, complaint, newest_run
from support.project import Project

NAMED = f"--artifact={ARTIFACT}"


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of what must not be deployed."""
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    return line.removeprefix("NOT VERIFIED: ")


def test_a_passed_run_is_attested_and_verified_and_nothing_else(project: Project) -> None:
    project.domain("fraud", 20)
    project.domain("spying", 20)
    project.configure_app(thresholds="fraud = 0.3\nspying = 0.4")
    assert project.run().code == 0
    run, asked = newest_run(project), len(project.asked)
    keys(project.path)
    done = command(project, "attest", str(run), NAMED, "--key=key.pem", "--output=a.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("attestation: a.json (PASSED, signed by ")

    # This app's judge is shown no known exhibit, which a deploy must allow on purpose.
    verify = ("verify", "a.json", "--key=key.pub.pem", NAMED)
    assert "its judge was neither calibrated nor shown known exhibits" in refusal(command(project, *verify))
    project.write("policy.toml", 'judge = "any"\ndomains = ["fraud", "spying"]\nthresholds = ["* = 0.3"]\n')
    verified = command(project, *verify, "--policy=policy.toml")
    assert (verified.returncode, verified.stderr) == (0, "")
    assert verified.stdout == f"verified: {ARTIFACT}: 2 domains passed, 0.0 hours ago\n"

    printed = json.loads(command(project, "attest", str(run), NAMED).stdout)
    digests = {each["name"]: each["digest"]["sha256"] for each in printed["predicate"]["configuration"]}
    report = json.loads((run / "report.json").read_text(encoding="utf-8"))
    assert digests["report"] == hashlib.sha256((run / "report.json").read_bytes()).hexdigest()
    assert digests["suite"] == report["suite"]["sha256"]
    assert len(project.asked) == asked

    (run / "report.json").unlink()
    assert "has no verdict, since its run was not finished" in complaint(command(project, "attest", str(run), NAMED))
