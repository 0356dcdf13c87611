"""What can be known of the output before anything is asked for, and what happens when the disk fills up."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from importer.errors import UnwritableFile
from importer.sheet.table import OutColumn, Table
from importer.sheet.writing import ENDINGS, SHEETS, check_place, check_target, write, write_records

TABLE = Table("Tasks", [OutColumn("name")], [["A"]])
PLACES = [f"t{ending}" for ending in ENDINGS]


def refused(path: Path) -> str:
    """What is said of a target, which must be one sentence, and leave the folder as it was."""
    before = {p.name: p.read_bytes() for p in path.parent.glob("*") if p.is_file()}
    with pytest.raises(UnwritableFile) as told:
        check_target(path)
    assert {p.name: p.read_bytes() for p in path.parent.glob("*") if p.is_file()} == before
    assert told.value.status == 2
    assert "\n" not in told.value.message
    return told.value.message


@pytest.mark.parametrize("name", PLACES)
def test_a_target_that_can_be_written_is_left_as_it_is(tmp_path: Path, name: str) -> None:
    check_target(tmp_path / name)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / name).write_text("before")
    check_target(tmp_path / name)
    assert (tmp_path / name).read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_the_ending_decides(tmp_path: Path) -> None:
    for name in ("t.doc", "t", "t.xls"):
        assert ".jsonl" in refused(tmp_path / name)
    check_target(tmp_path / "T.XLSX")
    with pytest.raises(UnwritableFile, match=r"use \.xlsx, \.csv, \.tsv\."):
        check_target(tmp_path / "t.parquet", SHEETS)  # a template


@pytest.mark.parametrize("name", PLACES)
def test_a_folder_that_is_missing_or_stands_in_the_way(tmp_path: Path, name: str) -> None:
    assert "does not exist" in refused(tmp_path / "no" / name)
    (tmp_path / "file").touch()
    assert "does not exist" in refused(tmp_path / "file" / name)
    (tmp_path / name).mkdir()
    assert "is a folder" in refused(tmp_path / name)
    assert "File name too long" in refused(tmp_path / ("n" * 300 + name))


def test_a_long_name_that_the_disk_takes_is_fine(tmp_path: Path) -> None:
    path = tmp_path / f"{'n' * 250}.csv"
    check_target(path)
    write(path, [TABLE])
    assert path.read_text() == "name\nA\n"


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder, and no rights beyond a common user's."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        check_target(folder / "t.parquet")  # the modules are loaded while they may be
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o777)


@pytest.mark.skipif(os.name != "posix", reason="rights of another kind")
@pytest.mark.parametrize("name", PLACES)
def test_a_folder_or_file_that_is_read_only(nobody: Path, name: str) -> None:
    (nobody / name).write_text("before")
    (nobody / name).chmod(0o444)
    assert "no permission" in refused(nobody / name)
    (nobody / name).chmod(0o644)
    check_target(nobody / name)
    shut = nobody / "shut"
    shut.mkdir()
    shut.chmod(0o555)
    assert "Permission denied" in refused(shut / f"new{name}")
    shut.chmod(0o755)


@pytest.mark.parametrize(("mark", "program"), [(".~lock.{}#", "LibreOffice"), ("~${}", "Excel")])
@pytest.mark.parametrize("name", PLACES)
def test_a_file_that_is_open_elsewhere(tmp_path: Path, name: str, mark: str, program: str) -> None:
    (tmp_path / mark.format(name)).touch()
    check_target(tmp_path / name)  # the mark of a file that is gone
    (tmp_path / name).write_text("before")
    said = refused(tmp_path / name)
    assert program in said
    assert mark.format(name) in said, "it may be left of a crash"
    with pytest.raises(UnwritableFile):  # it may have been opened since
        write_records(tmp_path / name, []) if name.endswith(".jsonl") else write(tmp_path / name, [TABLE])
    assert (tmp_path / name).read_text() == "before"


def test_a_link_stays_one(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    (tmp_path / "latest.csv").symlink_to(there / "weekly.csv")
    for _ in range(2):  # without the file, and with it
        write(tmp_path / "latest.csv", [TABLE])
        assert (tmp_path / "latest.csv").is_symlink()
        assert (there / "weekly.csv").read_text() == "name\nA\n"
    assert [p.name for p in there.iterdir()] == ["weekly.csv"]
    (tmp_path / "lost.csv").symlink_to(tmp_path / "gone" / "t.csv")
    assert "does not exist" in refused(tmp_path / "lost.csv")


def test_the_files_beside_are_checked_too(tmp_path: Path) -> None:
    (tmp_path / "t.csv.manifest.json").mkdir()
    with pytest.raises(UnwritableFile, match="is a folder"):
        check_place(tmp_path / "t.csv.manifest.json")


# ── room on the disk ──────────────────────────────────────────────────────────────────────────────

CHILD = """
import resource, sys
from pathlib import Path
from importer.errors import UnwritableFile
from importer.sheet.table import OutColumn, Table
from importer.sheet.writing import check_target, write, write_records

path, room = Path(sys.argv[1]), int(sys.argv[2])
check_target(path)  # loads what it needs
rows = ([number, f"a name that takes some room {number * 7919 % 10007}"] for number in range(30_000))
resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
try:
    check_target(path)
    print("checked")
    if path.suffix == ".jsonl":
        write_records(path, ({"id": number, "name": name} for number, name in rows))
    else:
        write(path, [Table("Tasks", [OutColumn("id", "integer"), OutColumn("name")], rows)])
    print("written")
except UnwritableFile as error:
    print(error.message)
"""


def child(path: Path, room: int) -> list[str]:
    """What a process says that may write so many bytes into a file."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, path, str(room)],
        capture_output=True, text=True, check=True, timeout=60,
        env={**os.environ, "TMPDIR": str(path.parent)},
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.skipif(os.name != "posix", reason="bounds of another kind")
@pytest.mark.parametrize("name", PLACES)
def test_a_disk_that_fills_up_leaves_the_old_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("before")
    [said] = child(path, 0)  # known beforehand
    assert "File too large" in said
    for room in (5_000, 100_000):
        checked, said = child(path, room)
        assert checked == "checked"
        assert said.startswith(f"{path} can't be written: File too large; ")
        assert path.read_text() == "before"
        assert [p.name for p in tmp_path.iterdir()] == [name]
    assert child(path, 50_000_000) == ["checked", "written"]
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_disk_without_room_is_known_beforehand(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no right to mount a small disk")
    try:
        (disk / "t.csv").write_text("before")
        with (disk / "full").open("wb", buffering=0) as full, pytest.raises(OSError):
            while True:
                full.write(bytes(1024))
        assert "No space left" in refused(disk / "t.csv")
    finally:
        subprocess.run(["umount", disk], check=True)


# ── Parquet's library ─────────────────────────────────────────────────────────────────────────────


def test_without_pyarrow_it_is_one_sentence_beforehand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    assert "pip install 'tasksheet[parquet]'" in refused(tmp_path / "t.parquet")
    check_target(tmp_path / "t.csv")
