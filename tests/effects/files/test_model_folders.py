"""The digest of a model's folder: what the signers of models compute, and what they leave out of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_domainsafety.core.attestation.artifact import Artifact, model_artifact
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.effects.files.model_folders import read_model

MIXED = {
    ".hidden": b"h",
    "Z": b"",
    "a/b.txt": b"nested",
    "a-c": b"dashed",
    "a.b": b"dotted",
    "config.json": b"{}",
    "sub/.gitignore": b"kept",
    "sub/model.sig": b"kept too",
    "weights.bin": bytes(range(256)) * 8192,
    "é.txt": "é".encode(),
}
"""In the order of model-signing, which is by the parts of paths: `a/b.txt` before `a-c`."""

IGNORED = {".git/HEAD": b"ref", ".gitattributes": b"x", ".github/w.yml": b"x", ".gitignore": b"x", "model.sig": b"s"}

KNOWN = {
    "one": ({"one": b"1"}, "9c2e4d8fe97d881430de4e754b4205b9c27ce96715231cffc4337340cb110280"),
    "mixed": (MIXED, "56dc6c168a8efea94ccc86ae7bde8887febdc809bcddb1012599959469b45853"),
}
"""Of model-signing 1.1.1: the subject's sha256 in the statement that it signs, `model.sig` given as ignored."""


EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
A_SHA256 = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
LISTED_SHA256 = "366b990b7f0df1bd1c27eae9904f52fd90992b6a9dedaaf4a2f88faa90185e69"
"""Of `printf a >b; printf '' >a; sha256sum --zero a b | sha256sum`."""


def model(folder: Path, files: dict[str, bytes]) -> Path:
    """A folder with these files."""
    for name, content in files.items():
        file = folder / "assistant" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder / "assistant"


def digests(folder: Path) -> tuple[str, str | None]:
    found = read_model(folder, None)
    return found.sha256, found.files_sha256


@pytest.mark.parametrize("name", KNOWN)
def test_the_digest_is_that_of_model_signing(tmp_path: Path, name: str) -> None:
    files, sha256 = KNOWN[name]
    found = read_model(model(tmp_path, files), None)
    assert (found.name, found.sha256) == ("assistant", sha256)


def test_the_digest_with_names_is_that_of_sha256sum() -> None:
    empty, letter = (bytes.fromhex(each) for each in (EMPTY_SHA256, A_SHA256))
    assert model_artifact("m", {"b": letter, "a": empty}).files_sha256 == LISTED_SHA256


def test_git_and_the_signature_are_no_part_of_it_and_all_else_is(tmp_path: Path) -> None:
    folder = model(tmp_path, MIXED)
    before = digests(folder)
    model(tmp_path, IGNORED)
    assert digests(folder) == before
    for name, content in MIXED.items():
        model(tmp_path, {name: b"changed"})
        assert all(now != then for now, then in zip(digests(folder), before, strict=True))
        model(tmp_path, {name: content})
    assert digests(folder) == before
    model(tmp_path, {"new/model.sig": b"s"})
    assert digests(folder) != before


def test_a_file_of_another_name_shows_in_the_digest_with_names_alone(tmp_path: Path) -> None:
    folder = model(tmp_path, {"config.json": b"{}"})
    signed, named = digests(folder)
    (folder / "config.json").rename(folder / "other.json")
    assert digests(folder)[0] == signed == "c74f3008fdd2f7c5ae5446ab2e522629f63346f68a4026b4f72b91b393475ff6"
    assert digests(folder)[1] != named


def test_names_that_are_no_unicode_are_read(tmp_path: Path) -> None:
    folder = os.fsencode(model(tmp_path, {"one": b"1"}))
    try:
        Path(os.fsdecode(folder + b"/\xff")).write_bytes(b"2")
    except OSError:
        pytest.skip("this file system takes no such name")
    assert digests(tmp_path / "assistant")[0] != KNOWN["one"][1]


def test_a_given_name_is_the_artifacts(tmp_path: Path) -> None:
    folder = model(tmp_path, {"one": b"1"})
    assert str(read_model(folder, "acme/model")) == f"acme/model@sha256:{KNOWN['one'][1]}"


def refused(folder: Path, name: str | None = None) -> str:
    with pytest.raises(ConfigurationError) as error:
        read_model(folder, name)
    return str(error.value)


def test_links_are_refused_wherever_they_stand(tmp_path: Path) -> None:
    folder = model(tmp_path, {"one": b"1", "sub/two": b"2"})
    (tmp_path / "link").symlink_to(folder)
    assert refused(tmp_path / "link").startswith(f"{tmp_path / 'link'} is a symbolic link")
    for target in (folder / "one", folder / "sub", tmp_path / "nowhere"):
        link = folder / "sub" / "link"
        link.symlink_to(target)
        assert refused(folder).startswith(f"{link} is a symbolic link, and what it points to may change: copy")
        link.unlink()


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    assert "is no folder: give --artifact NAME@sha256:HEX" in refused(tmp_path / "nowhere")
    folder = model(tmp_path, IGNORED)
    assert "holds no file of a model" in refused(folder)
    assert "is no name of an artifact" in refused(folder, "two words")
    digested = str(Artifact("assistant", "a" * 64))
    assert refused(folder, digested) == "--model has the digest: give --artifact assistant without one"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    folder = model(tmp_path, {"one": b"1"})
    os.mkfifo(folder / "pipe")
    assert "is neither a file nor a folder" in refused(folder)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="who may read everything can")
def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = model(tmp_path, {"one": b"1"})
    (folder / "one").chmod(0)
    assert refused(folder).startswith(f"{folder / 'one'} cannot be read (Permission denied)")
