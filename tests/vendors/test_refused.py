"""Files of tools that are no list of tasks are refused with what would be needed."""

from pathlib import Path

import pytest

from importer.cli import run

PROJECTS = "Client,Project,Registered time,Amount (USD)\nInn,Website,12:30:00,900.00\n"
LISTS = "To Do,Doing,Done\nMeasure,Paint,Order\nTiles,,Sign\n"
BOOKS = "Name,Author,Status,Genre,Rating\nDune,Frank Herbert,Read,Classic,5\n"
CONTACTS = "First Name,Last Name,Email,Phone\nMia,Moor,mia@x.example,1\n"
LISTS_DE = "Offen;In Arbeit;Erledigt\nMessen;Malen;Bestellen\n"


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        (PROJECTS, "Export the detailed report"),
        (LISTS, "one a row"),
        (LISTS_DE, "one a row"),
        (BOOKS, "needs a list of tasks"),
        (CONTACTS, "needs a list of tasks"),
    ],
)
def test_a_file_that_is_no_list_of_tasks(
    text: str, needed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "export.csv"
    file.write_text(text, "utf-8")
    assert run(["check", str(file)]) == 2
    said = capsys.readouterr().err
    assert needed in said
    assert "--preset none" in said


def test_what_has_due_dates_is_a_list_of_tasks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("Name,Email,Phone,Deadline\nCall Mia,mia@x.example,1,2026-05-04\n", "utf-8")
    assert run(["check", str(file)]) == 0
    assert "1 valid" in capsys.readouterr().err


def test_it_is_one_where_somebody_says_so(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text(LISTS, "utf-8")
    assert run(["check", str(file), "--preset", "none", "--map", "Done="]) == 0
