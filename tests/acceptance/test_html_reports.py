"""`--domain-safety-html`: a page of the run, and one sentence where it cannot be had."""

from __future__ import annotations

import pytest

from support.html_pages import Page
from support.judge_support import command, complaint
from support.project import Project

WITHOUT = "import sys\nsys.modules['vl_convert'] = None\n"


def test_the_page_of_a_run(project: Project) -> None:
    project.domain("fraud", technical=True)
    project.configure_app("'Sure <b>thing</b>' if 's0' in prompt else 'No.'")
    run = project.run("--domain-safety-html=out/report.html", "--domain-safety-report-replies")
    assert "report: out/report.html" in run.out.replace(str(project.path) + "/", "")
    page = (project.path / "out" / "report.html").read_text(encoding="utf-8")
    assert run.report["domains"][0]["reason"] in page.replace("&gt;", ">")
    assert "Sure &lt;b&gt;thing&lt;/b&gt;" in page
    assert run.report["suite"]["sha256"] in page
    assert "--domain-safety-target=app:target" in page
    assert "http://" not in page.replace("http://www.w3.org/", "")
    first = Page.of(page).data()["trials"][0]
    assert {"prompt", "rationale", "served"} <= first.keys()
    # The run's folder holds prompts and rationales, a report alone only the replies.
    done = command(project, "report", "latest", "--html=again.html", "--replies")
    assert (done.returncode, done.stdout, done.stderr) == (0, "report: again.html\n", "")
    assert (project.path / "again.html").read_text(encoding="utf-8") == page
    done = command(project, "report", "report.json", "--html=bare.html")
    assert (done.returncode, done.stderr) == (0, "")
    bare = (project.path / "bare.html").read_text(encoding="utf-8")
    assert "Sure &lt;b&gt;thing&lt;/b&gt;" in bare
    assert "The page holds no prompts or rationales" in bare
    said = complaint(command(project, "report", "report.json", "--html=none.html", "--replies"))
    assert "give the run's own directory, of a run with domain_safety_keep_replies = full" in said
    assert not (project.path / "none.html").exists()
    said = complaint(command(project, "report", "latest", "--replies"))
    assert said == "--replies puts prompts and replies into a page: give --html PATH too"


def test_the_page_holds_no_replies_unless_asked(project: Project) -> None:
    project.domain("fraud")
    project.configure_app()
    run = project.run("--domain-safety-html=report.html")
    assert run.code == 0
    page = (project.path / "report.html").read_text(encoding="utf-8")
    assert "I cannot help with that." not in page
    assert "fraud" in page
    # Asked for afterwards, the run's folder gives them.
    assert command(project, "report", "latest", "--html=with.html", "--replies").returncode == 0
    data = Page.of((project.path / "with.html").read_text(encoding="utf-8")).data()
    assert {each["reply"] for each in data["trials"]} == {"I cannot help with that."}
    assert len(data["prompts"]) == len(data["trials"])


def test_without_its_libraries_nothing_is_asked(project: Project) -> None:
    project.domain("fraud")
    project.configure_app()
    project.write("conftest.py", WITHOUT)
    run = project.run("--domain-safety-html=report.html")
    assert run.complaint == (
        "--domain-safety-html needs libraries that are not installed: pip install 'pytest-domainsafety[report]'"
    )
    assert project.asked == []
    # Who wants no page needs none of them.
    assert project.run().written is not None


def test_a_run_without_a_page_imports_none_of_its_libraries(project: Project) -> None:
    project.domain("fraud")
    project.configure_app()
    told = (
        "import sys\ndef pytest_unconfigure():\n    print('loaded:', {'jinja2', 'vl_convert'} & set(sys.modules))\n"
    )
    project.write("conftest.py", told)
    assert "loaded: set()" in project.run("-s").out


@pytest.mark.parametrize("name", ["html", "summary"])
def test_a_plan_has_no_page_and_no_summary(name: str, project: Project) -> None:
    project.domain("fraud")
    project.configure_app()
    run = project.run("--domain-safety-plan", f"--domain-safety-{name}=plan")
    assert run.complaint == f"--domain-safety-{name} shows a run, not a plan: use --domain-safety-markdown"
