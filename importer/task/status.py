"""Status: what a sheet's columns say of a task's status, as one cell in the grammar of names.py."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def status_cells(
    status: "pd.Series[Any] | None",
    progress: "pd.Series[Any] | None",
    done: "pd.Series[Any] | None",
    section: "pd.Series[Any] | None",
    index: "pd.Index[Any]",
) -> "pd.Series[Any]":
    """One cell a row of what the four columns say of the status, in the grammar of names.py."""
    import pandas as pd

    columns = (status, progress, done, section)
    cells = zip(*([None] * len(index) if c is None else c.tolist() for c in columns), strict=True)
    return pd.Series([_status(*four) for four in cells], index=index, dtype=object)


def _status(status: object, progress: object, done: object, section: object) -> str | None:
    """What four cells say of a task's status.

    A status column wins. Of what type a status is that the workspace lacks, the progress tells, else the
    tool's vocabulary, else a mark of being done. Without a status the mark counts, then the progress, then
    the section. Of what is still to do, a section that is a status tells more than the type does.
    """
    told = status if isinstance(status, str) else None
    marked = isinstance(done, bool) and done
    kind = progress if isinstance(progress, str) and progress.startswith("@") else None
    if told is None:
        told = "@done" if marked else kind
    elif not told.startswith("@"):
        name, _, known = told.rpartition("|")
        if not known.startswith("@"):
            name, known = told, ""
        if known == "@blocked" and kind != "@done":  # finer than what a progress tells
            kind = known
        told = "|".join(filter(None, [name, kind or known or ("@done" if marked else "")]))
    if isinstance(section, str) and (told is None or told.endswith("@todo")):
        soft = "?" + section.replace("|", "/")  # a bar would begin another choice
        told = soft if told is None else told.removesuffix("@todo") + soft + "|@todo"
    return told
