"""Folders of request files."""

from __future__ import annotations

import errno
import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pytest_domainsafety.core.batch.manifest import Manifest
from pytest_domainsafety.core.batch.request_lines import asked_lines
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.effects.batches.folders import add_files, check_new, make_folder, manifest_of, written_at
from pytest_domainsafety.effects.batches.request_files import known_ids, write_requests

TAG = "0a1b2c3d"
SECRET = "00" * 16


def lines(count: int) -> list[str]:
    return list(asked_lines(TAG, "deployment", [({"model": "m"}, map(str, range(count)))]))


def manifest(folder: Path, name: str = "requests", count: int = 5) -> Manifest:
    return Manifest(
        format=1, tag=TAG, secret=SECRET, written="x", drawn="d", identity={}, items=1, repetitions=5, url="/",
        files=write_requests(folder, name, lines(count), most_lines=2),
    )  # fmt: skip


def test_what_is_written_is_known_again_and_private(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "batch"
    made = make_folder(folder, manifest)
    assert made == manifest_of(folder)
    assert [(file.name, file.lines) for file in made.files] == [
        ("requests-0001.jsonl", 2), ("requests-0002.jsonl", 2), ("requests-0003.jsonl", 1)
    ]  # fmt: skip
    texts = [(folder / file.name).read_bytes() for file in made.files]
    assert [hashlib.sha256(text).hexdigest() for text in texts] == [file.sha256 for file in made.files]
    assert b"".join(texts).decode() == "".join(lines(5))
    ids = known_ids(folder, made.files, TAG)
    assert {f"{TAG}-{key.hex()}" for key in ids} == {line.split('"')[3] for line in lines(5)}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert [path.name for path in folder.parent.iterdir()] == ["batch"]


def test_an_empty_folder_is_as_good_as_none_and_another_is_not(tmp_path: Path) -> None:
    check_new(tmp_path / "new")
    (tmp_path / "empty").mkdir()
    check_new(tmp_path / "empty")
    make_folder(tmp_path / "empty", manifest)
    for taken in (tmp_path / "empty", tmp_path / "empty" / "manifest.json"):
        with pytest.raises(ConfigurationError, match="is there already and not empty"):
            check_new(taken)


def test_without_room_nothing_is_left(tmp_path: Path) -> None:
    def full(draft: Path) -> Manifest:
        manifest(draft)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ConfigurationError, match="cannot be written: No space left on device"):
        make_folder(tmp_path / "new", full)
    assert list(tmp_path.iterdir()) == []

    make_folder(tmp_path / "new", manifest)
    before = {path: path.read_bytes() for path in (tmp_path / "new").iterdir()}
    with pytest.raises(ConfigurationError, match="No space left on device"):
        add_files(tmp_path / "new", "judge", full)
    assert {path: path.read_bytes() for path in (tmp_path / "new").iterdir()} == before


def test_what_was_added_is_replaced_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    made = make_folder(folder, manifest)
    for count in (5, 1):

        def fill(draft: Path, count: int = count) -> Manifest:
            return made.model_copy(update={"judge_files": manifest(draft, "judge", count).files})

        add_files(folder, "judge", fill)
        assert manifest_of(folder).judge_requests == count
        assert sorted(path.name for path in folder.glob("judge*")) == [
            file.name for file in manifest_of(folder).judge_files
        ]
    assert known_ids(folder, manifest_of(folder).files, TAG)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2026-01-02T04:04:05+01:00", None),
        ("2026-01-02T03:59:00+00:00", None),
        ("2026-01-02T05:04:05+00:00", "was written at 2026-01-02 05:04 UTC by its manifest, which is still to come"),
        ("x", "was edited"),
        ("0001-01-01T00:00:00+23:59", "was edited"),
        ("9999-12-31T23:59:59-23:59", "was edited"),
    ],
)
def test_a_manifest_says_when_it_was_written(tmp_path: Path, written: str, said: str | None) -> None:
    made = manifest(tmp_path).model_copy(update={"written": written})
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    if said is None:
        assert abs(written_at(made, tmp_path, now) - now) < timedelta(hours=1)
        return
    with pytest.raises(ConfigurationError, match=said):
        written_at(made, tmp_path, now)


def test_a_file_that_was_edited_or_is_gone_is_refused(tmp_path: Path) -> None:
    made = make_folder(tmp_path / "new", manifest)
    file = tmp_path / "new" / made.files[1].name
    file.write_text(file.read_text(encoding="ascii").replace('"m"', '"n"'), encoding="ascii")
    with pytest.raises(ConfigurationError, match=r"requests-0002.jsonl was edited after it was written"):
        known_ids(tmp_path / "new", made.files, TAG)
    for lines_told in (-7, 1, 3):
        told = made.files[0].model_copy(update={"lines": lines_told})
        with pytest.raises(ConfigurationError, match=r"requests-0001.jsonl and the manifest beside it differ"):
            known_ids(tmp_path / "new", [told], TAG)
    with pytest.raises(ConfigurationError, match=r"requests-0001.jsonl and the manifest beside it differ"):
        known_ids(tmp_path / "new", made.files, "ffffffff")
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(ConfigurationError, match=r"requests-0002.jsonl cannot be read"):
        known_ids(tmp_path / "new", made.files, TAG)
    file.unlink()
    with pytest.raises(ConfigurationError, match=r"requests-0002.jsonl cannot be read \(No such file"):
        known_ids(tmp_path / "new", made.files, TAG)
    with pytest.raises(ConfigurationError, match=r"has no manifest\.json that can be read"):
        manifest_of(tmp_path)
