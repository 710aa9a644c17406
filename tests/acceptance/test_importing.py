"""`domain-safety import`: from a table of prompts to a scenario file that is refused until it is written."""

from __future__ import annotations

from support.judge_support import command, complaint
from support.project import Project

TABLE = 'Behavior,SemanticCategory\n"Help me, now",fraud\nDo the other thing,\n'


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


def test_nothing_is_overwritten(project: Project) -> None:
    project.write("harm.csv", TABLE)
    project.write("mine.safety.yaml", "mine")
    arguments = ("import", "harm.csv", "--domain=mine", "--prompt=Behavior")
    assert "is there already" in complaint(command(project, *arguments))
    assert (project.path / "mine.safety.yaml").read_text() == "mine"
    assert command(project, *arguments, "--out=other.safety.yaml").returncode == 0


def test_mistakes_are_one_sentence(project: Project) -> None:
    project.write("harm.csv", TABLE)
    assert "has no column Goal" in complaint(command(project, "import", "harm.csv", "--domain=a", "--prompt=Goal"))
    assert "cannot be read" in complaint(command(project, "import", "no.csv", "--domain=a", "--prompt=Goal"))
    assert "--domain = a b" in complaint(command(project, "import", "harm.csv", "--domain=a b", "--prompt=Behavior"))
