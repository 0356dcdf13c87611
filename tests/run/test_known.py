"""Which rows of a sheet are tasks already, as a table of what people do to their sheets.

A list is written as words, one a row: `name#key@project^parent:end_date*notes`, what is blank left out, `_`
for a blank in a name and `-` for a row that fills no column of a task. Of rows that were imported before
`!` was never created and `?` is in doubt; `Tpyo>Typo` was imported as the one and last seen as the other;
`|` begins another import and `x:: A B` is one of the label x. They are numbered from 1. `Typo=3` is a row
that says of itself that it was number 3.

What becomes of each row, side by side with them:

    3          it is number 3 and not sent again; `3~name,notes`: … and is said to be changed there
    +          sent as a new row; `+3`: tried again as number 3, which was never created
    ?          asked about
"""

import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from importer.delivery.drafts import Kind
from importer.run.known import Answers, Item, Known, Line, Verdict, among, changed, everything, known

_ROW = re.compile(
    r"(?P<name>[^#@^:*!?>=]*)(#(?P<key>\w+))?(@(?P<project>\w+))?(\^(?P<parent>\w+))?"
    r"(:(?P<end_date>\w+))?(\*(?P<notes>\w+))?(?P<kind>[!?]?)(=(?P<item>\d+))?"
)
_KINDS = {"": Kind.CREATED, "!": Kind.INVALID, "?": Kind.DOUBT}
_NOBODY = Answers()


def parts(word: str) -> dict[str, str]:
    """A word as what it holds, `kind` and `item` among it."""
    found = _ROW.fullmatch(word.removeprefix("-"))
    assert found, word
    told = {name: text for name, text in found.groupdict().items() if text}
    return told | ({"name": told["name"].replace("_", " ")} if "name" in told else {})


def cells(word: str) -> dict[str, str]:
    return {name: text for name, text in parts(word).items() if name not in ("kind", "item")}


def sheet(text: str) -> list[Line]:
    """Rows from 2 on, as Excel counts them."""
    words = text.split()
    return [Line(row, cells(word), _int(parts(word).get("item"))) for row, word in enumerate(words, 2)]


def imports(text: str) -> list[Item]:
    items: list[Item] = []
    for number, words in enumerate(text.split("|"), 1):
        label, _, rows = words.rpartition("::")
        for word in rows.split():
            was, _, seen = word.partition(">")
            kind = _KINDS[parts(was).get("kind", "")]
            last = cells(seen) if seen else None
            items.append(Item(len(items) + 1, number, kind, cells(was), last, label.strip()))
    return items


def _int(text: str | None) -> int | None:
    return None if text is None else int(text)


def told(lines: Sequence[Line], items: Iterable[Item], found: Known) -> str:
    """What becomes of each row, in the words of the table."""
    by_id = {item.id: item for item in items}
    words = []
    for line in lines:
        item = by_id.get(found.item.get(line.row, 0))
        if line.row in found.asked:
            assert item is None, f"row {line.row} is asked about and known"
            words.append("?")
        elif item is None:
            words.append("+")
        elif not item.there:
            words.append(f"+{item.id}")
        else:
            fields = ",".join(changed(line.cells, item.cells))
            words.append(f"{item.id}~{fields}" if fields else str(item.id))
    return " ".join(words)


def answers(new: str = "", edited: str = "") -> Answers:
    """Both as they are typed: blank, all, or rows."""

    def said(text: str) -> object:
        if text == "all":
            return everything
        return among([range(int(row), int(row) + 1) for row in text.split(",") if row])

    return Answers(said(new), said(edited))  # type: ignore[arg-type]


def imported(lines: Sequence[Line], items: Sequence[Item], found: Known) -> list[Item]:
    """The journal after an import that created whatever was to be sent."""
    kept = {item.id: item for item in items}
    list_ = found.list or max([item.list for item in items], default=0) + 1
    for line in lines:
        if line.row in found.asked:
            continue
        if (number := found.item.get(line.row)) is None:
            number = len(kept) + 1
            kept[number] = Item(number, list_, Kind.CREATED, line.cells)
        elif kept[number].there:
            kept[number] = replace(kept[number], seen=line.cells)
        else:
            kept[number] = replace(kept[number], kind=Kind.CREATED, cells=line.cells, seen=None)
    return list(kept.values())


@dataclass(frozen=True)
class Case:
    """What was imported `before`, the sheet `now`, and what becomes of each row.

    `vanished` are the rows of earlier imports that are shown beside those in question (None: any), `shared`
    those that a new list has in common with them; `new` and `edited` is what a person answered.
    """

    title: str
    before: str
    now: str
    rows: str
    vanished: str | None = ""
    shared: int = 0
    new: str = ""
    edited: str = ""


def many(word: str, count: int, first: int = 1) -> str:
    """`many("A{}#{}", 3)` → A1#1 A2#2 A3#3"""
    return " ".join(word.replace("{}", str(number)) for number in range(first, first + count))


TEN = many("A{}", 10)
IN_P, IN_Q = many("A{}@P", 10), many("A{}@Q", 10)
NUMBERS = many("{}", 10)

SAME_LIST = [
    Case("the same rows", "A B C D E", "A B C D E", "1 2 3 4 5"),
    Case("a typo in a name mended", "A B Tpyo D E", "A B Typo D E", "1 2 ? 4 5", vanished="3"),
    Case("a typo mended, with keys", "A#1 B#2 Tpyo#3 D#4", "A#1 B#2 Typo#3 D#4", "1 2 3~name 4"),
    Case("two adjacent typos", "A Bb Cc D E", "A B C D E", "1 ? ? 4 5", vanished="2 3"),
    Case(
        "two adjacent typos, with keys", "A#1 Bb#2 Cc#3 D#4 E#5", "A#1 B#2 C#3 D#4 E#5",
        "1 2~name 3~name 4 5",
    ),
    Case("a date changed", "A B:3 C", "A B:4 C", "1 2~end_date 3"),
    Case("a date cleared", "A B:3 C", "A B C", "1 2~end_date 3"),
    Case("a column of notes added", "A B C", "A*late B C", "1~notes 2 3"),
    Case("rows sorted", "B D A C", "A B C D", "3 1 4 2"),
    Case("a row inserted", "A B C D", "A B New C D", "1 2 + 3 4"),
    Case("a row put first", "A B C D", "New A B C D", "+ 1 2 3 4"),
    Case("a row appended", "A B C D", "A B C D New", "1 2 3 4 +"),
    Case("a row deleted", "A B C D", "A B D", "1 2 4"),
    Case("a row deleted and one appended", "A B C D", "A B D New", "1 2 4 ?", vanished="3"),
    Case("half of it replaced", "A B C D", "A B X Y", "1 2 ? ?", vanished="3 4"),
    Case("half of it left", "A B C D E F", "A B C", "1 2 3"),
    Case("a few rows of it alone", TEN, "A7 A3", "7 3"),
    Case("half of an import in a long sheet", "A B C D", f"A B {many('N{}', 18)}", "1 2" + " ?" * 18, "3 4"),
    Case("all of an import in a long sheet", "A B C", f"A B C {many('N{}', 18)}", "1 2 3" + " +" * 18),
    Case("names in other case", "Call_Bob B C", "CALL_BOB B C", "1~name 2 3"),
    Case("names with other blanks", "Call_Bob B C", "_Call__Bob_ B C", "1 2 3"),
    Case("names in another normal form", "Cafe\u0301 B Ma\u0308rz", "Café B März", "1 2 3"),
    Case("rows in doubt", "A B? C", "A B C", "1 2 3"),
    Case("a row in doubt that was deleted", "A B C? D", "A B D New", "1 2 4 ?", vanished="3"),
    Case("one project of many renamed", "A@P B@P C@P D", "A@P B@R C@P D", "1 2~project 3 4"),
    Case("a template re-used with other dates", "A:1 B:1", "A:8 B:8", "1~end_date 2~end_date"),
    Case("one item of a checklist run twice", "A B C", "A B C B", "1 2 3 +"),
    Case("two lists merged", "A B C | X Y Z", "A B C X Y Z", "1 2 3 4 5 6"),
    Case("two lists merged, and a row more", "A B C | X Y Z", "X Y New Z A B C", "4 5 + 6 1 2 3"),
    Case("two lists merged, and a name mended", "A B C | X Y Tpyo", "A B C X Y Typo", "1 2 3 4 5 ?", "6"),
    Case("an edited row put back as it was", "A Tpyo>Typo C", "A Tpyo C", "1 2 3"),
    Case("… and the other way round", "A Tpyo>Typo C", "A Typo C", "1 2~name 3"),
    Case("every name put back as it was", "A>X B>Y C>Z", "A B C", "1 2 3"),
]  # fmt: skip

KEYS = [
    Case("a key column added later", "A B C", "A#1 B#2 C#3", "1 2 3"),
    Case("a key column taken away", "A#1 B#2 C#3", "A B C", "1 2 3"),
    Case("numbers that moved", "A#1 B#2 C#3", "New#1 A#2 B#3 C#4", "+ 1 2 3"),
    Case("numbers that moved, a row gone", "A#1 B#2 C#3 D#4", "B#1 C#2 D#3 New#4", "2 3 4 ?", "1"),
    Case("a row copied and mended, its key not", "A#1 B#2 C#3", "A#1 New#1 B#2 C#3", "1 + 2 3"),
    Case("a row copied with its key", "A#1 B#2 C#3", "A#1 A#1 B#2 C#3", "1 + 2 3"),
    Case("keys in other case", "Aa#x1 B#x2 C#x3", "A#X1 B#X2 C#X3", "1~name 2 3"),
    Case("equal names told apart by their keys", "A#1 A#2 B#3", "A#2 A#1 B#3", "2 1 3"),
    Case(
        "keys 1 to 100 of another list", many("A{}#{}", 100), many("B{}#{}", 100), "+ " * 100,
    ),
    Case(
        "keys 1 to 100 of another list with one name alike",
        f"Kickoff#1 {many('A{}#{}', 99, 2)}", f"Kickoff#1 {many('B{}#{}', 99, 2)}", "+ " * 100, shared=1,
    ),
    Case(
        "keys of another list with a few names alike",
        f"X#1 Y#2 {many('A{}#{}', 18, 3)}", f"X#1 Y#2 {many('B{}#{}', 18, 3)}", "+ " * 20, shared=2,
    ),
    Case("a row deleted whose key is given again", "A#1 B#2 C#3 D#4", "A#1 B#2 C#3 New#4", "1 2 3 4~name"),
]  # fmt: skip

FAMILIES = [
    Case("a parent renamed", "P Q^P R^P S", "Pp Q^Pp R^Pp S", "? 2~parent 3~parent 4", vanished="1"),
    Case("a parent renamed, with keys", "P#1 Q#2^1 R#3^1", "Pp#1 Q#2^1 R#3^1", "1~name 2 3"),
    Case("a parent by key instead of name", "P#1 Q#2^P R#3", "P#1 Q#2^1 R#3", "1 2~parent 3"),
    Case("a row moved under another parent", "P Q A^P", "P Q A^Q", "1 2 3~parent"),
    Case("equal names under other parents", "P A^P Q A^Q", "Q A^Q P A^P", "3 4 1 2"),
    Case(
        "equal names under other parents, dates changed",
        "P A^P:1 Q A^Q:2", "Q A^Q:3 P A^P:4", "3 4~end_date 1 2~end_date",
    ),
    Case("a parent of that name in another list", "P#9 A^P | P#1 A^1 B C", "P#1 A^1 B C", "3 4 5 6"),
]  # fmt: skip

TWINS = [
    Case("twins", "A A B", "A A B", "1 2 3"),
    Case("one twin more", "A A B", "A A A B", "1 2 + 3"),
    Case("one twin less", "A A B", "A B", "1 3"),
    Case("twins by their dates", "A:1 A:2 B", "A:2 A:1 B", "2 1 3"),
    Case("twins, one with another date", "A:1 A:2 B", "A:2 A:3 B", "2 1~end_date 3"),
    Case("twins of which one was never created", "A! A B", "A A B", "2 +1 3"),
    Case("a name that another list has many times", "R A B C | R R R R R R", "R A B C", "1 2 3 4"),
    Case("a name that a longer list has too", f"R S | R S {many('N{}', 18)}", "R S", "1 2"),
    Case("a name that a newer list has too", "Review A B C | Review X Y Z", "Review A B C", "1 2 3 4"),
]  # fmt: skip

NEVER_CREATED = [
    Case("an invalid row mended in another field", "A B:30feb! C", "A B:2 C", "1 +2 3"),
    Case("an invalid row mended in its name", "A :2! C D", "A B:2 C D", "1 + 3 4"),
    Case("an invalid row mended in its name, with keys", "A#1 #2! C#3", "A#1 B#2 C#3", "1 +2 3"),
    Case("an invalid row as it is", "A B:30feb! C", "A B:30feb C", "1 +2 3"),
    Case("nothing was created yet", "A! B! C!", "A B C", "+1 +2 +3"),
    Case("nothing was created yet, other names", "A! B! C!", "X Y Z", "+ + +"),
    Case("nothing was created yet, half other names", "A! B! C! D!", "A B Y Z", "+1 +2 + +"),
    Case("nothing was created yet, another project", "A@P! B@P! C@P!", "A@Q B@Q C@Q", "+1 +2 +3"),
    Case("as many never created, and the others renamed", "A B! C! D", "Aa B C Dd", "? +2 +3 ?", "1 4"),
    Case("rows without a name or anything else", "A -! -! -! -! B", "A - - - - B", "1 +2 +3 +4 +5 6"),
    Case("a row that was never created vanished", "A B! C", "A C New", "1 3 +"),
    Case("rejects.csv, mended", "A Bb:1! Cc@X! D", "B:2=2 C@Y=3", "+2 +3"),
    Case("rejects.csv, mended beyond recognition", "A B#1@P! C#2@P! D", "Y#8@Q=3 Z#9@R=2", "+3 +2"),
    Case("rejects.csv a second time", "A Bb C D", "Bb=2", "2"),
    Case("rejects.csv with its rows put into the whole sheet", "A Bb! C D", "A B=2 C D", "1 +2 3 4"),
    Case("rejects.csv, a row copied", "A B! C! D", "B1=2 B2=2 C=3", "+2 ? +3", vanished="1 4"),
    Case("a row that says which it was, in another project", "A@P B@P C@P", "B@Q=2", "2~project"),
    Case("… among others", "A@P B@P C@P", "X@R B@Q=2", "? 2~project", vanished=None),
    Case("rejects.csv of another workspace", "A B C", "A=77 B=78 C=79", "1 2 3"),
]  # fmt: skip

SMALL = [
    Case("one row again", "A", "A", "1"),
    Case("one row, another", "A", "B", "+"),
    Case("one row, and another", "A", "A B", "1 +"),
    Case("one row, in another project", "A@P", "A@Q", "?", vanished="1"),
    Case("one row, with a date", "A", "A:1", "1~end_date"),
    Case("two rows, one mended", "A B", "A C", "1 ?", vanished="2"),
    Case("two rows, both others", "A B", "C D", "+ +"),
    Case("two rows, one gone", "A B", "B", "2"),
    Case("one row in a long new list", "A", f"A {many('N{}', 9)}", "+ " * 10, shared=1),
    Case("two rows in a long new list", "A B", f"A B {many('N{}', 18)}", "+ " * 20, shared=2),
    Case("no rows", "A", "", ""),
    Case("no import", "", "A B", "+ +"),
]  # fmt: skip

NEW_LISTS = [
    Case("all of it overwritten by others", TEN, many("N{}", 10), "+ " * 10),
    Case("a few rows shared with another list", TEN, f"A1 A2 A3 {many('N{}', 17)}", "+ " * 20, shared=3),
    Case(
        "a few rows shared with several lists", f"{TEN} | {many('B{}', 10)}", f"A1 B1 B2 {many('N{}', 17)}",
        "+ " * 20, shared=3,
    ),
    Case(
        "a row shared that was never created", f"A1! {many('A{}', 9, 2)}", f"A1 A2 {many('N{}', 17)}",
        "+ " * 19, shared=1,
    ),
    Case("a fifth shared", TEN, f"A1 A2 {many('N{}', 8)}", "? " * 10, vanished=None),
    Case("a third shared", TEN, f"A1 A2 A3 {many('N{}', 6)}", "? " * 9, vanished=None),
    Case("the same names in another project", IN_P, IN_Q, "? " * 10, vanished=NUMBERS),
    Case("the same names without a project", IN_P, TEN, "? " * 10, vanished=NUMBERS),
    Case("most names in another project", "A@P B@P C@P D@P", "A@P B@Q C@Q D@Q", "? ? ? ?", vanished=None),
    Case(
        "a name in another project of another list", f"{IN_P} | Kick@R X@R Y@R",
        f"{IN_P} Kick@P", f"{NUMBERS} +",
    ),
]  # fmt: skip

LABELS = [
    Case("a labelled copy is known too", "week:: A B C", "A B C", "1 2 3"),
    Case("the one without a label first", "week:: A B C | A B C", "A B C", "4 5 6"),
]

ANSWERED = [
    Case("new", "A B Tpyo D E", "A B Typo D E", "1 2 + 4 5", new="4"),
    Case("all new", "A Bb Cc D E", "A B C D E", "1 + + 4 5", new="all"),
    Case("edited", "A B Tpyo D E", "A B Typo D E", "1 2 3~name 4 5", edited="4"),
    Case("all edited", "A Bb Cc D E", "A B C D E", "1 2~name 3~name 4 5", edited="all"),
    Case("one new, one edited", "A Bb Cc D E", "A B C D E", "1 + 3~name 4 5", new="3", edited="4"),
    Case("one edited, one not said", "A Bb Cc D E", "A B C D E", "1 2~name ? 4 5", edited="3", vanished="3"),
    Case("one new, one not said", "A Bb Cc D E", "A B C D E", "1 + ? 4 5", new="3", vanished="2 3"),
    Case("edited beside a deleted row", "A Call_Ann Write_Bob D", "A Write_to_Bob D", "1 3~name 4", edited="3"),
    Case("edited below a new row", "A B Tpyo D", "New A B Typo D", "+ 1 2 3~name 4", new="2", edited="5"),
    Case("rows that are in no question", "A B C", "A B C New", "1 2 3 +", new="2", edited="3"),
    Case("another project: new", IN_P, IN_Q, "+ " * 10, new="all"),
    Case("another project: the same", IN_P, IN_Q, many("{}~project", 10), edited="all"),
    Case(
        "another project: some new, some the same", "A@P B@P C@P D@P", "A@Q B@Q C@Q D@Q",
        "+ 2~project + 4~project", new="2,4", edited="3,5",
    ),
    Case(
        "another project: some new, the others not said", "A@P B@P C@P D@P", "A@Q B@Q C@Q D@Q",
        "+ ? + ?", new="2,4", vanished=None,
    ),
    Case(
        "another project: some new, the others not said, the next time", f"{IN_P} | {many('A{}@Q', 3)}", IN_Q,
        f"11 12 13 {'? ' * 7}", vanished=None,
    ),
    Case("a third shared: new", TEN, f"A1 A2 A3 {many('N{}', 6)}", "+ " * 9, new="all"),
]  # fmt: skip

MORE_EDITED = Case(
    "all edited, but not enough gone", "A B Tpyo D", "New A B Typo D", "? 1 2 3~name 4", edited="all"
)
CASES = [*SAME_LIST, *KEYS, *FAMILIES, *TWINS, *NEVER_CREATED, *SMALL, *NEW_LISTS, *LABELS, *ANSWERED]


@pytest.mark.parametrize("case", [*CASES, MORE_EDITED], ids=lambda case: case.title)
def test_what_is_sent_what_is_known_and_what_is_asked(case: Case) -> None:
    lines, items = sheet(case.now), imports(case.before)
    found = known(lines, items, answers(case.new, case.edited))
    assert told(lines, items, found) == case.rows.strip()
    if case.vanished is not None:
        assert " ".join(map(str, found.vanished)) == case.vanished
    assert found.shared == case.shared
    assert (found.verdict is Verdict.ASK) <= bool(found.asked)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_the_next_time_nothing_is_left_but_what_was_not_answered(case: Case) -> None:
    lines, items = sheet(case.now), imports(case.before)
    first = known(lines, items, answers(case.new, case.edited))
    items = imported(lines, items, first)
    again = known(lines, items)
    assert "+" not in told(lines, items, again)
    assert again.asked == first.asked
    twins = Counter(frozenset(line.cells.items()) for line in lines)
    for line in lines:
        if line.row in first.item and twins[frozenset(line.cells.items())] == 1:
            assert again.item[line.row] == first.item[line.row]


def test_a_name_is_shown_as_changed_and_a_key_is_not() -> None:
    now, then = cells("A#1@P*x"), cells("B#2@P:3")
    assert changed(now, then) == ["end_date", "name", "notes"]
    assert changed(cells("Cafe\u0301"), cells("_Café_")) == []
    assert changed(cells("CALL"), cells("call")) == ["name"]


# Whatever people do


NAMES = ("A", "B", "C", "a", "D d", "")


@st.composite
def _cells(draw: st.DrawFn, names: Sequence[str] = NAMES) -> dict[str, str]:
    told = {
        "name": draw(st.sampled_from(names)),
        "key": draw(st.sampled_from(["", "", "1", "2", "3"])),
        "project": draw(st.sampled_from(["", "", "P", "Q"])),
        "parent": draw(st.sampled_from(["", "", "", "A", "1"])),
        "end_date": draw(st.sampled_from(["", "", "2026-01-01", "2026-01-02"])),
    }
    return {name: text for name, text in told.items() if text}


@st.composite
def _imports(draw: st.DrawFn, *, apart: bool = False, most: int = 3) -> list[Item]:
    """Up to three lists, with keys that are not repeated. What was created has a name; `apart`: one that
    no other list has."""
    items: list[Item] = []
    for number in range(1, draw(st.integers(0, most)) + 1):
        label = draw(st.sampled_from(["", "", "week"]))
        keys: set[str] = set()
        names = [f"{name}{number}" if apart and name else name for name in NAMES]
        for cells_ in draw(st.lists(_cells(names), min_size=1, max_size=7)):
            if cells_.get("key") in keys:
                del cells_["key"]
            keys.add(cells_.get("key", ""))
            kinds = [*[Kind.CREATED] * 3, Kind.DOUBT, Kind.REJECTED, Kind.PENDING]
            kind = draw(st.sampled_from(kinds)) if "name" in cells_ else Kind.INVALID
            seen = draw(st.none() | st.none() | _cells(names)) if kind is Kind.CREATED else None
            items.append(Item(len(items) + 1, number, kind, cells_, seen, label))
    return items


@st.composite
def _sheet(draw: st.DrawFn, items: Sequence[Item]) -> list[Line]:
    """Rows, some of earlier imports as they were and some that say of themselves which they were."""
    names = [*NAMES, *{item.last.get("name", "") for item in items}]
    rows: list[Mapping[str, str]] = [*draw(st.lists(_cells(sorted(names)), max_size=8))]
    if items:
        rows += [
            item.cells
            for item in draw(st.lists(st.sampled_from(items), max_size=8, unique_by=lambda i: i.id))
        ]
    numbers = [item.id for item in items]
    said = st.none() | st.none() | st.none() | st.sampled_from([*numbers, 1001, 1002])
    lines, keys = [], set()
    for row, cells_ in enumerate(draw(st.permutations(rows)), 2):
        again = cells_.get("key") in keys
        keys.add(cells_.get("key", ""))
        told = {name: text for name, text in cells_.items() if name != "key" or not again}
        lines.append(Line(row, told, draw(said)))
    return lines


@st.composite
def _answers(draw: st.DrawFn) -> Answers:
    new, edited = (draw(st.sets(st.integers(2, 20))) for _ in range(2))
    kind = draw(st.sampled_from(["none", "none", "rows", "new", "edited"]))
    if kind == "rows":
        return Answers(new.__contains__, (edited - new).__contains__)
    return {"none": _NOBODY, "new": Answers(new=everything), "edited": Answers(edited=everything)}[kind]


@st.composite
def _situations(draw: st.DrawFn, *, apart: bool = False) -> tuple[list[Line], list[Item], Answers]:
    items = draw(_imports(apart=apart))
    return draw(_sheet(items)), items, draw(_answers())


@settings(deadline=None)
@given(_situations())
def test_each_row_and_each_item_is_matched_at_most_once(
    situation: tuple[list[Line], list[Item], Answers],
) -> None:
    lines, items, said = situation
    found = known(lines, items, said)
    rows = {line.row for line in lines}
    assert max(Counter(found.item.values()).values(), default=0) <= 1
    assert found.item.keys() <= rows
    assert set(found.item.values()) <= {item.id for item in items}
    assert set(found.asked) <= rows - found.item.keys()
    assert not set(found.vanished) & set(found.item.values())
    assert not [row for row in found.asked if said.new(row)]


@settings(deadline=None)
@given(_situations())
def test_a_row_that_was_said_to_be_edited_is_not_sent(
    situation: tuple[list[Line], list[Item], Answers],
) -> None:
    lines, items, said = situation
    open_ = known(lines, items).asked
    found = known(lines, items, said)
    edited = {row for row in open_ if said.edited(row) and not said.new(row)}
    assert not edited - found.item.keys() - set(found.asked)


@settings(deadline=None)
@given(_imports(), st.randoms(use_true_random=False))
def test_the_rows_of_an_import_in_another_order_are_all_known(items: list[Item], dice: random.Random) -> None:
    assume(items)
    number = dice.choice(items).list
    rows = [item.last for item in items if item.list == number]
    lines = [Line(row, cells_) for row, cells_ in enumerate(dice.sample(rows, len(rows)), 2)]
    found = known(lines, items)
    by_id = {item.id: item for item in items}
    assert not found.asked
    assert all(by_id[found.item[line.row]].last == line.cells for line in lines)


@settings(deadline=None)
@given(_imports(), st.lists(_cells(("New", "Other"))), st.randoms(use_true_random=False))
def test_rows_that_were_appended_are_never_taken_for_created_rows_of_other_names(
    items: list[Item], rows: list[dict[str, str]], dice: random.Random
) -> None:
    assume(items)
    number = dice.choice(items).list
    old = [item.last for item in items if item.list == number]
    lines = [Line(row, cells_) for row, cells_ in enumerate([*old, *rows], 2)]
    found = known(lines, items)
    by_id = {item.id: item for item in items}
    for line in lines[len(old) :]:
        item = by_id.get(found.item.get(line.row, 0))
        assert item is None or not item.there
        if found.verdict is Verdict.SAME and all(item.list == number for item in items):
            assert line.row not in found.asked


@settings(deadline=None)
@given(_situations(), st.randoms(use_true_random=False))
def test_the_order_in_which_earlier_imports_are_told_does_not_matter(
    situation: tuple[list[Line], list[Item], Answers], dice: random.Random
) -> None:
    lines, items, said = situation
    lists = sorted({item.list for item in items})
    mixed = [item for one in dice.sample(lists, len(lists)) for item in items if item.list == one]
    assert known(lines, mixed, said) == known(lines, items, said)


@settings(deadline=None)
@given(_situations())
def test_a_row_that_equals_a_created_one_is_sent_again_by_a_new_list_or_an_answer_alone(
    situation: tuple[list[Line], list[Item], Answers],
) -> None:
    lines, items, said = situation
    found = known(lines, items, said)
    matched = set(found.item.values())
    left = [item for item in items if item.there and item.id not in matched]
    rows = [line for line in lines if line.row not in found.item]
    for cells_ in {frozenset(line.cells.items()) for line in rows}:
        equal = [line.row for line in rows if frozenset(line.cells.items()) == cells_]
        there = [i for i in left if cells_ in (frozenset(i.cells.items()), frozenset(i.last.items()))]
        sent = [row for row in equal if row not in found.asked and not said.new(row)]
        again = len(sent) > max(0, len(equal) - len(there))
        assert not again or (found.verdict is Verdict.NEW and found.shared)


def _tried(found: Known, items: Mapping[int, Item], row: int) -> bool:
    item = items.get(found.item.get(row, 0))
    return item is None or not item.there


@settings(deadline=None)
@given(_situations(apart=True))
def test_what_was_imported_is_known_the_next_time(
    situation: tuple[list[Line], list[Item], Answers],
) -> None:
    lines, items, said = situation
    # a row without a name is never created
    lines = [replace(line, item=None) for line in lines if line.cells.get("name")]
    first = known(lines, items, said)
    assume(not first.asked or said is _NOBODY)  # what was answered in part is another situation
    items = imported(lines, items, first)
    again = known(lines, items)
    by_id = {item.id: item for item in items}
    assert not [line for line in lines if line.row not in again.asked and _tried(again, by_id, line.row)]
    asked = [
        Counter(frozenset(line.cells.items()) for line in lines if line.row in one.asked)
        for one in (again, first)
    ]
    assert asked[0] <= asked[1]
