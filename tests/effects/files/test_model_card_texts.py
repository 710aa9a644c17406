"""What people wrote in a model card stays byte for byte, or nothing is written."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
import yaml
from huggingface_hub import ModelCard
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.effects.files.model_cards import updated, write_model_card
from pytest_domainsafety.render.model_card import END, START
from support.card_reports import THEIRS, read_back, report

OTHER = "{task: {type: a}, dataset: {type: b, name: c}, metrics: []}"


def without_ours(text: str) -> str:
    """A card that holds others' results too, with our lines taken out again."""
    text = re.sub(
        r"(?m)^ *- task:\r?\n +type: text-generation\r?\n +name: Text Generation(\r?\n {6,}.*)*\r?\n", "", text
    )
    return re.sub(rf"(\r?\n)?{START}[\S\s]*{END}\r?\n", "", text)


# What people wrote


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_others_text_keys_comments_and_results_stay_byte_for_byte(ending: str, tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    old = THEIRS.replace("\n", ending)
    file.write_bytes(old.encode())
    file.chmod(0o640)
    write_model_card(file, report("block", rate=1.0))
    new = file.read_bytes().decode()
    assert without_ours(new) == old
    rest, results = read_back(new)
    assert rest == {"license": "mit", "tags": ["a", "b"]}
    assert [each.dataset_type for each in results] == ["squad"] + ["pytest-domainsafety"] * 4
    assert ("\r\n" in new) == (ending == "\r\n")
    assert "\n" not in new.replace(ending, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    # What is added after ours, and a new run, change each other nothing.
    new = new.replace(f"# tags we use{ending}", f"# tags we use{ending}pipeline_tag: x{ending}") + f"More.{ending}"
    file.write_bytes(new.encode())
    write_model_card(file, report("pass"))
    again = file.read_bytes().decode()
    assert again.endswith(f"{END}{ending}More.{ending}")
    assert [each.metric_value for each in read_back(again)[1]][:2] == [0.5, 0.0]
    assert without_ours(again).partition("More")[0] in without_ours(new)


def test_a_run_written_twice_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text(THEIRS)
    write_model_card(file, report())
    before = file.stat()
    write_model_card(file, report())
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_card_saved_by_the_hubs_library_is_updated() -> None:
    saved = str(ModelCard(updated(THEIRS, report("block", rate=1.0))))
    again = updated(saved, report())
    assert [each.metric_value for each in read_back(again)[1]] == [0.5, 0.0, 0.0487, 0.25, 0.2987]
    assert updated(again, report()) == again


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "card.md").write_text("# Mine\n")
    link = tmp_path / "README.md"
    link.symlink_to("card.md")
    write_model_card(link, report())
    assert link.is_symlink()
    assert START in (tmp_path / "card.md").read_text(encoding="utf-8")


NAMES = st.sampled_from(["license", "language", "widget", "x", "thumbnail", "überschrift"])
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.floats(allow_nan=False)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
RESULTS = st.lists(
    st.fixed_dictionaries(
        {
            "task": st.fixed_dictionaries({"type": st.text(max_size=5)}),
            "dataset": st.fixed_dictionaries({"type": st.text(max_size=5), "name": st.text(max_size=5)}),
            "metrics": st.lists(st.fixed_dictionaries({"type": st.just("f1"), "value": VALUES}), max_size=2),
        }
    ),
    max_size=3,
)


@st.composite
def fronts(draw: st.DrawFn) -> str:
    """Front matter in one of the layouts that YAML's writer knows, with comments and perhaps a model index."""
    indent = draw(st.sampled_from([None, 2, 4]))
    parts = []
    data: dict[str, object] = draw(st.dictionaries(NAMES, VALUES, max_size=3))
    items = [*data.items()]
    if draw(st.booleans()):
        models = [
            {"name": name, "results": draw(RESULTS)}
            for name in draw(st.lists(st.text(min_size=1, max_size=4), max_size=2))
        ]
        items.insert(draw(st.integers(0, len(items))), ("model-index", models))
    for key, value in items:
        parts.append("# a comment\n" * draw(st.booleans()))
        parts.append(yaml.safe_dump({key: value}, indent=indent, allow_unicode=draw(st.booleans())))
    return "---\n" + "".join(parts) + "---\n" if items else ""


BODIES = st.text(
    st.one_of(st.sampled_from("\n\r-#<>! "), st.characters(exclude_categories=["Cs"])), max_size=60
).filter(lambda text: not re.match(r"\ufeff?\s*---", text))


@settings(deadline=None, max_examples=40)
@given(front=fronts(), body=BODIES, crlf=st.booleans(), first=st.sampled_from([0.0, 1.0, None]))
def test_whatever_stands_around_survives(front: str, body: str, crlf: bool, first: float | None) -> None:  # noqa: FBT001
    front = front.replace("\n", "\r\n") if crlf else front
    old = front + body
    one = updated(old, report("block", rate=first, technical=None))
    two = updated(one, report("pass"))
    assert updated(two, report("pass")) == two
    for text in (one, two):
        head, _, _ = text.partition(START)
        assert head.rstrip("\r\n").endswith(body.rstrip("\r\n"))
        assert body in text
        theirs = [line for line in front.splitlines() if line not in {"---", "model-index: []"}]
        written = text.splitlines()
        for line in theirs:
            if "results: []" not in line:
                assert written.count(line) >= theirs.count(line)
        if front:
            expected = yaml.safe_load(front.replace("\r\n", "\n").strip("-\n")) or {}
            got = yaml.safe_load(text.partition("---")[2].partition("\n---")[0]) or {}
            others = [
                result
                for model in got.get("model-index") or []
                for result in model["results"]
                if result["dataset"]["type"] != "pytest-domainsafety"
            ]
            assert repr(others) == repr(
                [result for model in expected.get("model-index") or [] for result in model["results"]]
            )


# What cannot be updated is left as it was


@pytest.mark.parametrize(
    ("card", "said"),
    [
        ("---\nlicense: mit\n# Title\n", "its front matter has no end"),
        ("---\nlicense: mit\nx: [\n---\n", "cannot read its front matter (line 4: "),
        ("---\n- a list\n---\n", "cannot read its front matter"),
        ("---\nmodel-index: text\n---\n", "cannot read its front matter"),
        ("---\nmodel-index:\n- name: x\n---\n", "cannot read its front matter"),
        ("---\n{license: mit}\n---\n", "without braces"),
        (f"---\nmodel-index:\n- {{name: x, results: [{OTHER}]}}\n---\n", "without braces"),
        (f"---\nmodel-index:\n- name: x\n  results: [{OTHER}]\n---\n", "without braces"),
        (f"---\nx: &x\n  - {OTHER}\nmodel-index:\n- name: x\n  results: *x\n---\n", "without braces"),
        ("---\nmodel-index: []\nmodel-index: []\n---\n", "stand twice"),
        (f"# Title\n{START}\nold\n", "it must hold one"),
        (f"{END}\n{START}\n", "it must hold one"),
        (f"{START}\n{END}\n{START}\n{END}\n", "it must hold one"),
        (b"\xff\xfe", "is not UTF-8"),
    ],
)
def test_what_is_not_whole_is_one_sentence_and_nothing_is_written(
    card: str | bytes, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "README.md"
    file.write_bytes(card if isinstance(card, bytes) else card.encode())
    before = file.read_bytes()
    with pytest.raises(ConfigurationError, match=re.escape(said)) as complaint:
        write_model_card(file, report())
    assert "\n" not in str(complaint.value)
    assert "README.md" in str(complaint.value)
    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["README.md"]


def test_a_folder_in_the_place_of_the_card_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        write_model_card(tmp_path, report())
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_model_card(tmp_path / "none" / "README.md", report())
