"""Presets: the files of templates/presets/, read once, and the one that a sheet's header asks for."""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from importer.errors import UnusableMapping, WrongUse
from importer.resources import folder
from importer.task.mapping import OWN, is_known, nearest, recognise
from importer.task.preset import PLAIN, Preset, detect, parse, title_of

NONE = "none"


@cache
def presets() -> dict[str, Preset]:
    """Every preset by its id, which is its file's name."""
    return {path.stem: _read(path) for path in sorted((folder("templates") / "presets").glob("*.toml"))}


def _read(path: Path) -> Preset:
    try:
        return parse(path.stem, tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnusableMapping(f"The preset {path.name} can't be read: {error}.") from error


@cache
def _titles() -> frozenset[str]:
    readable = (preset for preset in presets().values() if not preset.refuse)
    return frozenset(title_of(title) for preset in readable for title in preset.titles)


def is_title(text: str) -> bool:
    """Whether a text is a column title of any tool, or one of ours."""
    return is_known(text) or title_of(text) in _titles()


def choose(header: Sequence[str], asked: str | None, file: str = "") -> Preset:
    """The preset asked for by name, or the one that the header or else the file's name shows; PLAIN for none.

    Raises WrongUse for a name that there is not, and for a file that is known to be no list of tasks.
    """
    if asked is None:
        named = (p for p in presets().values() if p.file and p.file.fullmatch(file))
        found = detect(header, presets().values()) or next(named, PLAIN)
        if found.refuse and any(recognise(title) == "end_date" for title in header):
            return PLAIN  # what is due is a task, whatever else stands beside it
        if found.refuse:
            raise UnusableMapping(f"{found.refuse} If it is one all the same, say --preset none.")
        return found
    if asked in (NONE, OWN):
        return PLAIN
    if asked not in presets():
        usable = [id for id, preset in presets().items() if not preset.refuse]
        raise WrongUse(
            f"--preset {asked}: there is no such preset{nearest(asked, usable)}; there are "
            f"{', '.join(usable)}, {OWN}, and {NONE} for none."
        )
    return presets()[asked]
