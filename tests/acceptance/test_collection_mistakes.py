"""Mistakes in scenario files: one line each, with its place and the mend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pytest

from support.fake_server import REFUSAL, FakeServer, Json, Responder, answers
from support.project import Project, Run
from support.told import told


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A scenario file with one mistake.

    Args:
        name: The file's name.
        text: Its content.
        line: Where the mistake is.
        words: What must be said of it.
        bug: Why it is not said yet.
    """

    name: str
    text: str | bytes
    line: int
    words: tuple[str, ...]
    bug: str | None = None


def _scenario(domain: str, *lines: str) -> str:
    """A file of one good scenario, which ends on line 6, and the lines after it."""
    head = [f"domain: {domain}", "scenarios:", "  - id: ok", "    harm: h", "    analytical: a", "    operational: o"]
    return "\n".join([*head, *lines]) + "\n"


def _replaced(domain: str, old: str, new: str) -> str:
    return _scenario(domain).replace(f"    {old}\n", f"    {new}\n")


def _line(**changes: object) -> str:
    good: Json = {"domain": "lines", "id": "ok", "harm": "h", "analytical": "a", "operational": "o"}
    pairs = {**good, **changes}
    # Written by hand, for values that are no JSON.
    return (
        "{"
        + ", ".join(f'"{name}": {value if name in changes else _quoted(value)}' for name, value in pairs.items())
        + "}"
    )


def _quoted(value: object) -> str:
    return f'"{value}"'


MISTAKES: Final = [
    Mistake(name="key", text=_scenario("k", "    operationel: x"), line=7, words=("operationel", "'operational'")),
    Mistake(name="top", text="domains: x\ndomain: t\nscenarios: []\n", line=1, words=("domains", "'domain'")),
    Mistake(name="far", text=_scenario("f", "    zzz: x"), line=7, words=("zzz", "known keys")),
    Mistake(
        name="empty", text=_replaced("e", "operational: o", "operational: ''"), line=6, words=("operational", "empty")
    ),
    Mistake(
        name="blank",
        text=_replaced("b", "analytical: a", 'analytical: " \\n "'),
        line=5,
        words=("analytical", "empty"),
    ),
    Mistake(
        name="number",
        text=_replaced("n", "operational: o", "operational: 12"),
        line=6,
        words=("text", "12", "quotes"),
    ),
    Mistake(
        name="nextline",
        text=_replaced("nl", "operational: o", "operational:\n      12"),
        line=6,
        words=("operational", "text"),
    ),
    Mistake(
        name="boolean", text=_scenario("bo").replace("id: ok", "id: yes"), line=3, words=("id", "text", "quotes")
    ),
    Mistake(name="date", text=_scenario("da").replace("id: ok", "id: 2024-01-01"), line=3, words=("id", "text")),
    Mistake(name="null", text=_replaced("nu", "harm: h", "harm:"), line=4, words=("harm", "nothing")),
    Mistake(
        name="mapping",
        text=_replaced("m", "operational: o", "operational: {a: b}"),
        line=6,
        words=("operational", "mapping"),
    ),
    Mistake(
        name="missing",
        text=_scenario("mi", "  - id: two", "    harm: h", "    analytical: a"),
        line=7,
        words=("needs", "'operational'"),
    ),
    Mistake(
        name="nodomain",
        text="scenarios:\n  - {id: a, harm: h, analytical: a, operational: o}\n",
        line=1,
        words=("needs", "'domain'"),
    ),
    Mistake(name="noscenarios", text="domain: ns\n", line=1, words=("needs", "'scenarios'")),
    Mistake(name="nothing", text="# only a comment\n", line=1, words=("empty", "'domain'")),
    Mistake(name="emptylist", text="domain: el\n\nscenarios: []\n", line=3, words=("scenarios", "at least one")),
    Mistake(name="emptyvalue", text="domain: ev\nscenarios:\n", line=2, words=("scenarios", "at least one")),
    Mistake(name="scalar", text="domain: sc\nscenarios:\n  - just text\n", line=3, words=("scenario", "mapping")),
    Mistake(
        name="twice",
        text=_scenario("tw", "  - {id: ok, harm: h, analytical: a, operational: o}"),
        line=7,
        words=("'ok'", "'tw'", "twice.safety.yaml:3"),
    ),
    Mistake(name="tags", text=_scenario("ta", "    tags: one"), line=7, words=("tags", "list")),
    Mistake(
        name="tag", text=_scenario("tg", "    tags:", "      - one", "      - 2"), line=9, words=("tag", "text", "2")
    ),
    Mistake(
        name="codification",
        text="domain: co\ncodification: lo\nscenarios: []\n",
        line=2,
        words=("codification", "high, medium, low", "'lo'"),
    ),
    Mistake(name="domainname", text="domain: a b\nscenarios: []\n", line=1, words=("domain", "'a b'")),
    Mistake(name="idname", text=_scenario("idn").replace("id: ok", "id: a[b]"), line=3, words=("id", "'a[b]'")),
    Mistake(
        name="escape", text=_scenario("es").replace("id: ok", 'id: "a\\e[31mb"'), line=3, words=("id", "\\x1b[31mb")
    ),
    Mistake(name="harmlines", text=_replaced("hl", "harm: h", 'harm: "a\\nb"'), line=4, words=("harm", "one line")),
    Mistake(
        name="assistant",
        text=_replaced(
            "as", "operational: o", "operational: [{role: user, content: a}, {role: assistant, content: b}]"
        ),
        line=6,
        words=("operational", "end", "user"),
    ),
    Mistake(
        name="nomessages",
        text=_replaced("nm", "operational: o", "operational: []"),
        line=6,
        words=("operational", "user"),
    ),
    Mistake(
        name="role",
        text=_replaced("ro", "operational: o", "operational:\n      - role: robot\n        content: a"),
        line=7,
        words=("role", "robot", "user"),
    ),
    Mistake(
        name="content",
        text=_replaced("cn", "operational: o", "operational:\n      - role: user\n        content: ''"),
        line=8,
        words=("content", "empty"),
    ),
    Mistake(
        name="messagekey",
        text=_replaced("mk", "operational: o", "operational:\n      - role: user\n        contents: a"),
        line=8,
        words=("contents", "'content'"),
    ),
    Mistake(
        name="twosystems",
        text=_replaced(
            "ts",
            "operational: o",
            "operational: [{role: system, content: a}, {role: user, content: b}]\n    system: c",
        ),
        line=6,
        words=("system",),
    ),
    Mistake(
        name="broken", text="domain: br\nscenarios:\n  - id: [a\n    harm: h\n", line=4, words=("not valid YAML",)
    ),
    Mistake(name="tab", text="domain: tb\nscenarios:\n\t- id: a\n", line=3, words=("not valid YAML",)),
    Mistake(
        name="python",
        text=_replaced("py", "operational: o", "operational: !!python/object/apply:os.system [id]"),
        line=6,
        words=("tag", "python"),
    ),
    Mistake(name="duplicatekey", text=_scenario("dk", "    harm: again"), line=7, words=("harm", "twice")),
    Mistake(name="alias", text=_scenario("al", "    tags: &t [*t]"), line=7, words=("alias",)),
    Mistake(name="undefined", text=_scenario("un", "    tags: *nowhere"), line=7, words=("not valid YAML", "alias")),
    Mistake(name="documents", text=_scenario("do") + "---\n" + _scenario("do2"), line=7, words=("not valid YAML",)),
    Mistake(
        name="encoding",
        text=b"domain: en\n\nscenarios:\n  - harm: \xe9t\xe9\n",
        line=4,
        words=("UTF-8",),
    ),
    Mistake(
        name="deep",
        text="domain: de\nscenarios: " + "[" * 1500 + "]" * 1500 + "\n",
        line=2,
        words=("deep",),
    ),
    Mistake(
        name="json.jsonl",
        text=_line() + "\n" + '{"domain": "lines", "id": }\n',
        line=2,
        words=("not valid JSON", "column 27"),
    ),
    Mistake(
        name="jsonkey.jsonl",
        text=_line(id='"k1"') + "\n\n" + _line(id='"k2"', harmm='"h"') + "\n",
        line=3,
        words=("harmm", "'harm'"),
    ),
    Mistake(name="jsontwice.jsonl", text='{"domain": "jt", "domain": "jt"}\n', line=1, words=("domain", "twice")),
    Mistake(name="jsonarray.jsonl", text=_line(id='"ar"') + "\n[1]\n", line=2, words=("mapping", "list")),
    Mistake(name="jsonempty.jsonl", text="\n\n", line=1, words=("empty", "one scenario a line")),
    Mistake(
        name="jsonnodomain.jsonl",
        text='{"id": "a", "harm": "h", "analytical": "a", "operational": "o"}\n',
        line=1,
        words=("needs", "'domain'"),
    ),
    Mistake(
        name="jsonid.jsonl",
        text=_line(id='"i1"') + "\n" + _line(id='"i1"') + "\n",
        line=2,
        words=("'i1'", "jsonid.safety.jsonl:1"),
    ),
]


def _file(mistake: Mistake) -> str:
    stem, _, suffix = mistake.name.partition(".")
    return f"bad/{stem}.safety.{suffix or 'yaml'}"


@pytest.fixture(scope="module", params=[(), ("-n2",)], ids=["plain", "xdist"])
def refused(
    request: pytest.FixtureRequest,
    new_project: Callable[[], Project],
    serve_module: Callable[[Responder], FakeServer],
) -> tuple[FakeServer, Run]:
    """One run over all mistakes, and one good file."""
    project, server = new_project(), serve_module(answers(REFUSAL))
    for mistake in MISTAKES:
        project.write(_file(mistake), mistake.text)
    project.write("bad/across1.safety.yaml", _scenario("across"))
    project.write("bad/across2.safety.yaml", _scenario("across"))
    project.domain("good")
    project.configure(server)
    return server, project.run(*request.param)


def _told(run: Run, file: str) -> list[str]:
    """What is said of a file's mistake, without the mark that pytest puts before an error's lines."""
    told = [line.removeprefix("E").strip() for line in run.out.splitlines()]
    return list(dict.fromkeys(line for line in told if line.startswith(f"{file}:")))


@told("files", "a misspelt key of a scenario", "bad/key.safety.yaml:7: … operationel … 'operational'", 2, case="key]")
@told("files", "an empty prompt", "bad/empty.safety.yaml:6: … operational … empty", 2, case="empty]")
@told("files", "a key without a value", "bad/null.safety.yaml:4: … harm … nothing", 2, case="null]")
@told(
    "files",
    "a scenario without an operational prompt",
    "bad/missing.safety.yaml:7: … needs … 'operational'",
    2,
    case="missing]",
)
@told("files", "a file without a domain", "bad/nodomain.safety.yaml:1: … needs … 'domain'", 2, case="nodomain]")
@told("files", "a file of comments only", "bad/nothing.safety.yaml:1: … empty", 2, case="nothing]")
@told("files", "a list of no scenarios", "bad/emptylist.safety.yaml:3: … at least one", 2, case="emptylist]")
@told("files", "an id twice in a domain", "bad/twice.safety.yaml:7: … 'ok' … twice.safety.yaml:3", 2, case="twice]")
@told(
    "files",
    "a key twice, of which YAML drops one",
    "bad/duplicatekey.safety.yaml:7: … harm … twice",
    2,
    case="duplicatekey]",
)
@told(
    "files", "a second YAML document in a file", "bad/documents.safety.yaml:7: not valid YAML", 2, case="documents]"
)
@told(
    "files",
    "a misspelt key in a line of JSON",
    "bad/jsonkey.safety.jsonl:3: … harmm … 'harm'",
    2,
    case="jsonkey.jsonl]",
)
@pytest.mark.parametrize(
    "mistake",
    [
        pytest.param(
            mistake,
            id=mistake.name,
            marks=[pytest.mark.xfail(strict=True, reason=mistake.bug)] if mistake.bug else [],
        )
        for mistake in MISTAKES
    ],
)
def test_a_mistake_is_one_line_with_its_place(mistake: Mistake, refused: tuple[FakeServer, Run]) -> None:
    told = _told(refused[1], _file(mistake))

    assert len(told) == 1
    assert told[0].startswith(f"{_file(mistake)}:{mistake.line}: ")
    assert all(word in told[0] for word in mistake.words), told[0]


@told("files", "an id in two files of a domain", "bad/across2.safety.yaml:3: … bad/across1.safety.yaml:3", 2)
def test_an_id_that_two_files_share_is_told_with_both_places(refused: tuple[FakeServer, Run]) -> None:
    (told,) = _told(refused[1], "bad/across2.safety.yaml")

    assert told.startswith("bad/across2.safety.yaml:3: ")
    assert "bad/across1.safety.yaml:3" in told


def test_after_a_mistake_nothing_is_asked_and_no_verdict_is_taken(refused: tuple[FakeServer, Run]) -> None:
    server, run = refused
    assert (run.code, server.requests, run.written) == (2, [], None)
    assert "domain-safety::" not in run.out


def test_aliases_that_multiply_are_a_mistake_and_no_endless_collection(project: Project) -> None:
    levels = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 12))
    project.write("bomb.safety.yaml", f"domain: a\nx0: &x0 [a, a]\n{levels}")

    assert project.run("--collect-only", timeout=5).code == 2
