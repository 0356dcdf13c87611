"""Known: which rows of a sheet earlier imports hold already, and what has to be asked. Pure.

Rows are matched with the rows of all imports, each at most once, in passes from sure to less sure: all
cells, key and name, name and project and parent, name alone, key alone. What matches and was created is
not sent again. Where most of a list matches it is the same list, where little does it is a new one; where
a row may be an edited one as well as a new one, a person is asked.
"""

import unicodedata
from collections import Counter, deque
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from importer.run.drafts import Kind

Cells = Mapping[str, str]
"""Field → text, the filled ones alone."""

QUESTION = "new, or edited?"
FEW, MOST, REAL = 1 / 5, 1 / 2, 3  # shares of a list, and the rows that make one


@dataclass(frozen=True, slots=True)
class Line:
    """A row as far as matching goes. `item` names the row of the journal that it surely is."""

    row: int
    cells: Cells
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A row of an earlier import. `cells` as it was imported, `seen` as a later sheet had it."""

    id: int
    list: int
    kind: Kind
    cells: Cells
    seen: Cells | None = None
    label: str = ""

    @property
    def there(self) -> bool:
        """Whether sending it again could double it."""
        return self.kind in (Kind.CREATED, Kind.DOUBT)

    @property
    def last(self) -> Cells:
        return self.cells if self.seen is None else self.seen


class Verdict(StrEnum):
    NEW = "new"  # a list that no import holds
    SAME = "same"  # one that was imported before
    ASK = "ask"  # one or the other


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person says of the rows in question. None: nothing; an empty set of ranges never occurs."""

    new: Callable[[int], bool] = lambda row: False
    edited: Callable[[int], bool] = lambda row: False


@dataclass(slots=True)
class Known:
    """What is known of a sheet's rows.

    `item` is the journal's row for each that matched. `asked` are the rows that nobody can tell new
    from edited, `vanished` the created rows that the sheet lacks. `shared` counts rows of a new
    list that stand in earlier imports too. `list` is the import that further rows join; None: a new one.
    """

    verdict: Verdict = Verdict.NEW
    item: dict[int, int] = field(default_factory=dict)
    asked: tuple[int, ...] = ()
    vanished: tuple[int, ...] = ()
    shared: int = 0
    list: int | None = None


def known(lines: Sequence[Line], items: Sequence[Item], answers: Answers = Answers()) -> Known:
    """Match the rows of a sheet with those of all imports."""
    by_id = {item.id: item for item in items}
    match = _Match(lines, items)
    sure = {line.row: line.item for line in lines if line.item in by_id}
    for row, item in sure.items():
        match.take(row, by_id[item])
    match.passes()
    verdict = _verdict(match, by_id, all_sure=len(sure) == len(lines))
    there = [row for row, item in match.item.items() if by_id[item].there]
    if verdict is Verdict.NEW and not sure:
        return Known(verdict, {}, shared=len(there)) if there else _joined(match, by_id)
    if verdict is Verdict.ASK and not there:
        return _joined(match, by_id)  # nothing of it was created: there is nothing to double
    if verdict is Verdict.ASK:
        return _undecided(match, by_id, answers)
    return _same_list(match, by_id, answers)


def changed(now: Cells, then: Cells) -> list[str]:
    """The fields that differ, without a row's own key, which no task bears."""
    fields = sorted((now.keys() | then.keys()) - {"key"})
    return [name for name in fields if text(now.get(name, "")) != text(then.get(name, ""))]


def text(cell: str) -> str:
    """A cell as it is compared: composed, without blanks around and between."""
    return " ".join(unicodedata.normalize("NFC", cell).split())


def plain(cell: str) -> str:
    return text(cell).casefold()


class _Match:
    """Matching in progress."""

    def __init__(self, lines: Sequence[Line], items: Sequence[Item]) -> None:
        self.all = {line.row: line for line in lines}
        self.lines = dict(self.all)  # those that are left
        self.items = {item.id: item for item in items}
        self.item: dict[int, int] = {}
        self.parent_of_line = _parents((line.row, 0, line.cells) for line in lines)
        self.parent_of_item = _parents((item.id, item.list, item.last) for item in items)
        names = {plain(line.cells.get("name", "")) for line in lines}
        likeness = Counter(item.list for item in items if plain(item.last.get("name", "")) in names)
        rank = {
            one: place
            for place, (one, _) in enumerate(sorted(likeness.items(), key=lambda p: (-p[1], -p[0])))
        }
        # Of equals the one that is there, in the list that is most like the sheet, in its order.
        self.order = sorted(
            items, key=lambda i: (bool(i.label), rank.get(i.list, len(rank)), not i.there, i.id)
        )

    def take(self, row: int, item: Item) -> None:
        self.item[row] = item.id
        self.lines.pop(row, None)
        self.items.pop(item.id, None)

    def give_back(self, row: int) -> None:
        del self.item[row]
        self.lines[row] = self.all[row]

    def passes(self) -> None:
        self._by(lambda cells, parent: frozenset((n, text(c)) for n, c in cells.items() if text(c)))
        self._by(lambda cells, parent: _filled(plain(cells.get("key", "")), plain(cells.get("name", ""))))
        self._by(
            lambda cells, parent: _filled(plain(cells.get("name", "")), project(cells), parent, needed=1)
        )
        self._by(lambda cells, parent: _filled(plain(cells.get("name", ""))))
        trusted = self._lists_with_true_keys()
        self._by(
            lambda cells, parent: _filled(plain(cells.get("key", ""))), lambda item: item.list in trusted
        )

    def _by(
        self,
        key_of: Callable[[Cells, str], Hashable | None],
        fit: Callable[[Item], bool] = lambda item: True,
    ) -> None:
        """Match the rows and items that are left and have the same key, in their order."""
        shelves: dict[Hashable, deque[Item]] = {}
        for item in self.order:
            if item.id in self.items and fit(item):
                key = key_of(item.last, self.parent_of_item.get(item.id, ""))
                if key:
                    shelves.setdefault(key, deque()).append(item)
        for row, line in list(self.lines.items()):
            key = key_of(line.cells, self.parent_of_line.get(row, ""))
            if key and (shelf := shelves.get(key)):
                self.take(row, shelf.popleft())

    def _lists_with_true_keys(self) -> set[int]:
        """Imports with whose matched rows the sheet mostly agrees in keys."""
        agree: Counter[int] = Counter()
        both: Counter[int] = Counter()
        items = {item.id: item for item in self.order}
        for row, number in self.item.items():
            item = items[number]
            ours, theirs = plain(self.all[row].cells.get("key", "")), plain(item.last.get("key", ""))
            if ours and theirs:
                both[item.list] += 1
                agree[item.list] += ours == theirs
        return {one for one in both if 2 * agree[one] > both[one]}


def project(cells: Cells) -> str:
    return plain(cells.get("project", "") or cells.get("project_id", ""))


def _filled(*parts: str, needed: int | None = None) -> tuple[str, ...] | None:
    """The parts as a key; None where one that is needed is blank."""
    return parts if all(parts[:needed]) else None


def _parents(rows: Iterable[tuple[int, int, Cells]]) -> dict[int, str]:
    """The name of the parent that each row means, by another row's key, else by its name."""
    rows = list(rows)
    by_key = {
        (group, plain(cells["key"])): cells.get("name", "") for _, group, cells in rows if cells.get("key")
    }
    found = {}
    for number, group, cells in rows:
        if said := cells.get("parent") or cells.get("parent_task_id"):
            found[number] = plain(by_key.get((group, plain(said)), said))
    return found


def _verdict(match: _Match, items: Mapping[int, Item], *, all_sure: bool) -> Verdict:
    """Whether the sheet is a list that was imported before, by how much of it and of the imports matched."""
    count = len(match.item) + len(match.lines)
    sizes = Counter(item.list for item in items.values())
    matched = Counter(items[number].list for number in match.item.values())
    same = Counter(one for one in _in_their_projects(match, items))
    real = [one for one in matched if sizes[one] >= REAL]
    if all_sure or sum(same.values()) >= MOST * count or any(same[one] >= MOST * sizes[one] for one in real):
        return Verdict.SAME if match.item else Verdict.NEW
    few = len(match.item) < FEW * count
    return Verdict.NEW if few and all(matched[one] < MOST * sizes[one] for one in real) else Verdict.ASK


def _in_their_projects(match: _Match, items: Mapping[int, Item]) -> Iterable[int]:
    """The import of each matched row that is still in its project."""
    for row, number in match.item.items():
        if project(match.all[row].cells) == project(items[number].last):
            yield items[number].list


def _joined(match: _Match, items: Mapping[int, Item]) -> Known:
    """Rows that were never created are simply tried; the others join their list."""
    lists = Counter(items[number].list for number in match.item.values())
    return Known(Verdict.SAME if match.item else Verdict.NEW, match.item, list=_first(lists))


def _undecided(match: _Match, items: Mapping[int, Item], answers: Answers) -> Known:
    """The same list or another? Rows that are said to be new are sent again, whatever they match."""
    rows = [*match.item, *match.lines]
    if all(answers.edited(row) for row in rows):
        return _same_list(match, items, answers)
    kept = {row: number for row, number in match.item.items() if not items[number].there}
    asked = tuple(sorted(row for row in rows if row not in kept and not answers.new(row)))
    vanished = tuple(sorted(set(match.item.values()) - set(kept.values())))
    return Known(Verdict.ASK if asked else Verdict.NEW, kept, asked, vanished)


def _same_list(match: _Match, items: Mapping[int, Item], answers: Answers) -> Known:
    """The list again: other rows are new, unless created ones have gone that they may be edits of."""
    sizes = Counter(item.list for item in items.values())
    lists = Counter(items[number].list for number in match.item.values())
    whose = {one for one in lists if lists[one] >= MOST * min(sizes[one], len(match.item))}
    for row, number in list(match.item.items()):
        if items[number].list not in whose and project(match.all[row].cells) != project(items[number].last):
            match.give_back(row)  # a name alone, in another project of another list, says nothing
    gone = deque(sorted(i.id for i in match.items.values() if i.list in whose and i.there))
    asked: list[int] = []
    for row in sorted(match.lines):
        if not gone or answers.new(row):
            continue
        if answers.edited(row):
            match.item[row] = gone.popleft()
        else:
            asked.append(row)
    return Known(Verdict.SAME, match.item, tuple(asked), tuple(gone) if asked else (), 0, _first(lists))


def _first(lists: Counter[int]) -> int | None:
    return max(lists, key=lambda one: (lists[one], one), default=None)


def everything(row: int) -> bool:
    return True


def among(rows: Collection[range]) -> Callable[[int], bool]:
    return lambda row: any(row in some for some in rows)
