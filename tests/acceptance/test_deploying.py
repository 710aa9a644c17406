"""The shipped recipes of deploying only what passed: steps that attest, sign and verify, and what policies ask."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import jmespath
import pytest
import yaml
from regopy import Interpreter

from pytest_domainsafety.core.attestation.statement import PREDICATE
from pytest_domainsafety.core.reports.report import Report
from support.attestations import ARTIFACT, attest, gated, keys, passed, stated
from support.ci_runner import Runner, script_of
from support.fake_server import Answer, FakeServer, Responder
from support.project import Project

ROOT: Final = Path(__file__).parents[2]
EXAMPLE: Final = ROOT / "example_project"
DEPLOY: Final = EXAMPLE / "deploy"
ACTION: Final[dict[str, Any]] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: Final[list[dict[str, Any]]] = ACTION["runs"]["steps"]
GITLAB: Final[dict[str, Any]] = yaml.safe_load((EXAMPLE / ".gitlab-ci.yml").read_text(encoding="utf-8"))
OTHER: Final = f"{ARTIFACT.name}@sha256:{'b' * 64}"
BLOCKED: Final = passed(gated("fraud"), gated("spying", "block"), decision="block", exit_code=1)


def manifest(name: str) -> dict[str, Any]:
    """A YAML file of the example's folder `deploy`."""
    found: dict[str, Any] = yaml.safe_load((DEPLOY / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def runner(project: Project) -> Runner:
    project.write("report.json", passed().to_json())
    (project.path / "tmp").mkdir()
    return Runner(project)


def _attest(runner: Runner, sign: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The action's step, with a folder for temporary files that shows what was left in it."""
    given = {
        "ARTIFACT": str(ARTIFACT),
        "REPORT": "report.json",
        "SIGN": sign,
        "STATEMENT": "verdict.json",
        "TMPDIR": str(runner.project.path / "tmp"),
    }
    return runner.run(script_of(STEPS, "attest"), **{**given, **environment})


def _verify(runner: Runner, script: str, artifact: str = str(ARTIFACT)) -> int:
    return runner.run(script, ARTIFACT=artifact).returncode


def test_the_action_signs_a_verdict_that_gitlabs_deploy_lets_through(runner: Runner) -> None:
    path = runner.project.path
    private, public = keys(path)
    secret = private.read_text(encoding="utf-8").strip()
    done = _attest(runner, "true", DOMAIN_SAFETY_SIGNING_KEY=secret)
    assert (done.returncode, done.stderr, runner.outputs) == (0, "", {"statement": "verdict.json"})
    assert "(PASSED, signed by " in done.stdout
    assert secret.splitlines()[1] not in done.stdout
    assert list((path / "tmp").iterdir()) == []

    promotion = path / "promotion"
    promotion.mkdir()
    public.rename(promotion / "public.pem")
    (promotion / "policy.toml").write_bytes((EXAMPLE / "promotion" / "policy.toml").read_bytes())
    verify = GITLAB["deploy"]["script"][1]
    assert verify.startswith("domain-safety verify ")
    assert _verify(runner, verify) == 0
    assert _verify(runner, verify, OTHER) == 1


def test_the_action_attests_a_block_as_failed_and_leaves_it_unsigned_unless_asked(runner: Runner) -> None:
    runner.project.write("report.json", BLOCKED.to_json())
    done = _attest(runner, "false", DOMAIN_SAFETY_SIGNING_KEY="no key")
    assert (done.returncode, done.stdout) == (0, "attestation: verdict.json (FAILED, not signed)\n"), done.stderr
    statement = json.loads((runner.project.path / "verdict.json").read_text(encoding="utf-8"))
    assert statement["predicate"]["failedTests"] == ["spying"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({}, "sign needs the Ed25519 key (PEM) as env DOMAIN_SAFETY_SIGNING_KEY of the step, from a secret"),
        ({"SIGN": "yes"}, "the input sign is neither true nor false"),
        ({"REPORT": "none.json"}, "there is no report, so there is no verdict to attest"),
    ],
)
def test_the_action_says_in_one_line_why_it_cannot_sign(
    runner: Runner, changed: dict[str, str], sentence: str
) -> None:
    done = _attest(runner, "true", **changed)
    assert (done.returncode, done.stderr) == (4, "")
    assert done.stdout == f"::error title=Domain safety::{sentence}\n"
    assert not runner.outputs
    assert not (runner.project.path / "verdict.json").exists()


def test_a_key_that_is_none_is_neither_printed_nor_left(runner: Runner) -> None:
    done = _attest(runner, "true", DOMAIN_SAFETY_SIGNING_KEY="not to be seen")
    assert done.returncode == 4
    assert not runner.outputs
    assert "not to be seen" not in done.stdout + done.stderr
    assert list((runner.project.path / "tmp").iterdir()) == []


def test_the_action_attests_after_the_gate_whatever_it_said_and_shows_the_key_to_that_step_alone() -> None:
    ids = [step.get("id") or step.get("name") for step in STEPS]
    step = STEPS[ids.index("attest")]
    assert ids.index("gate") < ids.index("attest")
    assert step["if"].startswith("always() && ")
    assert ACTION["inputs"]["sign"]["default"] == "false"
    hidden = [name for name, each in zip(ids, STEPS, strict=True) if _hides_the_key(each)]
    assert hidden == ["Install", "gate", "comment"]
    assert "attest" in ACTION["inputs"]["package"]["default"]


def _hides_the_key(step: dict[str, Any]) -> bool:
    return bool(step.get("env", {}).get("DOMAIN_SAFETY_SIGNING_KEY") == "")


def test_gitlab_signs_in_a_job_of_its_own(runner: Runner) -> None:
    private, _ = keys(runner.project.path)
    runner.project.write("domain-safety.json", passed().to_json())
    (_, script) = GITLAB["attest"]["script"]
    done = runner.run(script, ARTIFACT=str(ARTIFACT), SIGNING_KEY=str(private))
    assert (done.returncode, done.stderr) == (0, "")
    assert "(PASSED, signed by " in done.stdout
    assert [name for name, job in GITLAB.items() if "SIGNING_KEY" in str(job)] == ["attest"]
    assert GITLAB["stages"] == ["gate", "attest", "deploy", "publish"]


JOBS: Final = ("kubernetes-job", "argocd-presync")


@pytest.mark.parametrize("name", JOBS)
def test_a_job_verifies_by_key_and_policy_of_the_cluster(name: str) -> None:
    job = manifest(name)
    assert (job["apiVersion"], job["kind"], job["spec"]["backoffLimit"]) == ("batch/v1", "Job", 0)
    pod = job["spec"]["template"]["spec"]
    assert pod["restartPolicy"] == "Never"
    (container,) = pod["containers"]
    mounted = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
    maps = {each["name"]: each["configMap"]["name"] for each in pod["volumes"]}
    assert {path: maps[volume] for path, volume in mounted.items()} == {
        "/statement": "assistant-verdict",
        "/trust": "domain-safety-trust",
    }
    assert pod == manifest(JOBS[0])["spec"]["template"]["spec"]


def test_what_a_job_runs_lets_only_the_attested_image_through(runner: Runner) -> None:
    path = runner.project.path
    (container,) = manifest("kubernetes-job")["spec"]["template"]["spec"]["containers"]
    args = shlex.join(container["args"]).replace("/statement/", "").replace("/trust/", "")
    named = re.findall(r"--artifact=(\S+)", args)
    runner.project.write("policy.toml", 'max_age = "1 day"\n')
    attest(path / "report.json", path)
    (command,) = re.findall(r"ENTRYPOINT (\[.*\])", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"))
    line = f"{shlex.join(json.loads(command))} {args}"
    assert _verify(runner, line.replace(named[0], str(ARTIFACT))) == 0
    assert _verify(runner, line) == 1


def test_argo_cd_has_the_statement_before_the_job() -> None:
    hook = manifest("argocd-presync")["metadata"]["annotations"]
    (generated,) = manifest("kustomization")["configMapGenerator"]
    before = generated["options"]["annotations"]
    assert hook["argocd.argoproj.io/hook"] == before["argocd.argoproj.io/hook"] == "PreSync"
    assert int(before["argocd.argoproj.io/sync-wave"]) < int(hook["argocd.argoproj.io/sync-wave"])
    assert generated["name"] == "assistant-verdict"


CALLED: Final = """\
#!/usr/bin/env python3
import pathlib, sys
with pathlib.Path("called.txt").open("a") as file:
    file.write(" ".join(sys.argv[1:]) + "\\n")
for word in sys.argv:
    if word.startswith("--predicate="):
        pathlib.Path("seen.json").write_text(pathlib.Path(word.partition("=")[2]).read_text())
sys.exit("wait" in sys.argv and not pathlib.Path("complete").exists())
"""
"""In the place of a program that is not here: it notes how it was called, and a Job completes if a file says so."""


def _called(runner: Runner) -> list[str]:
    return (runner.project.path / "called.txt").read_text(encoding="utf-8").splitlines()


def test_nothing_is_rolled_out_before_the_job_completed(runner: Runner) -> None:
    runner.tool("kubectl", CALLED)
    script = shlex.join(["bash", str(DEPLOY / "roll-out.sh")])
    assert runner.run(script).returncode == 1
    assert _called(runner)[-1].startswith("wait --for=condition=complete ")
    runner.project.write("complete", "")
    assert runner.run(script).returncode == 0
    assert _called(runner)[-1] == "apply --filename=deployment.yaml"


def test_cosign_is_given_the_predicate_of_a_blocked_run_too(runner: Runner) -> None:
    runner.tool("cosign", CALLED)
    runner.project.write("report.json", BLOCKED.to_json())
    done = runner.run(shlex.join(["bash", str(DEPLOY / "attest-image.sh"), "report.json", str(ARTIFACT)]))
    assert (done.returncode, done.stderr) == (0, "")
    (call,) = _called(runner)
    assert f"--type={PREDICATE} " in call
    assert call.endswith(f" {ARTIFACT}")
    predicate = json.loads((runner.project.path / "seen.json").read_text(encoding="utf-8"))
    assert predicate == _statement(BLOCKED)["predicate"] | {"configuration": predicate["configuration"]}
    assert predicate["result"] == "FAILED"


WANTED: Final = passed(gated("surveillance"), gated("financial_fraud"), gated("other"))
STATEMENTS: Final = [
    (WANTED, True),
    (passed(gated("surveillance")), False),
    (passed(gated("surveillance"), gated("financial_fraud", "block"), decision="block"), False),
    (passed(*WANTED.domains, decision="inconclusive"), False),
]


def _statement(report: Report) -> dict[str, Any]:
    """What `cosign attest` would put there, in the words of `domain-safety attest`."""
    found: dict[str, Any] = json.loads(stated(report).to_text())
    return found


@pytest.mark.parametrize(("report", "admitted"), STATEMENTS)
def test_kyverno_asks_for_the_result_and_the_domains(report: Report, *, admitted: bool) -> None:
    (rule,) = manifest("kyverno")["spec"]["rules"]
    (verified,) = rule["verifyImages"]
    assert (verified["failureAction"], verified["required"]) == ("Enforce", True)
    (attestation,) = verified["attestations"]
    assert attestation["type"] == PREDICATE
    (conditions,) = attestation["conditions"]
    assert {each["operator"] for each in conditions["all"]} == {"Equals"}
    predicate = _statement(report)["predicate"]
    held = [_evaluated(each["key"], predicate) == each["value"] for each in conditions["all"]]
    assert all(held) is admitted


def _evaluated(key: str, predicate: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """What Kyverno's JMESPath between braces stands for; its variables are the predicate's fields."""
    (expression,) = re.findall(r"^\{\{ (.*) \}\}$", key)
    return jmespath.search(expression, predicate)


@pytest.mark.parametrize(("report", "admitted"), STATEMENTS)
def test_the_policy_controllers_rego_admits_the_same(report: Report, *, admitted: bool) -> None:
    policy = manifest("policy-controller")
    assert policy["spec"]["mode"] == "enforce"
    (authority,) = policy["spec"]["authorities"]
    (attestation,) = authority["attestations"]
    assert (attestation["predicateType"], attestation["policy"]["type"]) == (PREDICATE, "rego")
    rego = Interpreter()
    rego.add_module("sigstore", attestation["policy"]["data"])
    rego.set_input(_statement(report))
    # A query for what is false has no answer.
    assert str(rego.query("data.sigstore.isCompliant")) == ('{"expressions":[true]}' if admitted else "undefined")


def test_mlflow_gets_the_alias_last_and_only_for_the_attested_bytes(
    runner: Runner, serve_module: Callable[[Responder], FakeServer]
) -> None:
    server, path = serve_module(lambda _: Answer({})), runner.project.path
    model = runner.project.write("model.bin", "weights")
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    attest(path / "report.json", path, type(ARTIFACT)("assistant", digest))
    script = shlex.join(
        [
            *("python", str(EXAMPLE / "promotion" / "mlflow_alias.py"), "model.bin", "assistant", "7"),
            *("--statement=verdict.json", "--key=public.pem"),
        ]
    )
    variables = {"MLFLOW_TRACKING_URI": server.url, "MLFLOW_TRACKING_TOKEN": "key"}
    done = runner.run(script, **variables)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("champion: assistant version 7\n")
    sent = [(request.path.rpartition("2.0/mlflow/")[2], request.body) for request in server.requests]
    assert [place for place, _ in sent] == ["model-versions/set-tag"] * 3 + ["registered-models/alias"]
    assert sent[-1][1] == {"name": "assistant", "version": "7", "alias": "champion"}
    assert sent[0][1]["value"] == f"assistant@sha256:{digest}"
    assert {request.headers["authorization"] for request in server.requests} == {"Bearer key"}
    model.write_text("other weights", encoding="utf-8")
    done = runner.run(script, **variables)
    assert done.returncode == 1
    assert "NOT VERIFIED: verdict.json: it is on another artifact" in done.stderr
    assert len(server.requests) == len(sent)
