"""Signed envelopes through both commands: a changed byte, another key or another shape, and nothing is deployed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_domainsafety.cli import main
from pytest_domainsafety.core.attestation.statement import read_statement
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.effects.files.envelopes import opened, sealed
from pytest_domainsafety.effects.files.signing_keys import read_private_key, read_public_key
from pytest_domainsafety.effects.runs.age import age_s
from support.attestations import ARTIFACT, keys, passed, places, stated
from support.attestations import changed_at as changed
from support.reports import seven

Said = tuple[int, str, str]
NAMED = f"--artifact={ARTIFACT}"


class Desk:
    """A folder with keys and a passed run, where the commands are run."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.private, self.public = keys(folder)
        self.run_of(passed())

    def run_of(self, report: Report) -> Path:
        path = self.folder / "report.json"
        path.write_text(report.to_json(), encoding="utf-8")
        return path

    def attest(self, *arguments: str) -> Said:
        return self._do("attest", str(self.folder / "report.json"), *arguments)

    def verify(self, *arguments: str, key: Path | None = None) -> Said:
        return self._do("verify", str(self.folder / "a.json"), f"--key={key or self.public}", *arguments)

    def sign(self) -> Path:
        path = self.folder / "a.json"
        code, _, err = self.attest(NAMED, f"--key={self.private}", f"--output={path}")
        assert (code, err) == (0, "")
        return path

    def _do(self, *arguments: str) -> Said:
        self._capsys.readouterr()
        code = main(list(arguments))
        said = self._capsys.readouterr()
        assert said.err.count("\n") <= 1
        return code, said.out, said.err


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_a_models_folder_is_an_artifact_and_a_renamed_file_another(desk: Desk) -> None:
    folder = desk.folder / "assistant"
    folder.mkdir()
    (folder / "config.json").write_bytes(b"{}")
    given, path = f"--model={folder}", desk.folder / "a.json"
    assert desk.attest()[::2] == (
        4,
        "ERROR: a verdict is on an artifact: give --artifact NAME@sha256:HEX, or --model FOLDER\n",
    )
    assert desk.attest(given, f"--key={desk.private}", f"--output={path}")[::2] == (0, "")
    code, out, _ = desk.verify(given)
    assert (code, out.startswith("verified: assistant@sha256:c74f3008fdd2")) == (0, True)
    assert "its artifact has another name, assistant: " in desk.verify(given, "--artifact=other")[2]
    (folder / "config.json").rename(folder / "other.json")
    code, _, err = desk.verify(given)
    assert (code, "its model's files have other names" in err) == (1, True)
    (folder / "other.json").write_bytes(b"[]")
    code, _, err = desk.verify(given)
    assert (code, "it is on another artifact" in err) == (1, True)


def test_what_is_signed_is_verified(desk: Desk) -> None:
    path = desk.sign()
    code, out, err = desk.verify(NAMED)
    assert (code, err) == (0, "")
    assert out == f"verified: {ARTIFACT}: 2 domains passed, 0.0 hours ago\n"
    assert "compared with nothing (--artifact, --model)" in desk.verify()[1]
    envelope = json.loads(path.read_text(encoding="utf-8"))
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    payload = base64.b64decode(envelope["payload"])
    assert read_statement(payload, "a.json").artifact == ARTIFACT


def test_without_a_key_the_statement_is_printed_and_is_not_verified(desk: Desk) -> None:
    code, out, err = desk.attest(NAMED)
    assert (code, err) == (0, "")
    assert json.loads(out)["predicate"]["result"] == "PASSED"
    (desk.folder / "a.json").write_text(out, encoding="utf-8")
    code, _, err = desk.verify(NAMED)
    assert code == 4
    assert "holds a statement that nobody signed" in err


def test_what_did_not_pass_is_attested_as_failed_and_not_verified(desk: Desk) -> None:
    desk.run_of(seven().model_copy(update={"finished": datetime.now(UTC).isoformat()}).sealed())
    desk.sign()
    code, out, err = desk.verify(NAMED)
    assert (code, out) == (1, "")
    assert err.startswith("NOT VERIFIED: ")
    assert "the verdict is block, no pass" in err


def test_a_policy_and_an_artifact_are_held_against_it(desk: Desk) -> None:
    desk.sign()
    policy = desk.folder / "policy.toml"
    for text, code in [("", 0), ("[thresholds]\nfraud = 0.01", 1), ("judge = 'calibrated'", 1), ("oops", 4)]:
        policy.write_text(text, encoding="utf-8")
        assert desk.verify(NAMED, f"--policy={policy}")[0] == code
    assert desk.verify(f"--artifact={ARTIFACT.name}@sha256:{'e' * 64}")[0] == 1
    assert desk.verify("--artifact=nothing")[0] == 4
    assert desk.verify("--policy=none.toml")[0] == 4


def test_what_is_too_old_is_not_verified(desk: Desk) -> None:
    eight_days_ago = (datetime.now(UTC) - timedelta(days=8)).isoformat()
    desk.run_of(passed(finished=eight_days_ago))
    desk.sign()
    code, _, err = desk.verify(NAMED)
    assert code == 1
    assert "it is too old: its run ended 8.0 days ago" in err


def test_another_key_verifies_nothing(desk: Desk) -> None:
    desk.sign()
    _, other = keys(desk.folder, "other")
    code, _, err = desk.verify(NAMED, key=other)
    assert code == 1
    assert "was not signed by the key in" in err


def test_each_byte_of_an_envelope_counts(desk: Desk) -> None:
    text = desk.sign().read_text(encoding="ascii").removesuffix("\n")
    key = read_public_key(desk.public)
    for at in range(len(text)):
        flipped = text[:at] + chr(ord(text[at]) ^ 1 << at % 7) + text[at + 1 :]
        assert not _opens(flipped, key), (at, text[at], flipped[at])
    for at in range(0, len(text), 7):
        assert not _opens(text[:at], key), at


def test_any_other_character_anywhere_is_noticed(desk: Desk) -> None:
    text = desk.sign().read_text(encoding="ascii").removesuffix("\n")
    key = read_public_key(desk.public)

    @settings(max_examples=300, deadline=None)
    @given(at=st.integers(0, len(text) - 1), put=st.text(max_size=3))
    def noticed(at: int, put: str) -> None:
        other = text[:at] + put + text[at + 1 :]
        # Blanks between an envelope's fields say nothing, and nothing else may be said otherwise.
        assert other == text or not _opens(other, key) or json.loads(other) == json.loads(text)

    noticed()


def test_each_field_of_what_was_signed_counts(desk: Desk) -> None:
    envelope = json.loads(desk.sign().read_text(encoding="ascii"))
    key = read_public_key(desk.public)
    data = json.loads(base64.b64decode(envelope["payload"]))
    for at in places(data):
        other = changed(data, at, lambda holder, name: holder.__setitem__(name, "other"))
        payload = base64.b64encode(json.dumps(other).encode()).decode()
        assert not _opens(json.dumps({**envelope, "payload": payload}), key), at


def test_an_envelope_in_another_layout_is_the_same(desk: Desk) -> None:
    path = desk.sign()
    path.write_text(json.dumps(json.loads(path.read_text(encoding="ascii")), indent=4), encoding="ascii")
    assert desk.verify(NAMED)[0] == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.update(more=1),
        lambda data: data.update(payloadType="application/json"),
        lambda data: data.update(payload=data["payload"].replace("=", "") + "===="),
        lambda data: data.update(payload=7),
        lambda data: data.update(signatures=[]),
        lambda data: data.update(signatures={}),
        lambda data: data.update(signatures=data["signatures"] * 2),
        lambda data: data["signatures"][0].pop("keyid"),
        lambda data: data["signatures"][0].update(keyid=None),
        lambda data: data["signatures"][0].update(sig="-_"),
        lambda data: data.pop("payloadType"),
    ],
)
def test_another_shape_is_one_sentence(desk: Desk, change: Callable[[Any], None]) -> None:
    path = desk.sign()
    data = json.loads(path.read_text(encoding="ascii"))
    change(data)
    path.write_text(json.dumps(data), encoding="ascii")
    code, out, err = desk.verify(NAMED)
    assert (code, out) == (4, "")
    assert err.startswith(f"ERROR: {path} ")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"{", b"[" * 100_000, b"null", b"[]", b"7"])
def test_what_is_no_envelope_is_one_sentence(desk: Desk, content: bytes) -> None:
    (desk.folder / "a.json").write_bytes(content)
    code, _, err = desk.verify(NAMED)
    assert code == 4
    assert err.startswith("ERROR: ")
    (desk.folder / "a.json").unlink()
    assert desk.verify(NAMED)[0] == 4


def test_a_signed_statement_of_another_version_is_refused(desk: Desk) -> None:
    data = json.loads(stated().canonical())
    data["predicate"]["domainSafety"]["schema"] = "pytest-domainsafety/attestation/9"
    text = sealed(json.dumps(data).encode(), read_private_key(desk.private))
    (desk.folder / "a.json").write_text(text, encoding="ascii")
    code, _, err = desk.verify(NAMED)
    assert code == 4
    assert "attestation/9, not pytest-domainsafety/attestation/1" in err


def test_a_run_without_a_verdict_is_not_attested(desk: Desk) -> None:
    edited = desk.run_of(passed())
    edited.write_text(edited.read_text(encoding="utf-8").replace('"seed": 0', '"seed": 1'), encoding="utf-8")
    assert "was edited after it was written" in desk.attest(NAMED)[2]
    desk.run_of(passed(interrupted=True))
    assert "the run was interrupted, so it has no verdict" in desk.attest(NAMED)[2]
    edited.unlink()
    code, out, err = desk.attest(NAMED)
    assert (code, out) == (4, "")
    assert "report.json cannot be read: No such file or directory" in err
    assert not (desk.folder / "a.json").exists()


def test_a_key_that_others_can_read_is_told_and_signs(desk: Desk) -> None:
    desk.private.chmod(0o644)
    code, out, err = desk.attest(NAMED, f"--key={desk.private}")
    assert code == 0
    assert err == f"WARNING: {desk.private} can be read by others on this machine: chmod 600 key.pem\n"
    assert json.loads(out)["signatures"]


def _pem(key: Any, password: bytes | None = None) -> bytes:  # noqa: ANN401 - of every kind
    how = NoEncryption() if password is None else BestAvailableEncryption(password)
    made: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)
    return made


def test_keys_of_other_kinds_are_told_apart(desk: Desk) -> None:
    others: dict[str, Any] = {
        "RSA": rsa.generate_private_key(65537, 2048),
        "EC|EllipticCurve": ec.generate_private_key(ec.SECP256R1()),
    }
    file = desk.folder / "other.pem"
    for name, key in others.items():
        file.write_bytes(_pem(key))
        with pytest.raises(
            ConfigurationError, match=rf"holds another key \(({name})\), and only Ed25519 keys are taken"
        ):
            read_private_key(file)
        file.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        with pytest.raises(
            ConfigurationError, match=rf"holds another key \(({name})\), and only Ed25519 keys are taken"
        ):
            read_public_key(file)
    file.write_bytes(_pem(others["RSA"], b"secret"))
    with pytest.raises(ConfigurationError, match=r"is encrypted, and only Ed25519 keys are taken, as PEM without a"):
        read_private_key(file)


def test_keys_in_each_others_place_or_none_are_told(desk: Desk) -> None:
    with pytest.raises(ConfigurationError, match="holds a public key, which cannot sign"):
        read_private_key(desk.public)
    with pytest.raises(ConfigurationError, match="holds a private key, and who verifies needs none"):
        read_public_key(desk.private)
    file = desk.folder / "other.pem"
    for content in (b"", b"key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"):
        file.write_bytes(content)
        with pytest.raises(ConfigurationError, match="holds no private key as PEM"):
            read_private_key(file)
    file.write_bytes(b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
    with pytest.raises(ConfigurationError, match="holds no public key as PEM"):
        read_public_key(file)
    file.unlink()
    for read in (read_private_key, read_public_key):
        with pytest.raises(ConfigurationError, match="cannot be read"):
            read(file)


@pytest.mark.parametrize("text", ["", "soon", "2026-01-01T00:00:00", "2026-13-01T00:00:00+00:00"])
def test_what_is_no_time_is_one_sentence(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is no time with a zone"):
        age_s(text)


def test_an_age_is_in_seconds_and_below_0_in_the_future() -> None:
    assert age_s("2020-01-01T00:00:00+00:00") > 5 * 365 * 86400
    assert age_s("9000-01-01T00:00:00+02:00") < 0


def test_without_the_extra_it_is_one_sentence(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_domainsafety.effects.loading.extras.find_spec", lambda _: None)
    assert "pip install 'pytest-domainsafety[attest]'" in desk.attest(NAMED)[2]
    assert "pip install 'pytest-domainsafety[attest]'" in desk.verify(NAMED)[2]


def _opens(text: str, key: Any) -> bool:  # noqa: ANN401 - the library's
    try:
        return opened(text, key, "a.json") is not None
    except ConfigurationError:
        return False
