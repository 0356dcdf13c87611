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
from difflib import SequenceMatcher
from enum import StrEnum

from importer.delivery.drafts import Kind

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
    match = _Match(lines, items)
    sure = match.sure = match.named()
    match.passes()
    there = [row for row, item in match.item.items() if match.there(item)]
    verdict = Verdict.SAME if sure and len(sure) == len(lines) else match.verdict()
    if not there and (verdict is Verdict.NEW or not match.gone()):
        return match.joined()  # nothing of it was created: there is nothing to double
    if verdict is Verdict.NEW and not sure:
        return Known(verdict, shared=len(there))
    return match.decided(verdict, answers)


def changed(now: Cells, then: Cells) -> list[str]:
    """The fields that differ, without a row's own key, which no task bears."""
    if now == then:
        return []
    fields = sorted((now.keys() | then.keys()) - {"key"})
    return [name for name in fields if text(now.get(name, "")) != text(then.get(name, ""))]


def text(cell: str) -> str:
    """A cell as it is compared: composed, without blanks around and between."""
    return " ".join((cell if cell.isascii() else unicodedata.normalize("NFC", cell)).split())


def plain(cell: str) -> str:
    return text(cell).casefold()


class _Match:
    """Matching in progress. `lines` and `items` are those left, `item` is row → item."""

    def __init__(self, lines: Sequence[Line], items: Sequence[Item]) -> None:
        self.all = {line.row: line for line in lines}
        self.lines = dict(self.all)
        self.by_id = {item.id: item for item in items}
        self.items = dict(self.by_id)
        self.item: dict[int, int] = {}
        self.sure: set[int] = set()  # rows that say themselves which they are
        self.by_key: set[int] = set()  # rows that matched by their key alone
        self.sizes = Counter(item.list for item in items)
        self.parent_of_line = _parents((line.row, 0, line.cells) for line in lines)
        self.parent_of_item = _parents((item.id, item.list, item.last) for item in items)
        likeness = self._likeness()
        # Of equals the one that is there, in the list that is most like the sheet, in its order.
        self.order = sorted(items, key=lambda i: (likeness[i.list], not i.there, i.id))

    def _likeness(self) -> dict[int, tuple[int, ...]]:
        """Import → how unlike the sheet it is: by equal rows, by names; a copy (--again), a longer, an
        older one comes after."""
        equal = Counter(frozenset(line.cells.items()) for line in self.all.values())
        names = Counter(plain(line.cells.get("name", "")) for line in self.all.values())
        rows: dict[int, list[Item]] = {}
        for item in self.items.values():
            rows.setdefault(item.list, []).append(item)
        return {
            one: (
                -(equal & Counter(frozenset(item.last.items()) for item in its)).total(),
                -(names & Counter(plain(item.last.get("name", "")) for item in its)).total(),
                bool(its[0].label),
                len(its),
                -one,
            )
            for one, its in rows.items()
        }

    def gone(self) -> list[Item]:
        """Created rows that the sheet lacks, of imports that it has rows of."""
        lists = self.lists()
        return [item for item in self.items.values() if item.there and item.list in lists]

    def there(self, item: int) -> bool:
        return self.by_id[item].there

    def take(self, row: int, item: int) -> None:
        self.item[row] = item
        self.lines.pop(row, None)
        self.items.pop(item, None)

    def give_back(self, row: int) -> None:
        del self.item[row]
        self.lines[row] = self.all[row]

    # Passes

    def named(self) -> set[int]:
        """Rows that say themselves which row of the journal they are; of copies the first."""
        rows = set()
        for row, line in self.all.items():
            if line.item in self.items:
                self.take(row, line.item)
                rows.add(row)
        return rows

    def passes(self) -> None:
        self._by(lambda cells, parent: frozenset(cells.items()))  # most are the same to the letter
        self._by(lambda cells, parent: frozenset((n, text(c)) for n, c in cells.items() if text(c)))
        self._by(lambda cells, parent: _filled(plain(cells.get("key", "")), plain(cells.get("name", ""))))
        self._by(
            lambda cells, parent: _filled(plain(cells.get("name", "")), project(cells), parent, needed=1)
        )
        self._by(lambda cells, parent: _filled(plain(cells.get("name", ""))))
        trusted, before = self._lists_with_true_keys(), set(self.item)
        self._by(
            lambda cells, parent: _filled(plain(cells.get("key", ""))), lambda item: item.list in trusted
        )
        self.by_key = set(self.item) - before

    def _by(
        self,
        key_of: Callable[[Cells, str], Hashable | None],
        fit: Callable[[Item], bool] = lambda item: True,
    ) -> None:
        """Match the rows and items that are left and have the same key, in their order: as the items
        were last seen, then as they were imported."""
        for imported in (False, True):
            if not self.lines or not self.items:
                return
            shelves: dict[Hashable, deque[int]] = {}
            for item in self.order:
                if item.id in self.items and fit(item):
                    key = key_of(item.cells if imported else item.last, self.parent_of_item.get(item.id, ""))
                    if key is not None:
                        shelves.setdefault(key, deque()).append(item.id)
            for row, line in list(self.lines.items()):
                key = key_of(line.cells, self.parent_of_line.get(row, ""))
                if key is not None and (shelf := shelves.get(key)):
                    self.take(row, shelf.popleft())

    def _lists_with_true_keys(self) -> set[int]:
        """Imports that the sheet agrees with in most keys, of enough rows to say so."""
        agree: Counter[int] = Counter()
        both: Counter[int] = Counter()
        for row, number in self.item.items():
            item = self.by_id[number]
            ours, theirs = plain(self.all[row].cells.get("key", "")), plain(item.last.get("key", ""))
            if ours and theirs:
                both[item.list] += 1
                agree[item.list] += ours == theirs
        return {
            one
            for one in both
            if 2 * agree[one] > both[one] and both[one] >= FEW * min(self.sizes[one], len(self.all))
        }

    # What it comes to

    def lists(self) -> Counter[int]:
        """How many rows matched each import."""
        return Counter(self.by_id[number].list for number in self.item.values())

    def in_their_projects(self) -> Counter[int]:
        """… and are still in the project in which they were imported."""
        return Counter(
            self.by_id[number].list for row, number in self.item.items() if not self.moved(row, number)
        )

    def moved(self, row: int, number: int) -> bool:
        return project(self.all[row].cells) != project(self.by_id[number].last)

    def same_lists(self) -> set[int]:
        """Imports of which the sheet surely is another edition."""
        count, same = len(self.all), self.in_their_projects()
        return {
            one
            for one in same
            if same[one] >= MOST * count or (self.sizes[one] >= REAL and same[one] >= MOST * self.sizes[one])
        }

    def verdict(self) -> Verdict:
        """Whether the sheet is a list that was imported before, by how much of both matched."""
        count, matched = len(self.all), self.lists()
        if 2 * len(self.by_key) > len(self.item):
            return Verdict.ASK  # most of it has nothing but keys in common with what was imported
        if self.same_lists() or self.in_their_projects().total() >= MOST * count:
            return Verdict.SAME
        few = len(self.item) < FEW * count
        small = all(matched[one] < MOST * self.sizes[one] for one in matched if self.sizes[one] >= REAL)
        return Verdict.NEW if few and small else Verdict.ASK

    def joined(self) -> Known:
        """Rows that were never created are simply tried; the others join their list."""
        return Known(Verdict.SAME if self.item else Verdict.NEW, self.item, list=_first(self.lists()))

    def decided(self, verdict: Verdict, answers: Answers) -> Known:
        """What is sent, what is not, and what has to be asked.

        In question are rows that match a list which may be another one; and rows that match nothing
        while created rows have gone from the sheet, that they may be edits of.
        """
        lists, ours = self.lists(), self.same_lists()
        rows_of_another: list[int] = []
        for row, number in list(self.item.items()):
            one = self.by_id[number].list
            if row in self.sure or one in ours or (not self.there(number) and verdict is not Verdict.ASK):
                continue
            if verdict is Verdict.ASK or (self.moved(row, number) and self._mostly(one, lists)):
                rows_of_another.append(row)
            elif self.moved(row, number):
                self.give_back(row)  # a name in another project of another list says nothing
        asked = [row for row in rows_of_another if not answers.edited(row) and not answers.new(row)]
        vanished = {self.item[row] for row in asked}
        for row in rows_of_another:
            if answers.new(row) or row in asked:
                self.give_back(row)
        whose = ours | {one for one in lists if 2 * lists[one] >= lists.total()}
        gone = {i.id: i for i in self.items.values() if i.list in whose and i.there and i.id not in vanished}
        strange = [row for row in self.lines if row not in asked and not answers.new(row)]
        for row, number in _pairs([self.all[r] for r in strange if answers.edited(r)], gone.values()):
            self.take(row, number)
            del gone[number]
        for row in strange:
            if row in self.lines and (gone or answers.edited(row) or verdict is Verdict.ASK):
                asked.append(row)
        if asked:
            vanished |= gone.keys()
        if verdict is Verdict.ASK and not asked:
            verdict = Verdict.SAME if self.item else Verdict.NEW
        return Known(verdict, self.item, tuple(sorted(asked)), tuple(sorted(vanished)), 0, self._joins(ours))

    def _mostly(self, one: int, lists: Counter[int]) -> bool:
        """Whether most of an import, or of the sheet, matched."""
        return lists[one] >= MOST * min(self.sizes[one], len(self.all))

    def _joins(self, ours: set[int]) -> int | None:
        return _first(Counter({one: count for one, count in self.lists().items() if one in ours}))


def _pairs(lines: Sequence[Line], items: Iterable[Item]) -> list[tuple[int, int]]:
    """Each edited row with the row that it most likely was: by key, then the nearest name, then in order."""
    left = {item.id: item for item in items}
    pairs: list[tuple[int, int]] = []
    keys = {plain(item.last.get("key", "")): item.id for item in left.values()}
    for line in lines:
        number = keys.get(plain(line.cells.get("key", "")) or "-")
        if number in left:
            pairs.append((line.row, number))
            del left[number]
    rest = [line for line in lines if line.row not in dict(pairs)]
    if len(rest) * len(left) <= _COMPARED:
        near = sorted(
            (-_likeness(line.cells, item.last), line.row, item.id) for line in rest for item in left.values()
        )
    else:
        near = [(0.0, line.row, number) for line, number in zip(rest, left, strict=False)]
    taken: set[int] = set()
    for _, row, number in near:
        if row not in taken and number in left:
            pairs.append((row, number))
            taken.add(row)
            del left[number]
    return pairs


_COMPARED = 40_000  # names compared with each other; beyond that their order has to do


def _likeness(ours: Cells, theirs: Cells) -> float:
    return SequenceMatcher(None, plain(ours.get("name", "")), plain(theirs.get("name", ""))).ratio()


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


def _first(lists: Counter[int]) -> int | None:
    return max(lists, key=lambda one: (lists[one], one), default=None)


def everything(row: int) -> bool:
    return True


def among(rows: Collection[range]) -> Callable[[int], bool]:
    return lambda row: any(row in some for some in rows)
