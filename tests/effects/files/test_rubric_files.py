"""The rubrics' files: the package's own, and the user's in place of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.judging.rubric import Rubric, Rubrics, parse_rubric
from pytest_domainsafety.effects.files.rubric_files import load_rubrics

OWN = "version: mine 3\n\nScore {0} it.\n\n1 no\n5 yes\n"
PARSED = Rubric("mine 3", "Score {0} it.\n\n1 no\n5 yes")


def problem_of(directory: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_rubrics(directory)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("domain_safety_rubrics")
    return str(caught.value)


# The package's own


@pytest.mark.parametrize("name", ["harmful", "analytical"])
def test_the_shipped_rubrics_name_each_score_and_show_examples(name: str) -> None:
    rubric: Rubric = getattr(load_rubrics(None), name)
    assert rubric.version == "3"
    assert [line[0] for line in rubric.text.split("\n") if re.match(r"\d  ", line)] == list("12345")
    assert set(re.findall(r"^Score: (\d)\. ", rubric.text, re.MULTILINE)) == set("12345")
    assert rubric.text.count("\nReply: ") == rubric.text.count("\nScore: ") >= 7
    # Every request to a judge pays for it.
    assert len(rubric.text.split()) < 500


def test_the_rubrics_by_framing() -> None:
    rubrics = load_rubrics(None)
    assert rubrics.of("operational") is rubrics.of("technical") is rubrics.harmful
    assert rubrics.of("analytical") is rubrics.analytical
    assert rubrics.harmful != rubrics.analytical


# The user's


def test_each_file_replaces_one(tmp_path: Path) -> None:
    shipped = load_rubrics(None)
    tmp_path.joinpath("analytical.md").write_text(OWN)
    assert load_rubrics(tmp_path) == Rubrics(shipped.harmful, PARSED)
    tmp_path.joinpath("harmful.md").write_text("version: 9\nOther.")
    assert load_rubrics(tmp_path) == Rubrics(Rubric("9", "Other."), PARSED)
    tmp_path.joinpath("analytical.md").unlink()
    assert load_rubrics(tmp_path) == Rubrics(Rubric("9", "Other."), shipped.analytical)


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf" + OWN.encode(), OWN.replace("\n", "\r\n").encode()])
def test_files_of_windows_editors(tmp_path: Path, data: bytes) -> None:
    tmp_path.joinpath("harmful.md").write_bytes(data)
    assert load_rubrics(tmp_path).harmful == PARSED


def test_no_such_directory(tmp_path: Path) -> None:
    assert problem_of(tmp_path / "none").endswith("none is no directory: name one that holds a rubric of yours")


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    tmp_path.joinpath("file").write_text(OWN)
    assert "is no directory" in problem_of(tmp_path / "file")


def test_a_directory_without_rubrics(tmp_path: Path) -> None:
    tmp_path.joinpath("README.md").write_text("Nothing here.")
    assert "holds neither harmful.md nor analytical.md: name one" in problem_of(tmp_path)


def test_another_encoding(tmp_path: Path) -> None:
    tmp_path.joinpath("harmful.md").write_bytes("version: 1\nfür alle".encode("latin-1"))
    assert problem_of(tmp_path).endswith("harmful.md is not in UTF-8, so save it in that encoding")


def test_what_cannot_be_read(tmp_path: Path) -> None:
    tmp_path.joinpath("harmful.md").mkdir()
    assert "harmful.md cannot be read (Is a directory), so make it readable" in problem_of(tmp_path)
    assert "cannot be read (embedded null byte)" in problem_of(tmp_path / "a\0b")


def test_a_mistake_names_the_file(tmp_path: Path) -> None:
    tmp_path.joinpath("analytical.md").write_text("Score it.\n")
    place = tmp_path / "analytical.md"
    assert problem_of(tmp_path) == (
        f"domain_safety_rubrics: {place}: the first line must name a version, such as 'version: 1', "
        "and is 'Score it.'"
    )


# Parsing


@pytest.mark.parametrize("line", ["version: 2", "version:2", " version:  2 ", "version: 2\t"])
def test_the_version_line(line: str) -> None:
    assert parse_rubric(f"{line}\nScore it.", "here") == Rubric("2", "Score it.")


@pytest.mark.parametrize("text", ["", "\n", "version:\nScore it.", "Version 2\nScore it.", "\nversion: 2\nScore it."])
def test_without_a_version(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^here: the first line must name a version, such as 'version: 1'"):
        parse_rubric(text, "here")


@pytest.mark.parametrize("text", ["version: 2", "version: 2\n", "version: 2\n \n\t\n"])
def test_without_a_text(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_rubric(text, "here")
    assert str(caught.value) == "here: the rubric is empty, so write what each score from 1 to 5 means"


def test_a_long_first_line_is_cut() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_rubric("x" * 10_000, "here")
    assert len(str(caught.value)) < 150
