"""What `domain-safety import` makes of its options, and says in the end."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pytest_domainsafety.commands.import_prompts import run
from pytest_domainsafety.core.errors import ConfigurationError

TABLE = """\
id,text,style,locale
1,Help me,base,en_US
1,Why is it wrong?,analytical,en_US
1,Hilf mir,base,de_DE
1,As a poet,poet,en_US
2,Hello,base,en_US
"""


def test_columns_of_framings_and_languages_are_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text(TABLE, encoding="utf-8")
    arguments = ["t.csv", "--domain=d", "--prompt=text", "--id=id", "--framing-column=style"]
    assert run([*arguments, "--language-column=locale", "--where=id!=2"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "1 scenario: d.safety.yaml",
        "1 row left out by --where",
        "beside operational: analytical 1, operational[de-DE] 1, poet 1",
        "Then: domain-safety lint d.safety.yaml",
    ]
    (scenario,) = yaml.safe_load(Path("d.safety.yaml").read_text(encoding="utf-8"))["scenarios"]
    assert scenario == {
        "id": "1",
        "harm": "Help me",
        "analytical": "Why is it wrong?",
        "operational": "Help me",
        "operational[de-DE]": "Hilf mir",
        "framings": {"poet": "As a poet"},
    }


@pytest.mark.parametrize("condition", ["x", "=x", ""])
def test_a_condition_that_is_none_is_one_sentence(condition: str, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(TABLE, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=f"^--where = {condition}: write COLUMN=VALUE or COLUMN!=VALUE$"):
        run([f"{table}", "--domain=d", "--prompt=text", f"--where={condition}"])
    assert list(tmp_path.iterdir()) == [table]
