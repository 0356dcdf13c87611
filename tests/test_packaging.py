"""What is shipped: the wheel holds everything, and works in an empty environment."""

import configparser
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_the_list_of_packages_names_every_folder() -> None:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    listed = set(parser["options"]["packages"].split())
    folders = {".".join(p.parent.relative_to(ROOT).parts) for p in (ROOT / "importer").rglob("__init__.py")}
    assert listed == folders | {"importer.templates", "importer.samples"}


def test_templates_and_samples_are_found_from_the_checkout() -> None:
    from importer.resources import folder

    assert (folder("templates") / "tasks.xlsx").is_file()
    assert (folder("samples")).is_dir()


@pytest.mark.packaging
@pytest.mark.timeout(600)
def test_the_built_wheel_runs_the_demo_in_an_empty_environment(tmp_path: Path) -> None:
    source = tmp_path / "source"
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout.decode().split("\0")  # fmt: skip
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "-o", tmp_path, source],
        check=True,
        capture_output=True,
        env=environment,
    )
    [wheel] = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"importer/templates/tasks.xlsx", "importer/templates/tasks.csv", "importer/py.typed"} <= names
    assert {f"importer/samples/{p.name}" for p in (ROOT / "samples").iterdir() if p.is_file()} <= names
    assert not [
        n for n in names if n.split("/")[0] not in ("importer", wheel.name.split("-py3")[0] + ".dist-info")
    ]

    home = tmp_path / "empty"
    venv.create(home, with_pip=True)
    python = home / "bin/python"
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "-c", ROOT / "requirements.lock", wheel],
        check=True, capture_output=True, env=environment,
    )  # fmt: skip
    here = tmp_path / "here"
    here.mkdir()
    quiet = {**environment, "HOME": str(here), "TASKSHEET_STATE_DIR": str(tmp_path / "state")}
    done = subprocess.run(
        [home / "bin/tasksheet", "demo"], cwd=here, env=quiet, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (here / "out/tasks.xlsx").is_file()
    listing = subprocess.run(
        [python, "-m", "importer", "--version"], cwd=here, env=quiet, capture_output=True, text=True
    )
    assert "tasksheet" in listing.stdout
