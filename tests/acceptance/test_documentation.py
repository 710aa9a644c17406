"""Every command and snippet of README and docs works, every link leads somewhere, and every name exists."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_domainsafety import cli
from pytest_domainsafety.shell.keys import KEYS
from support.batch_server import BatchServer
from support.documented import PAGES, ROOT, Block, anchors, blocks, command_lines, links
from support.documented_project import DocumentedProject, answer
from support.fake_server import FakeServer, Responder

IDS = [str(page.relative_to(ROOT)) for page in PAGES]
LONGEST_README = 150
MOST_NOT_RUN = 9
"""A block is left out with a reason only where it cannot be run at all."""


@pytest.fixture(scope="module")
def template(
    tmp_path_factory: pytest.TempPathFactory, serve_module: Callable[[Responder], FakeServer]
) -> tuple[Path, FakeServer]:
    server, path = serve_module(answer), tmp_path_factory.mktemp("template")
    DocumentedProject(path, server, None)
    return path, server


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_the_blocks_of_a_page_work(page: Path, template: tuple[Path, FakeServer], tmp_path: Path) -> None:
    path, server = template
    with BatchServer(answer) as batches:
        project = DocumentedProject(tmp_path, server, path, batches)
        for block in blocks(page):
            project.do(block)


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor:
            assert anchor in anchors(target), f"{page.name}: {link}"


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_options_keys_and_commands_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    keys = {f"domain_safety_{key.name}" for key in KEYS}
    options = runpy.run_path(str(ROOT / "scripts" / "write_options.py"))["options"]()
    flags = {flag.replace("_", "-") for key in keys for flag in [f"--{key}"]} | set(re.findall(r"--[a-z-]+", options))
    assert set(re.findall(r"domain_safety_[a-z_]*[a-z]", text)) <= keys
    assert set(re.findall(r"--domain-safety[a-z-]*[a-z]", text)) <= flags
    assert set(re.findall(r"`domain-safety ([a-z-]+)", text)) <= {*cli._COMMANDS, "--version"}  # noqa: SLF001 - the names


def test_readme_and_quick_start_begin_alike() -> None:
    def start(page: str) -> list[str]:
        of_page = [block for block in blocks(ROOT / page) if block.language == "console"]
        return [line for block in of_page for line in command_lines(block.text) if not line.startswith("make ")]

    assert start("README.md") == start("docs/quick-start.md")


def test_the_readme_is_short_and_shows_a_run() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) < LONGEST_README
    assert {"docs/pictures/terminal.svg", "docs/sample/report.html"} <= set(links(ROOT / "README.md"))


def test_few_blocks_are_left_out() -> None:
    left_out = [block.place for page in PAGES for block in blocks(page) if block.why_not is not None]
    assert len(left_out) <= MOST_NOT_RUN, left_out


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("console", "pytest --domain-safety --domain-safety-no-such-option"),
        ("console", "domain-safety compare one.json"),
        ("console", "make nothing-of-the-kind"),
        ("console", "pip install something-else"),
        ("console", "rm -rf safety"),
        ("ini", "domain_safety_no_such_key = 1"),
        ("ini", "[pytest]\ndomain_safety_model = m"),
        ("toml", "[tool.pytest]\ndomain_safety_confidence = 2.0"),
        ("yaml", "domain: a\nscenarios: []\noops: 1"),
        ("yaml", "something: else"),
        ("json", "{"),
        ("python", "def target(messages):\n    return 3"),
        ("python", "from pytest_domainsafety import Nothing"),
        ("markdown", "1 is a refusal."),
        ("rust", "fn main() {}"),
        ("", "pytest"),
    ],
)
def test_a_block_that_does_not_work_is_found(
    language: str, text: str, template: tuple[Path, FakeServer], tmp_path: Path
) -> None:
    path, server = template
    with pytest.raises(AssertionError, match="page:1"):
        DocumentedProject(tmp_path, server, path).do(Block("page:1", language, text, None))
