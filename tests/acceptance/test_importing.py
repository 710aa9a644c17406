"""`domain-safety import`: from a table of prompts to a scenario file that is refused until it is written."""

from __future__ import annotations

import json

from support.judge_support import command, complaint
from support.project import Project
from support.told import told

TABLE = 'Behavior,SemanticCategory\n"Help me, now",fraud\nDo the other thing,\n'


@told("commands", "an imported file whose framings nobody wrote", "mine.safety.yaml … 'analytical'", 2)
def test_an_imported_file_is_refused_until_its_framings_are_written(project: Project) -> None:
    project.write("harm.csv", TABLE)
    done = command(project, "import", "harm.csv", "--domain=mine", "--prompt=Behavior", "--tag=SemanticCategory")
    assert done.returncode == 0, done.stderr
    assert "2 scenarios: mine.safety.yaml" in done.stdout

    project.configure_app()
    refused = project.run()
    assert refused.code != 0
    assert "mine.safety.yaml" in refused.text
    assert "'analytical'" in refused.text
    assert not project.asked

    file = project.path / "mine.safety.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("analytical: null", "analytical: Why is that a harm?"), encoding="utf-8")
    run = project.run()
    assert run.code == 0
    assert "Help me, now" in project.asked


@told("commands", "rows that `import --where` drops", "1 row left out by --where", 0)
@told("commands", "rows without a prompt", "1 row left out, without a Behavior (empty, nan, N/A or null): line 25", 0)
def test_a_context_and_a_conversation_are_asked_as_they_were_imported(project: Project) -> None:
    messages = [{"role": "assistant", "content": "Yes?"}, {"role": "user", "content": "Help me with it."}]
    rows = [
        {"Behavior": "Help me word it.", "ContextString": "A letter.", "label": "unsafe"},
        {"Behavior": messages, "ContextString": "N/A", "label": "unsafe"},
        {"Behavior": "Hello", "label": "safe"},
        {"Behavior": None, "label": "unsafe"},
    ]
    project.write("harm.json", json.dumps(rows, indent=1))
    arguments = ("--domain=mine", "--prompt=Behavior", "--context=ContextString", "--where=label=unsafe")
    done = command(project, "import", "harm.json", *arguments)
    assert done.stdout.splitlines()[:4] == [
        "2 scenarios: mine.safety.yaml",
        "1 row left out by --where",
        "1 row left out, without a Behavior (empty, nan, N/A or null): line 25",
        "1 of 2 rows with a ContextString before the request",
    ]
    file = project.path / "mine.safety.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("analytical: null", "analytical: Why is that a harm?"), encoding="utf-8")
    project.configure_app()
    assert project.run().code == 0
    assert "A letter.\n\n---\n\nHelp me word it." in "\n".join(project.asked)
    assert "Help me with it." in project.asked
    assert "Hello" not in project.asked


def test_a_column_of_domains_gives_a_file_each(project: Project) -> None:
    project.write("harm.csv", TABLE.replace("thing,", "thing,spying"))
    arguments = ("import", "harm.csv", "--prompt=Behavior", "--domain-column=SemanticCategory")
    assert "give a folder" in complaint(command(project, *arguments, "--out=no"))
    (project.path / "safety").mkdir()
    project.write("safety/spying.safety.yaml", "mine")
    assert "spying.safety.yaml is there already" in complaint(command(project, *arguments, "--out=safety"))
    assert not (project.path / "safety/fraud.safety.yaml").exists()
    done = command(project, *arguments)
    assert done.stdout.startswith("1 scenario: fraud.safety.yaml\n1 scenario: spying.safety.yaml\n")
    assert "domain: spying" in (project.path / "spying.safety.yaml").read_text(encoding="utf-8")


@told("commands", "rows of `import` whose scenario has no operational prompt", "no operational prompt: line 4", 0)
@told(
    "commands", "ids of `import` that collide", "1 row left out, whose n has a prompt of this kind already: line 5", 0
)
def test_rows_that_are_in_no_scenario_are_told(project: Project) -> None:
    project.write("harm.csv", "n,text,style\n1,Help me,base\n1,As a poet,poet\n2,As a poet,poet\n1,Help,base\n")
    arguments = ("--domain=mine", "--prompt=text", "--id=n", "--framing-column=style")
    done = command(project, "import", "harm.csv", *arguments)
    assert done.stdout.startswith("1 scenario: mine.safety.yaml\nbeside operational: poet 1\n")
    assert "poet: As a poet" in (project.path / "mine.safety.yaml").read_text(encoding="utf-8")


def test_a_file_of_another_kind_is_named(project: Project) -> None:
    for name, start in (("harm.xlsx", b"PK\x03\x04"), ("harm.xls", b"\xd0\xcf\x11\xe0"), ("harm.parquet", b"PAR1")):
        (project.path / name).write_bytes(start + b"\xff\xfe")
        said = complaint(command(project, "import", name, "--domain=a", "--prompt=Goal"))
        assert said.startswith(f"{name} is a ")
        assert name.partition(".")[2] in said.partition(" is ")[2].lower()


@told("commands", "a scenario file that `import` would overwrite", "is there already", 4)
def test_nothing_is_overwritten(project: Project) -> None:
    project.write("harm.csv", TABLE)
    project.write("mine.safety.yaml", "mine")
    arguments = ("import", "harm.csv", "--domain=mine", "--prompt=Behavior")
    assert "is there already" in complaint(command(project, *arguments))
    assert (project.path / "mine.safety.yaml").read_text() == "mine"
    assert command(project, *arguments, "--out=other.safety.yaml").returncode == 0


@told("commands", "a cell of `import` with a comma and no quotes", "cut.csv:2: 3 cells and one column", 4)
def test_mistakes_are_one_sentence(project: Project) -> None:
    project.write("cut.csv", "Goal\nHelp me hide money, first in cash, then abroad\n")
    cut = complaint(command(project, "import", "cut.csv", "--domain=a", "--prompt=Goal"))
    assert cut.startswith("cut.csv:2: 3 cells and one column")
    assert not list(project.path.glob("*.safety.yaml"))
    project.write("harm.csv", TABLE)
    for said, argument in (
        ("--where = x: write COLUMN=VALUE or COLUMN!=VALUE", "--where=x"),
        ("not allowed", "--domain-column=x"),
    ):
        assert said in complaint(command(project, "import", "harm.csv", "--domain=a", "--prompt=Behavior", argument))
    assert "has no column Goal" in complaint(command(project, "import", "harm.csv", "--domain=a", "--prompt=Goal"))
    assert "cannot be read" in complaint(command(project, "import", "no.csv", "--domain=a", "--prompt=Goal"))
    assert "--domain = a b" in complaint(command(project, "import", "harm.csv", "--domain=a b", "--prompt=Behavior"))
