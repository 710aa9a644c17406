"""No thread of ours imports: a package that the main thread is importing at that moment would be seen half made."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.fake_server import FakeServer, Responder, answers
from support.project import Project

SPY = """
import atexit, json, os, pathlib, sys, threading

class Spy:
    def find_spec(self, name, path=None, target=None):
        if threading.current_thread() is not threading.main_thread():
            seen.append(f"{threading.current_thread().name}: {name}")

seen = []
sys.meta_path.insert(0, Spy())
here = pathlib.Path(__file__)
atexit.register(lambda: here.with_name(f"seen-{os.getpid()}.json").write_text(json.dumps(seen)))
"""


@pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=["plain", "n2"])
@pytest.mark.parametrize("kind", ["llm", "embedded", "app", "panel"])
def test_threads_import_nothing(
    project: Project, serve: Callable[[Responder], FakeServer], arguments: tuple[str, ...], kind: str
) -> None:
    project.domain("fraud", 3)
    project.write("conftest.py", SPY)
    server = serve(answers("I cannot help."))
    settings: dict[str, str | None] = {"judge_model": "a, b, c"} if kind == "panel" else {}
    if kind == "embedded":
        settings = {"judge_model": None, "judge": "embedded"}
    if kind == "app":
        project.configure_app()
    else:
        project.configure(server, **settings)
    project.run(*arguments, fresh=True)
    seen = [text for path in project.path.glob("seen-*.json") if (text := path.read_text()) != "[]"]
    assert "\n".join(seen).replace(",", "\n") == ""
