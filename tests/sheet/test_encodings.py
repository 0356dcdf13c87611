"""The encoding of a text file: found, given, or wrong in one place."""

import re
from pathlib import Path

import pytest
from sheet_files import csv_file, opened, read, rows

from importer.errors import UnreadableFile, WrongUse
from importer.sheet import encoding
from importer.sheet.encoding import guess

TEXTS = {
    "cp1252": [
        "Title,Due\nBüro,2024-01-02\n",
        "Titel;Fällig am;Größe\nÜbergabe prüfen;31.10.2026;groß\n",
        "Titre;Échéance\nPréparer la réunion à Paris;12/10/2025\nÉcrire le résumé;\n",
        "Resumen;Persona\nDiseñar la página de inicio;Núñez\n",
        "Title;Cost\nBuy “smart” quotes – 5 €;5\n",
        "Título;Prazo\nReunião às três, São Paulo;1.2.\nGröße;Één ding\n",
        "Title;Cost\n¿Qué hacer?;£5\nm³ Beton, nº 3, 1ª fase;3 £\n½ Tag;x\n",
        "Titel;Frist\nSmörgåsbord på lørdag;x\nÞetta er það, góður;\nŒuvre, garçon;\n",
    ],
    "cp1250": [
        "Tytuł;Termin\nZażółć gęślą jaźń;2024-01-01\nProszę sprawdzić umowę;\nŁódź — książka\n",
        "Zadanie;Termin\nZadzwonić do klienta, że już;1.2.2024\nWysłać fakturę;\n",
        "Úkol;Termín\nPřipravit smlouvu;1.2.2024\nZavolat klientovi a ověřit částku;\n",
        "Feladat;Határidő\nÁrvíztűrő tükörfúrógép;2024.01.02\nSzámla küldése;\n",
    ],
    "cp1251": ["Название;Срок\nКупить молоко и хлеб;01.02.2024\nПозвонить клиенту;\n"],
    "cp1253": ["Τίτλος;Προθεσμία\nΑγορά γάλακτος;1/2/2024\n"],
    "cp1254": [
        "Başlık;Bitiş\nToplantı hazırlığı;1.2.2024\n",
        "Başlık;Bitiş\nİşleri bitir, çağrı yap, ığüşöç;1.2.2024\n",
    ],
    "cp932": ["タイトル,期限\n会議の資料を準備する,2024/01/02\n"],
    "gb18030": ["标题,截止日期\n准备会议资料,2024/01/02\n完成报告,\n"],
    "cp949": ["제목,기한\n회의 자료 준비,2024/01/02\n"],
}


@pytest.mark.parametrize(
    ("codec", "text"), [(codec, text) for codec, texts in TEXTS.items() for text in texts]
)
def test_text_of_many_countries_comes_back(codec: str, text: str) -> None:
    sample = text.encode(codec)
    assert sample.decode(guess(sample)) == text


def test_western_text_is_called_cp1252_and_not_a_twin_of_it() -> None:
    assert [guess(text.encode("cp1252")) for text in TEXTS["cp1252"]] == ["cp1252"] * 8


def test_a_mark_of_utf_16_is_obeyed_and_noted(tmp_path: Path) -> None:
    sheet = opened(csv_file(tmp_path / "t.txt", "Title\tNotes\r\nÖl 😀\tx\r\n", "utf-16"))
    assert rows(sheet) == {2: ["Öl 😀", "x"]}
    assert sheet.notes[0] == "read as UTF-16, as its first bytes say"


@pytest.mark.parametrize("asked", ["utf-16", "utf-16-le", "UTF16"])
def test_utf_16_without_a_mark_can_be_named(tmp_path: Path, asked: str) -> None:
    path = csv_file(tmp_path / "t.csv", "Title,Notes\nÖl,x\n", "utf-16-le")
    assert read(path, encoding=asked) == {2: ["Öl", "x"]}
    path = csv_file(tmp_path / "t.csv", "Title,Notes\nÖl,x\n", "utf-16-be")
    assert read(path, encoding="utf-16") == {2: ["Öl", "x"]}


@pytest.mark.parametrize(("codec", "order"), [("utf-16-le", "little"), ("utf-16-be", "big")])
@pytest.mark.parametrize(
    "text",
    [
        "Title,Notes\nÖl,x\n",
        "Title\tNotes\r\nКупить молоко\tи хлеб\r\nПозвонить\t\r\n",
        "标题,截止日期,备注\n准备会议资料,2024/01/02,完成报告\n",
        "Title;Notes",
        "Title;Notes\n😀 Ċ;x\n",  # letters whose bytes look like the end of a line
    ],
)
def test_utf_16_without_a_mark_is_known_by_where_its_nul_bytes_stand(
    tmp_path: Path, text: str, codec: str, order: str
) -> None:
    sheet = opened(csv_file(tmp_path / "t.csv", text, codec))
    lines = [re.split("[,;\t]", line) for line in text.split()] if "标" in text else None
    assert sheet.notes[0] == f"read as UTF-16 ({order}-endian), as its NUL bytes show"
    assert sheet.header[0] in text.splitlines()[0]
    found = rows(sheet)
    if lines:
        assert found == {2: lines[1]}
    assert len(found) == len(text.splitlines()) - 1


@pytest.mark.parametrize(
    "content", [b"Title,Notes\nA,x\nB,\0\n", b"Title\0Notes\nA\0B\n", bytes(range(256)) * 3]
)
def test_other_nul_bytes_are_no_utf_16(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(UnreadableFile, match="holds NUL bytes"):
        opened(tmp_path / "t.csv")


def test_a_foreign_byte_in_utf_8_is_named_instead_of_spoiling_all_other_letters(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"Title,Notes\n" + "Größe,über\n".encode() * 8 + b"Gr\xf6\xdfe,x\n")
    assert "not UTF-8" in opened(path).notes[0]  # 24 letters, and 2 bytes that are wrong
    path.write_bytes(path.read_bytes() + "Größe,über\n".encode() * 8)
    with pytest.raises(UnreadableFile, match=r"row 10: .*byte 0xF6.*is not utf-8"):
        opened(path)


def test_the_mark_is_no_part_of_the_first_title_whatever_encoding_is_given(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "t.csv", "Title,Notes\nÖl,x\n", "utf-8-sig")
    assert opened(path, encoding="utf-8").header == ("Title", "Notes")
    path = csv_file(tmp_path / "u.csv", "\ufeffTitle,Notes\nÖl,x\n", "utf-16-le")
    assert opened(path, encoding="utf-16-le").header == ("Title", "Notes")


@pytest.mark.parametrize("asked", ["klingon", "base64", "rot13", ""])
def test_an_encoding_that_is_none_is_wrong_use(tmp_path: Path, asked: str) -> None:
    with pytest.raises(WrongUse, match="no such encoding"):
        opened(csv_file(tmp_path / "t.csv", "Title\nA\n"), encoding=asked)


def test_a_byte_that_is_not_in_the_encoding_is_named_by_its_row(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b'Title,Notes\n\n"a\nb",x\nGr\xf6\xdfe,y\n')
    with pytest.raises(UnreadableFile, match=r"t\.csv, row 4: .*byte 0xF6.*--encoding cp1252"):
        opened(path, encoding="utf-8")


def test_a_late_byte_beyond_the_sample_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "SAMPLE_BYTES", 1000)
    path = tmp_path / "t.csv"
    path.write_bytes(b"sep=,\nTitle,Notes\n" + b"A,x\n" * 20_000 + b"\xfc,y\n")
    with pytest.raises(UnreadableFile, match=r"row 20002: .*byte 0xFC.*utf-8"):
        rows(opened(path))


def test_a_letter_cut_by_the_end_of_the_sample_is_still_utf_8(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "SAMPLE_BYTES", 8)
    assert read(csv_file(tmp_path / "t.csv", "Title\nö😀ö\n")) == {2: ["ö😀ö"]}


def test_a_letter_cut_by_the_end_of_the_file_is_not(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("Title\nö😀".encode()[:-1])
    assert "not UTF-8" in opened(path).notes[0]
