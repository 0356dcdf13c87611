"""Arrange: the rows of a sheet that are tasks, by field, and what the other rows are.

feeding.py makes cells by field of columns; here rows are told apart: sections, notes, repeated headers,
groups. The cells are as they were written but for a tool's words: values.py reads them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from importer.task.blocks import Block, cut
from importer.task.feeding import Arranged, Place, by_field
from importer.task.mapping import Mapping as Columns
from importer.task.preset import RowRule, title_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Arranged", "Arranger"]


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
            made.append(by_field(Block(block.mapping, block.rows.drop(index=list(own))), self.mapping))
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
            told = pd.Series([below.get(row) for row in arranged.rows], index=arranged.rows, dtype=object)
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


def _level(cell: object) -> int | None:
    try:
        return int(float(str(cell)))
    except ValueError:
        return None


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
