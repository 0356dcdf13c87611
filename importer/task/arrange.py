"""Arrange: from a sheet's columns to cells by field, as the mapping and its preset say.

Several columns of one field become one cell a row, a tool's words become what they mean, and rows that
are no task are told apart. The cells are otherwise as they were written: values.py reads them.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from importer.task.blocks import Block, cut
from importer.task.fields import BY_NAME, Kind
from importer.task.lists import join, split
from importer.task.mapping import Column
from importer.task.mapping import Mapping as Columns
from importer.task.preset import Clean, RowRule, title_of, word_of
from importer.task.problem import Problem
from importer.task.values import shown, unit_of

if TYPE_CHECKING:
    import pandas as pd

Place: TypeAlias = "int | pd.Series[Any]"
"""The column of a field's cells: the same for all rows, or each row's own."""

_LISTS = (Kind.NAMES, Kind.TEXTS)
_BARE = re.compile(r"\s*\d+(?:[.,]\d+)?\s*", re.ASCII)
_FORMULA = ("'=", "'+", "'-", "'@")  # what a tool guards with a '


@dataclass(slots=True)
class Arranged:
    """The tasks of a chunk by field, on Excel's row numbers, and what else its rows tell.

    `others` are the rows that are no task, with the reason. `lines` go to the notes of a row, which may
    stand in an earlier chunk. `parents` are those that the layout tells: an outline, a block. `losses` are
    what single-valued fields leave out of cells that hold several values.
    """

    rows: list[int]
    cells: dict[str, "pd.Series[Any]"]
    places: dict[str, Place]
    extra: list[tuple[Column, "pd.Series[Any]"]] = field(default_factory=list)  # for lines of notes
    others: dict[int, str] = field(default_factory=dict)
    lines: dict[int, list[str]] = field(default_factory=dict)
    parents: dict[int, int] = field(default_factory=dict)
    losses: list[Problem] = field(default_factory=list)

    def drop(self, rows: Collection[int]) -> None:
        """Take rows out that are no tasks of their own."""
        if rows:
            self.rows = [row for row in self.rows if row not in rows]
            self.cells = {name: cells.loc[self.rows] for name, cells in self.cells.items()}
            self.extra = [(column, cells.loc[self.rows]) for column, cells in self.extra]


class Arranger:
    """Arranges one sheet chunk by chunk; a section or an outline goes on in the next chunk."""

    def __init__(self, mapping: Columns, above: Sequence[Sequence[str]] = ()) -> None:
        """`above` are the rows above the header: the last one may be a group's title."""
        self.mapping, self.rules = mapping, mapping.rules
        self.titles = [title_of(column.title) for column in mapping.columns]
        titles = [cell for cell in above[-1] if cell] if above and self.rules.blocks else []
        self.section = titles[0] if len(titles) == 1 else None
        self.task: int | None = None  # the task above, whose notes a row of notes is
        self.outline: list[tuple[int, int]] = []  # level and row of the tasks above, outermost first
        self.unused: dict[str, int] = {}  # title of a sub-tasks' column that nothing takes → filled cells

    def arrange(self, chunk: "pd.DataFrame") -> Arranged:
        others = repeated_headers(chunk, self.mapping)
        blocks = [Block(self.mapping, chunk.drop(index=list(others)))]
        parents: dict[int, int] = {}
        sections: dict[int, str] = {}
        if self.rules.blocks:
            blocks, others, parents, sections = cut(chunk, self.mapping, self.section)
            self.note_unused(blocks[1:])
        lines: dict[int, list[str]] = {}
        made = []
        for block in blocks:
            own, own_lines, own_sections = self.set_apart(block.rows)
            others |= own
            lines |= own_lines
            sections |= own_sections
            made.append(self.by_field(Block(block.mapping, block.rows.drop(index=list(own)))))
        arranged = made[0] if len(made) == 1 else _joined(made)
        for row, texts in lines.items():
            arranged.lines.setdefault(row, []).extend(texts)
        arranged.others, arranged.parents = others, parents
        self.add_sections(arranged, sections)
        if "indent" in arranged.cells and "parent" not in self.mapping.feeds:
            arranged.parents |= self.by_indent(arranged.cells["indent"])
        return arranged

    def note_unused(self, blocks: Sequence[Block]) -> None:
        """Remember what blocks with headers of their own hold that is not taken."""
        for block in blocks:
            for column in block.mapping.ignored:
                if filled := int(block.rows[column.position].notna().sum()):
                    self.unused[column.title] = self.unused.get(column.title, 0) + filled

    # Rows that are no task

    def set_apart(self, rows: "pd.DataFrame") -> tuple[dict[int, str], dict[int, list[str]], dict[int, str]]:
        """By the preset's rules: the rows that are no task, the notes of others, and each row's section."""
        others: dict[int, str] = {}
        lines: dict[int, list[str]] = {}
        sections: dict[int, str] = {}
        kinds: dict[int, tuple[RowRule, str]] = {}
        for rule in self.rules.rows:
            for row, text in self.matching(rule, rows):
                kinds.setdefault(row, (rule, text))
        if not self.rules.rows:
            self.task = int(rows.index[-1]) if len(rows) else self.task
            return others, lines, sections
        for row in map(int, rows.index):
            if row not in kinds:
                self.task = row
                if self.section:
                    sections[row] = self.section
                continue
            rule, text = kinds[row]
            others[row] = rule.why or f"{rule.are}, no task"
            if rule.are == "sections":
                self.section, self.task = text or None, None
            elif rule.are == "notes" and self.task is None:
                others[row] = "a note with no task above it"
            elif rule.are == "notes" and text and self.task:
                lines.setdefault(self.task, []).append(text)
        return others, lines, sections

    def matching(self, rule: RowRule, rows: "pd.DataFrame") -> Iterator[tuple[int, str]]:
        """The rows that a rule means, each with its text. A rule whose columns are not there means none."""
        places = {plain: p for p, plain in reversed(list(enumerate(self.titles)))}
        if not all(title_of(title) in places for title in rule.where):
            return
        found = None
        for title, pattern in rule.where.items():
            texts = rows[places[title_of(title)]].map(lambda cell: "" if cell is None else str(cell).strip())
            hit = texts.map({text: bool(pattern.fullmatch(text)) for text in texts.unique()}).astype(bool)
            found = hit if found is None else found & hit
        if found is None:
            return
        text_place = places.get(title_of(rule.text))
        for row in rows.index[found]:
            cell = rows.at[row, text_place] if text_place is not None else None
            yield int(row), "" if cell is None else str(cell).replace("\r\n", "\n").strip()

    def add_sections(self, arranged: Arranged, sections: Mapping[int, str]) -> None:
        """A row's own section cell beats the section that it stands below."""
        import pandas as pd

        below = {row: text for row, text in sections.items() if row in set(arranged.rows)}
        if below:
            told = pd.Series(below, dtype=object).reindex(arranged.rows)
            own = arranged.cells.get("section")
            arranged.cells["section"] = told if own is None else own.where(own.notna(), told)
            arranged.places.setdefault("section", self.mapping.positions.get("name", 0))

    def by_indent(self, levels: "pd.Series[Any]") -> dict[int, int]:
        """row → the nearest row above of a lower level. A row without a level stands outside the outline."""
        parents = {}
        for row, cell in zip(levels.index.tolist(), levels.tolist(), strict=True):
            level = _level(cell)
            if level is None:
                continue
            while self.outline and self.outline[-1][0] >= level:
                self.outline.pop()
            if self.outline:
                parents[int(row)] = self.outline[-1][1]
            self.outline.append((level, int(row)))
        return parents

    # Columns to fields

    def by_field(self, block: Block) -> Arranged:
        rows, feeds = block.rows, block.mapping.feeds
        arranged = Arranged([int(row) for row in rows.index], {}, {})
        for name, positions in feeds.items():
            columns = [(position, self.tidy(rows[position])) for position in positions]
            if name in self.rules.add_up:
                cells, place = _added_up(columns)
            else:
                cells, place = _first_filled(columns)
            if name in self.rules.keep_all:
                self.keep_others(arranged, columns, cells, place, block.mapping)
            if BY_NAME[name].kind is Kind.MINUTES:
                cells = self.with_units(name, cells, positions[0], block)
            arranged.cells[name], arranged.places[name] = cells, place
        for name, other in self.rules.instead.items():
            if other in arranged.cells:
                self.fill(arranged, name, other)
        for name, cells in arranged.cells.items():
            arranged.cells[name] = self.plain_words(name, cells)
            arranged.losses += self.beyond_the_first(name, cells, arranged.places[name])
        for column in block.mapping.lines:
            arranged.extra.append((column, self.tidy(rows[column.position])))
        for move in self.rules.moves:
            if move.source in arranged.cells:
                self.move(arranged, move.source, move.target, move.pattern)
        return arranged

    def tidy(self, cells: "pd.Series[Any]") -> "pd.Series[Any]":
        """Without the guard that the tool writes, and with its words for nothing as nothing."""
        rules = self.rules
        if not rules.blank and not rules.guarded:
            return cells

        def mend(text: str) -> str | None:
            if word_of(text) in rules.blank:
                return None
            return text[1:] if rules.guarded and text.startswith(_FORMULA) else text

        return _mended(cells, mend)

    def keep_others(
        self,
        arranged: Arranged,
        columns: Sequence[tuple[int, "pd.Series[Any]"]],
        taken: "pd.Series[Any]",
        place: Place,
        mapping: Columns,
    ) -> None:
        """A line of the notes for each cell that another column of the field was taken for."""
        titles = {column.position: column.title for column in mapping.columns}
        for position, cells in columns:
            for row, cell in cells[cells.notna() & (cells != taken)].items():
                arranged.lines.setdefault(int(str(row)), []).append(f"{titles[position]}: {shown(cell)}")

    def with_units(self, name: str, cells: "pd.Series[Any]", position: int, block: Block) -> "pd.Series[Any]":
        """Bare numbers with the unit that a column of units or a block's own header tells: `10 minute`."""
        titles = {column.position: column.title for column in block.mapping.columns}
        plain = title_of(self.rules.unit_titles.get(name, ""))
        place = next((p for p, title in titles.items() if title and title_of(title) == plain), None)
        if place is not None:
            units = block.rows[place].where(block.rows[place].notna(), "")
        elif block.mapping is self.mapping or (unit := unit_of(titles[position])) is None:
            return cells
        else:
            units = cells.map(lambda cell: unit)
        bare = cells.map(lambda cell: isinstance(cell, str) and bool(_BARE.fullmatch(cell)))
        return cells.where(~bare.astype(bool), cells.astype(str) + " " + units.astype(str))

    def fill(self, arranged: Arranged, name: str, other: str) -> None:
        """Where a field's cell is blank, another field's stands for it."""
        import pandas as pd

        def spread(place: Place) -> "pd.Series[Any]":
            return pd.Series(place, index=arranged.rows) if isinstance(place, int) else place

        more, place = arranged.cells[other], spread(arranged.places[other])
        if name in arranged.cells:
            own = arranged.cells[name]
            filled = own.notna()
            more = own.where(filled, more)
            place = spread(arranged.places[name]).where(filled, place)
        arranged.cells[name], arranged.places[name] = more, place

    def plain_words(self, name: str, cells: "pd.Series[Any]") -> "pd.Series[Any]":
        """The cells with the field's cleaning and vocabulary applied, each distinct text once."""
        clean, words = self.rules.clean.get(name), self.mapping.values.get(name)
        if clean is None and not words:
            return cells
        many = BY_NAME[name].kind in _LISTS

        def mend(text: str) -> str | None:
            if words and (whole := words.get(word_of(text))) is not None:
                return _replaced(name, text, whole)
            parts = _cleaned(text, clean, many)
            if words:
                parts = [_replaced(name, p, words[word_of(p)]) if word_of(p) in words else p for p in parts]
            kept = [part for part in parts if part and part.strip()]
            if clean and clean.split and not many:
                del kept[1:]
            return join(kept) if many else "\n".join(kept)

        return _mended(cells, mend)

    def beyond_the_first(self, name: str, cells: "pd.Series[Any]", place: Place) -> Iterator[Problem]:
        """What is lost of cells that hold several values of a field that takes one."""
        clean, words = self.rules.clean.get(name), self.mapping.values.get(name, {})
        if clean is None or clean.split is None or BY_NAME[name].kind in _LISTS:
            return
        for row, cell in cells[cells.map(lambda cell: isinstance(cell, str))].items():
            if word_of(cell) not in words and len(list(filter(str.strip, clean.split.split(cell)))) > 1:
                position = place if isinstance(place, int) else int(str(place.at[row]))
                told = f"a task has one {name}; of several the first is taken"
                yield Problem(int(str(row)), name, cell, told, position, loss=True)

    def move(self, arranged: Arranged, source: str, target: str, pattern: Any) -> None:
        """Take what the pattern finds out of one field, and add it to another."""
        import pandas as pd

        cells = arranged.cells[source]
        texts = cells[cells.map(lambda cell: isinstance(cell, str) and bool(pattern.search(cell)))]
        if not len(texts):
            return
        many = BY_NAME[target].kind in _LISTS
        there = arranged.cells.get(target, pd.Series(None, index=cells.index, dtype=object)).copy()
        left = cells.copy()
        for row, text in texts.items():
            found = [match[match.lastindex or 0].strip() for match in pattern.finditer(text)]
            before = there.at[row]
            old = (split(before) if many else [before]) if isinstance(before, str) else []
            there.at[row] = join(dict.fromkeys(old + found)) if many else "\n".join(old + found)
            left.at[row] = " ".join(pattern.sub(" ", text).split()) or None
        arranged.cells |= {source: left, target: there}
        arranged.places.setdefault(target, arranged.places[source])


def repeated_headers(chunk: "pd.DataFrame", mapping: Columns) -> dict[int, str]:
    """The rows that hold the header once more, in all their filled cells."""
    titles = {c.position: c.title for c in mapping.columns if c.title}
    place = mapping.positions.get("name")
    if place is None or len(titles) < 2:
        return {}
    alike = chunk.index[chunk[place] == titles.get(place)]
    return {
        int(row): "the header again"
        for row in alike
        if all(cell is None or str(cell).strip() == titles.get(p) for p, cell in chunk.loc[row].items())
    }


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


def _level(cell: object) -> int | None:
    try:
        return int(float(str(cell)))
    except ValueError:
        return None


def _first_filled(columns: Sequence[tuple[int, "pd.Series[Any]"]]) -> tuple["pd.Series[Any]", Place]:
    """Of each row the first cell that holds something, and where it stands."""
    import pandas as pd

    (position, cells), *others = columns
    place: Place = position
    for position, more in others:
        filled = cells.isna() & more.notna()
        if filled.any():
            if isinstance(place, int):
                place = pd.Series(place, index=cells.index, dtype="int64")
            place = place.where(~filled, position)
            cells = cells.where(~filled, more)
    return cells, place


def _added_up(columns: Sequence[tuple[int, "pd.Series[Any]"]]) -> tuple["pd.Series[Any]", Place]:
    """The values of all columns in one cell, each column holding one."""
    cells, place = _first_filled(columns)
    if len(columns) == 1:
        return cells.map(lambda cell: join([cell]) if isinstance(cell, str) else cell), place
    added = [
        join(dict.fromkeys(cell.strip() for cell in row if isinstance(cell, str) and cell.strip())) or None
        for row in zip(*(column.tolist() for _, column in columns), strict=True)
    ]
    import pandas as pd

    return pd.Series(added, index=cells.index, dtype=object), place


def _mended(cells: "pd.Series[Any]", mend: Callable[[str], str | None]) -> "pd.Series[Any]":
    """The cells with their texts mended; blank ones are None."""
    known: dict[str, str | None] = {}
    mended = []
    for cell in cells.tolist():
        if isinstance(cell, str):
            if cell not in known:
                known[cell] = mend(cell) or None
            cell = known[cell]
        mended.append(cell)
    import pandas as pd

    return pd.Series(mended, index=cells.index, dtype=object)


def _cleaned(text: str, clean: Clean | None, many: bool) -> list[str]:
    parts = [text]
    if clean and clean.find and (found := [m[m.lastindex or 0] for m in clean.find.finditer(text)]):
        parts = found
    elif clean and clean.split:
        parts = clean.split.split(text)
    elif many and not clean:
        parts = split(text)
    for pattern, new in clean.replace if clean else ():
        parts = [pattern.sub(new, part) for part in parts]
    if many and clean and not (clean.find or clean.split):
        parts = [piece for part in parts for piece in split(part)]
    return [part.strip() for part in parts] if many else parts


def _replaced(name: str, text: str, meaning: str) -> str:
    """A status keeps its own name, which the workspace may have; its meaning is the second choice."""
    return f"{text.strip()}|{meaning}" if name == "status" and meaning.startswith("@") else meaning


def _joined(made: Sequence[Arranged]) -> Arranged:
    """The blocks of a sheet as one, in the sheet's order."""
    import pandas as pd

    rows = sorted(row for one in made for row in one.rows)
    cells: dict[str, pd.Series[Any]] = {}
    places: dict[str, Place] = {}
    for name in dict.fromkeys(name for one in made for name in one.cells):
        with_it = [one for one in made if name in one.cells and one.rows]
        if not with_it:
            continue
        cells[name] = pd.concat([one.cells[name] for one in with_it]).reindex(rows)
        cells[name] = cells[name].where(cells[name].notna(), None)
        places[name] = pd.concat([pd.Series(one.places[name], index=one.rows) for one in with_it])
    extra = [
        (column, own.reindex(rows).where(lambda told: told.notna(), None))
        for one in made
        for column, own in one.extra
    ]
    losses = [loss for one in made for loss in one.losses]
    return Arranged(rows, cells, places, extra, losses=losses)
