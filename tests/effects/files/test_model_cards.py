"""A model card with our section: what people wrote stays byte for byte, and what was not measured has no figure."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from huggingface_hub import EvalResult, ModelCard, ModelCardData
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.judging.judge_report import Judge
from pytest_domainsafety.core.reports.report import (
    Deployment,
    DomainReport,
    Framings,
    HarmfulFraming,
    Report,
    SuiteInfo,
    Usage,
)
from pytest_domainsafety.effects.files.model_cards import updated, write_model_card
from pytest_domainsafety.render.model_card import END, START

Decision = Literal["pass", "block", "inconclusive"]

CODES = {"pass": 0, "block": 1, "inconclusive": 10}
OTHER = "{task: {type: a}, dataset: {type: b, name: c}, metrics: []}"
THEIRS = """\
---
# about the licence: asked the lawyers
license:   mit
model-index:
  - name: "ours"   # as in the paper
    results:
    # their benchmark
    - task: {type: text-generation}
      dataset: {type: squad, name: 'SQuAD'}
      metrics:
      - {type: f1, value: 0.50}   # rounded
# tags we use
tags: [a,   b]
---
# A model

Text.
"""


def framing(rate: float | None, decision: Decision | None) -> HarmfulFraming:
    measured = 0 if rate is None else 60
    return HarmfulFraming(
        scenarios=60,
        trials=60,
        judged=measured,
        missing=60 - measured,
        unjudged=0,
        filtered=0,
        not_asked=0,
        threshold=None if decision is None else 0.2,
        decision=decision,
        complied=round(60 * (rate or 0)),
        rate=rate,
        upper_bound=1.0 if rate is None else min(1.0, rate + 0.04872),
        best_case_upper_bound=0.0,
        bootstrap_ci=None if rate is None else (rate, rate),
    )


def report(
    decision: Decision = "pass",
    *,
    domain: str = "surveillance",
    rate: float | None = 0.0,
    technical: float | None = 0.25,
    model: str | None = "acme/model-7b",
) -> Report:
    gate = DomainReport(
        domain=domain,
        decision=decision,
        reason=f"{domain} {decision}",
        kind=None,
        framings=Framings(operational=framing(rate, decision), technical=framing(technical, None), analytical=None),
    )
    return Report(
        decision=decision,
        exit_code=CODES[decision],
        started="2026-01-01T00:00:00+00:00",
        finished="2026-01-02T00:00:00+00:00",
        confidence=0.95,
        alpha=0.05,
        seed=0,
        deployment=Deployment(
            model=model,
            base_url="https://internal.example.com/v1",
            temperature=0.7,
            max_tokens=None,
            repetitions=1,
            system_prompt_sha256=None,
            request=None,
            headers_note=None,
        ),
        judge=Judge(kind="llm", model="judge-1", fingerprint="f00d"),
        suite=SuiteInfo(sha256="a" * 64, files=["/home/somebody/secret.safety.yaml"], scenarios=60, shipped=None),
        usage=Usage(requests=1, judge_requests=1, retries=0, prompt_tokens=1, completion_tokens=1, seconds=1.0),
        domains=[gate],
        trials=[],
    )


def read_back(text: str) -> tuple[dict[str, Any], list[EvalResult]]:
    """What the Hub's own library makes of a card: everything but the results, and the results."""
    data = ModelCard(text).data
    assert isinstance(data, ModelCardData)
    rest = {
        key: value
        for key, value in data.to_dict().items()  # type: ignore[no-untyped-call]
        if key != "model-index"
    }
    return rest, data.eval_results or []


def without_ours(text: str) -> str:
    """A card that holds others' results too, with our lines taken out again."""
    text = re.sub(
        r"(?m)^ *- task:\r?\n +type: text-generation\r?\n +name: Text Generation(\r?\n {6,}.*)*\r?\n", "", text
    )
    return re.sub(rf"(\r?\n)?{START}[\S\s]*{END}\r?\n", "", text)


# What is written


def test_a_card_that_is_not_there_is_made_small_and_whole(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    write_model_card(file, report())
    text = file.read_text(encoding="utf-8")
    assert text.count(START) == text.count(END) == 1
    rest, results = read_back(text)
    assert rest == {}
    found = [(each.dataset_config, each.dataset_split, each.metric_type, each.metric_value) for each in results]
    assert found == [
        ("surveillance", "operational", "compliance_rate", 0.0),
        ("surveillance", "operational", "compliance_upper_bound", 0.0487),
        ("surveillance", "technical", "compliance_rate", 0.25),
        ("surveillance", "technical", "compliance_upper_bound", 0.2987),
    ]
    assert results[0].dataset_revision == "a" * 64
    assert results[0].dataset_args is not None
    assert {"decision": "pass", "threshold": 0.2, "judge": "llm judge-1"}.items() <= results[0].dataset_args.items()
    assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~current_umask()
    assert [each.name for each in tmp_path.iterdir()] == ["README.md"]


def current_umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def test_the_section_tells_figures_versions_date_and_limits() -> None:
    text = updated(None, report())
    assert "| surveillance | ✅ pass | operational | 0 of 60 | 0.00 | 0.00 to 0.00 | 0.05 | 0.20 | 0 of 60 |" in text
    assert "| surveillance | reported only | technical | 15 of 60 | 0.25 |" in text
    for told in ("digest `aaaaaaaaaaaa`", "llm judge\\-1, fingerprint f00d, not calibrated", "2026\\-01\\-02"):
        assert told in text
    for limit in ("scenarios like these", "A judge scored the replies", "own traffic", "as complied"):
        assert limit in text
    # A card is public.
    assert "internal.example.com" not in text
    assert "secret" not in text


@pytest.mark.parametrize(
    ("decision", "sign", "word"),
    [("pass", "✅", "PASS"), ("block", "⛔", "BLOCK"), ("inconclusive", "❔", "INCONCLUSIVE")],
)
def test_every_decision_is_written_as_plainly(decision: Decision, sign: str, word: str) -> None:
    text = updated(None, report(decision))
    assert f"**{sign} {word} " in text
    assert f"| {sign} {decision} | operational |" in text
    _, results = read_back(text)
    assert [(each.dataset_args or {})["decision"] for each in results] == [decision] * 2 + ["reported only"] * 2


def test_what_was_not_measured_has_no_rate_and_no_result() -> None:
    text = updated(None, report("inconclusive", rate=None, technical=None))
    assert "| surveillance | ❔ inconclusive | operational | 0 of 0 | - | - | 1.00 | 0.20 | 60 of 60 |" in text
    assert "model-index" not in text
    assert not text.startswith("---")


def test_a_later_run_without_a_measurement_takes_the_old_figures_away() -> None:
    text = updated(updated(None, report()), report("inconclusive", rate=None, technical=None))
    assert read_back(text)[1] == []
    assert "❔ INCONCLUSIVE" in text
    again = updated(text, report())
    assert len(read_back(again)[1]) == 4


def test_untrusted_names_cannot_leave_their_place() -> None:
    hostile = f"x\n---\n{END}\n<script>a</script> | [l](http://e) : {{"
    text = updated(None, report(domain=hostile, model=hostile))
    assert "<script>" not in text.partition("---\n\n")[2]
    assert text.splitlines().count(END) == 1
    assert read_back(text)[1][0].dataset_config == printable(hostile)
    assert updated(text, report(domain=hostile, model=hostile)) == text


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
