"""CSV and its kin: rows and their numbers, delimiters, what a cell is."""

from pathlib import Path

import pytest
from sheet_files import csv_file, opened, read, rows

from importer.errors import UnreadableFile, WrongUse
from importer.sheet.base import Broken
from importer.sheet.cells import ERROR, TOO_NARROW


def test_a_cell_of_several_lines_is_one_row(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "t.csv", 'Title,Notes\nA,"one\ntwo\r\nthree"\nB,\n')
    assert read(path) == {2: ["A", "one\ntwo\r\nthree"], 3: ["B"]}


def test_blank_lines_and_lines_of_delimiters_count_as_rows_and_are_left_out(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "t.csv", "Title,Notes\n\nA,x\n\n,\n  ,\t\nB,y\n\n")
    assert read(path) == {3: ["A", "x"], 7: ["B", "y"]}


def test_a_sep_line_is_obeyed_and_no_row(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "t.csv", "sep=|\r\nTitle|Notes\r\nA, or B|x;y\r\n", "utf-8-sig")
    sheet = opened(path)
    assert (sheet.header_row, sheet.header) == (1, ("Title", "Notes"))
    assert rows(sheet) == {2: ["A, or B", "x;y"]}


def test_the_delimiter_asked_for_beats_the_sep_line(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "t.csv", "sep=|\nTitle;Notes\nA|B;x\n")
    assert read(path, delimiter=";") == {2: ["A|B", "x"]}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_delimiter_is_found_in_every_encoding(tmp_path: Path, delimiter: str, encoding: str) -> None:
    lines = [["Title", "Due date", "Tags"], ["Übergabe prüfen", "31.10.2026", "größer"], ["Öl", "1.11.2026"]]
    path = csv_file(tmp_path / "t.csv", "\r\n".join(delimiter.join(line) for line in lines), encoding)
    sheet = opened(path)
    assert list(sheet.header) == lines[0]
    assert rows(sheet) == {2: lines[1], 3: lines[2]}


def test_without_any_known_title_the_consistent_delimiter_wins(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "t.csv", "Gurke;Kürbis\n1,5;2,5\nja, nein, doch;x\nohne;y\n")
    assert opened(path).header == ("Gurke", "Kürbis")


def test_a_file_of_one_column_is_one_column(tmp_path: Path) -> None:
    sheet = opened(csv_file(tmp_path / "t.csv", "Title\nA\nB\n"))
    assert (sheet.header, rows(sheet)) == (("Title",), {2: ["A"], 3: ["B"]})


def test_blanks_after_commas_do_not_break_quoted_cells(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "t.csv", 'title,body,labels\nT1, text, "question,bug"\n')
    assert read(path) == {2: ["T1", "text", "question,bug"]}


def test_texts_stay_as_they_stand(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "t.csv", "Title,Key,Notes\nNA,00123, two  \nnull,1e5,None\n")
    assert read(path) == {2: ["NA", "00123", " two  "], 3: ["null", "1e5", "None"]}


def test_cells_beyond_the_header_make_the_frame_wider_and_short_rows_are_filled(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "t.csv", "Title,Notes\nA\nB,x,beyond\n")
    (frame,) = opened(path).chunks()
    assert list(frame.columns) == [0, 1, 2]
    assert frame.loc[2].tolist() == ["A", None, None]
    assert frame.loc[3].tolist() == ["B", "x", "beyond"]


def test_empty_cells_beyond_the_header_do_not(tmp_path: Path) -> None:
    (frame,) = opened(csv_file(tmp_path / "t.csv", "Title,Notes\nA,x,, ,\n")).chunks()
    assert frame.shape == (1, 2)


def test_headers_are_trimmed_and_may_repeat_or_be_missing(tmp_path: Path) -> None:
    sheet = opened(csv_file(tmp_path / "t.csv", " Title ,Labels,,Labels,,\nA,x,y,z\n"))
    assert sheet.header == ("Title", "Labels", "", "Labels")


def test_frames_hold_at_most_five_thousand_rows_and_start_anew(tmp_path: Path) -> None:
    lines = "".join(f"T{n}\n" for n in range(12_000))
    sheet = opened(csv_file(tmp_path / "t.csv", "Title\n" + lines))
    for _ in range(2):
        assert [len(frame) for frame in sheet.chunks()] == [5000, 5000, 2000]
    last = list(sheet.chunks())[-1]
    assert (last.index[-1], last.iloc[-1, 0]) == (12_001, "T11999")
    assert set(last.dtypes.astype(str)) == {"object"}


def test_a_header_without_rows_has_no_frames(tmp_path: Path) -> None:
    assert list(opened(csv_file(tmp_path / "t.csv", "Title,Notes\n")).chunks()) == []


def test_old_mac_line_ends(tmp_path: Path) -> None:
    assert read(csv_file(tmp_path / "t.csv", "Title,Notes\rA,x\rB,y")) == {2: ["A", "x"], 3: ["B", "y"]}


def test_what_was_decided_is_noted(tmp_path: Path) -> None:
    sheet = opened(csv_file(tmp_path / "t.csv", "Liste\n\nTitle;Prüfer\nA;Jörg\n", "cp1252"))
    assert sheet.notes == (
        "read as cp1252, since it is not UTF-8; --encoding overrules where umlauts or accents look wrong",
        "cells are separated by semicolons",
        "the header was found in row 3; the row above it is left out",
    )
    assert opened(csv_file(tmp_path / "plain.csv", "Title,Notes\nA,x\n")).notes == ()


def test_a_cell_is_named_as_excel_does(tmp_path: Path) -> None:
    sheet = opened(csv_file(tmp_path / "my tasks.csv", "Title\nA\n"))
    assert sheet.cell(17, 27) == "my tasks!AB17"


@pytest.mark.parametrize(("word", "mark"), [("tab", "\t"), (r"\t", "\t"), ("Semicolon", ";"), ("~", "~")])
def test_the_delimiter_may_be_given_by_name(tmp_path: Path, word: str, mark: str) -> None:
    assert read(csv_file(tmp_path / "t.csv", f"Title{mark}Notes\nA{mark}x\n"), delimiter=word) == {
        2: ["A", "x"]
    }


@pytest.mark.parametrize("wrong", ["", "ab", '"', "\n"])
def test_a_delimiter_that_is_none_is_wrong_use(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(WrongUse, match="--delimiter"):
        opened(csv_file(tmp_path / "t.csv", "Title,Notes\n"), delimiter=wrong)


@pytest.mark.parametrize("sheet", ["1", "tasks", " Tasks "])
def test_a_text_file_is_its_own_first_sheet(tmp_path: Path, sheet: str) -> None:
    assert read(csv_file(tmp_path / "Tasks.csv", "Title\nA\n"), sheet=sheet) == {2: ["A"]}


def test_another_sheet_of_a_text_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="one sheet and not 'Archive'"):
        opened(csv_file(tmp_path / "Tasks.csv", "Title\nA\n"), sheet="Archive")


# ── lists of one column ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("first", ["Title", "Aufgabe"])
def test_a_list_of_one_column_keeps_the_commas_of_its_texts(tmp_path: Path, first: str) -> None:
    texts = ["Milk, eggs", "Call Bob", "Shop: a; b", "Write, print, post", "Sleep"]
    sheet = opened(csv_file(tmp_path / "t.txt", "\n".join([first, *texts])))
    assert (sheet.header, [cells for [cells] in rows(sheet).values()]) == ((first,), texts)
    assert sheet.notes == (
        "every line is one cell, since its commas belong to the text; --delimiter overrules",
    )


def test_a_known_word_above_a_table_of_unknown_titles_is_no_list_of_one_column(tmp_path: Path) -> None:
    text = "Tasks\nTask\n\nAufgabe;Frist;Menge\nA;1.2.;1,5\nB;3.2.;2,5\n"
    assert opened(csv_file(tmp_path / "t.csv", text)).notes[0] == "cells are separated by semicolons"


def test_a_table_with_lines_between_its_rows_is_no_list_of_one_column(tmp_path: Path) -> None:
    text = "Aufgabe;Frist\nPhase 1, Plan\nA;1.2.\nPhase 2, Bau\nB;3.2.\n"
    assert opened(csv_file(tmp_path / "t.csv", text)).header == ("Aufgabe", "Frist")


# ── quotes ────────────────────────────────────────────────────────────────────────────────────────


def test_quotes_behind_a_blank_are_no_part_of_the_cell(tmp_path: Path) -> None:
    assert read(csv_file(tmp_path / "t.csv", 'Title,Notes\nA, "x"\nB, "y ""z"""\n')) == {
        2: ["A", "x"],
        3: ["B", 'y "z"'],
    }


def test_a_cell_that_holds_lines_like_rows_is_a_cell(tmp_path: Path) -> None:
    text = 'Title,Notes,Owner\nA,"as CSV:\nB,x,Bob\nC,""y"",Cy",Ann\n'
    assert read(csv_file(tmp_path / "t.csv", text)) == {2: ["A", 'as CSV:\nB,x,Bob\nC,"y",Cy', "Ann"]}


def test_quotes_inside_a_cell_without_quotes_are_text(tmp_path: Path) -> None:
    text = 'Title,Notes\n5" pipe,the "best"\n"A" and B,x\n'
    assert read(csv_file(tmp_path / "t.csv", text)) == {2: ['5" pipe', 'the "best"'], 3: ["A and B", "x"]}


# ── what other programs leave ─────────────────────────────────────────────────────────────────────


def test_line_ends_of_several_systems_in_one_file(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "t.csv", 'Title,Notes\r\nA,"1\n2"\nB,"1\r\n2"\rC,x\r\n\nD,y')
    assert read(path) == {2: ["A", "1\n2"], 3: ["B", "1\r\n2"], 4: ["C", "x"], 6: ["D", "y"]}


def test_delimiters_at_the_end_of_header_and_rows_are_no_columns(tmp_path: Path) -> None:
    sheet = opened(csv_file(tmp_path / "t.csv", "Title;Notes;\nA;x;;;;\n;;;;;;\nB;;;;;;;;\n"))
    assert sheet.header == ("Title", "Notes")
    assert [frame.shape for frame in sheet.chunks()] == [(2, 2)]


@pytest.mark.parametrize(
    "error",
    [
        *("#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!"),
        *("#BEZUG!", "#NV", "#WERT!", "#ZAHL!", "#NOM?", "#VALEUR!", "#NOMBRE!"),
        *("#¿NOMBRE?", "#¡VALOR!", "#N/D", "#WAARDE!", "#NAAM?", "Err:502"),
    ],
)
def test_an_error_that_was_saved_as_text_is_broken(tmp_path: Path, error: str) -> None:
    path = csv_file(tmp_path / "t.csv", f"Title,Notes,Key\nA,{error},see {error}\n")
    assert read(path) == {2: ["A", Broken(error, ERROR), f"see {error}"]}


def test_a_date_that_did_not_fit_its_column_is_broken(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "t.csv", "Title,Due date\nA,########\n#1,#\n##,###\n")
    found = read(path)
    assert found[2] == ["A", Broken("########", TOO_NARROW)]
    assert (found[3], found[4]) == (["#1", "#"], ["##", "###"])
