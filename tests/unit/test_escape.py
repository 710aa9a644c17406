"""What is shown can neither act on a terminal nor command the CI whose log it stands in."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import columns, json_text, markdown, printable, wrapped
from pytest_domainsafety.core.evidence.failures import FailedAskError, StoppedError
from pytest_domainsafety.core.suite.located import ScenarioError
from pytest_domainsafety.effects.judges.base import JudgeError

COMMAND = re.compile(r"^\s*::|##\w*\[|section_(?:start|end):", re.IGNORECASE)
"""GitHub's, in both forms, Azure's, TeamCity's and GitLab's."""

HOSTILE = [
    "::error::owned",
    ":::error::owned",
    "fine\n::set-output name=x::y",
    "fine ::add-mask::x",
    "\u00a0::error::x",
    "##[error]owned",
    "###[group]x",
    "a##vso[task.setvariable variable=x]y",
    "##teamcity[message text='x']",
    "\x1b[0Ksection_start:1560896352:owned[collapsed=true]\r\x1b[0Kx",
    "SECTION_END:1:x\r",
    "\x1b]0;title\x07\x1b[2J\x9b31m",
    "\x1b]8;;http://evil.example\x1b\\link",
    "\u202egnp.exe\u2066\u200b\ufeff",
    f"{'x' * 79} ::error::owned",
    f"{'x' * 80}::error::owned",
    f"{'x' * 160}::error::owned",
]
parts = ["::", ":", "##", "#", "[", "error]", "vso[", "section", "_start:", " ", "\n", "x" * 40, "\x1b"]
commands = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(parts), max_size=12).map("".join))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_commands_nobody(text: str) -> None:
    for line in (printable(text), columns(text), *wrapped(text), *wrapped(text, "    ", cut=True), markdown(text)):
        assert line.isprintable()
        assert not COMMAND.search(line)


@given(commands)
def test_nothing_that_is_shown_is_a_command(text: str) -> None:
    for line in (printable(text), columns(text), *wrapped(text), *wrapped(text, "  ", cut=True)):
        assert line.isprintable()
        assert not COMMAND.search(line)


def test_node_ids_are_shown_as_they_are() -> None:
    nodeid = "safety/a_b.safety.yaml::surveillance::covert-watch[operational]"
    assert printable(nodeid) == columns(nodeid) == nodeid
    assert wrapped(f"{nodeid}{'x' * 100}") == [f"{nodeid}{'x' * 100}"]


@given(commands)
def test_json_says_the_same_and_acts_on_nothing(text: str) -> None:
    raw = json.dumps({"reply": text, text: [text]}, ensure_ascii=False, indent=1)
    harmless = json_text(raw)
    assert json.loads(harmless) == json.loads(raw)
    for line in harmless.split("\n"):
        assert line.isprintable()
        assert not COMMAND.search(line)


def test_json_stays_readable() -> None:
    assert json_text('"\u00fcber \U0001f600 #1 ## x"') == '"\u00fcber \U0001f600 #1 ## x"'
    assert json_text('"\u009b\U000e0041\u202e"') == r'"\u009b\udb40\udc41\u202e"'


@pytest.mark.parametrize("make", [ConfigurationError, FailedAskError, StoppedError, JudgeError])
def test_errors_are_printable(make: type[Exception]) -> None:
    assert str(make("a\n::error::b \x1b[2J")) == "a : :error::b \ufffd[2J"


def test_other_errors_are_printable() -> None:
    assert str(ScenarioError(3, "a\n##[b]\x1b")) == "a # #[b]\ufffd"
    failure, stop = FailedAskError("a\nb", retry=True, wait_s=2), StoppedError("x", usage=False)
    assert (failure.reason, failure.wait_s, stop.usage) == ("a b", 2, False)


def test_no_formula_in_markdown() -> None:
    assert "$" not in markdown(r"$\href{http://evil.example}{x}$ and $$x$$")
