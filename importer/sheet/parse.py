"""Parses the XML of worksheets (.xlsx) and tables (.ods) as it comes: right for all, but slow."""

from contextlib import suppress
from typing import IO, Any
from xml.parsers import expat

from importer.sheet.base import Broken
from importer.sheet.findings import MOST_CELLS, Scan, judge, place
from importer.sheet.merged import Span


def elements(xml: bytes, tag: str) -> list[dict[str, str]]:
    """The attributes of all elements `tag`, prefixes left aside."""
    found: list[dict[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == tag:
            found.append({_local(key): value for key, value in attributes.items()})

    parser = _parser()
    parser.StartElementHandler = start
    parser.Parse(xml, True)
    return found


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _parser() -> expat.XMLParserType:
    """A parser for XML without entities of its own (they are how a small file fills a memory)."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    return parser


def _refuse(*_: Any) -> None:
    raise expat.ExpatError("a document type declaration")


# ── .xlsx ─────────────────────────────────────────────────────────────────────────────────────────


class _Done(Exception):
    pass


def parse_worksheet(part: IO[bytes]) -> Scan:
    """The scan by a parser that takes the XML as it comes: right for all of it, but slow."""
    reader, parser = _Worksheet(), _parser()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    with suppress(_Done):
        parser.ParseFile(part)
    return reader.scan


class _Worksheet:
    """Follows rows and cells; those without a reference stand behind the one before."""

    def __init__(self) -> None:
        self.scan = Scan()
        self.row, self.column, self.kind = 0, -1, ""
        self.parts: dict[str, str] = {}  # formula `f`, value `v`, inline text `is` of the cell
        self.inside = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = _local(tag)
        if tag == "row":
            self.row = int(attributes.get("r") or self.row + 1)
            self.column = -1
            if attributes.get("hidden") in ("1", "true"):
                self.scan.hidden.add(self.row)
        elif tag == "c":
            self.column += 1
            if "r" in attributes:
                self.row, self.column = place(attributes["r"])
            self.kind, self.parts = attributes.get("t", ""), {}
        elif tag in ("f", "v", "is"):
            self.inside, self.parts[tag] = tag, ""

    def text(self, text: str) -> None:
        if self.inside:
            self.parts[self.inside] += text

    def end(self, tag: str) -> None:
        tag = _local(tag)
        if tag == self.inside:
            self.inside = ""
        elif tag == "c":
            value = self.parts.get("is") or self.parts.get("v")
            broken = judge(self.kind, self.parts.get("f"), value)
            if broken:
                self.scan.add(self.row, self.column, broken)
            elif value:
                self.scan.reach(self.row, self.column)
        elif tag == "sheetData":
            raise _Done


# ── OpenDocument ──────────────────────────────────────────────────────────────────────────────────


def parse_tables(part: IO[bytes]) -> dict[str, Scan]:
    """The scans of an .ods file's content.xml, by the name of the table."""
    parser = _parser()
    reader = _Tables(parser)
    parser.StartElementHandler = reader.start
    parser.ParseFile(part)
    reader.end_row()
    return reader.scans


class _Tables:
    """Follows rows and cells, each of which says how often it is repeated.

    It hears of beginnings only, which is twice as fast: what ends is what came before. The prefixes
    are the usual ones; with others the fast reader finds nothing either.
    """

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.parser = parser
        self.scans: dict[str, Scan] = {}
        self.scan = Scan()
        self.row, self.rows = 1, 0  # the row's number, and how often it stands there
        self.hidden = False
        self.column = 0  # of the next cell
        self.filled = 0  # columns of the row up to the last with anything in it
        self.broken: dict[int, Broken] = {}
        self.error: list[str] | None = None  # pieces of the text that the present error cell shows

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in ("table:table-cell", "table:covered-table-cell"):
            self._start_cell(attributes)
        elif tag == "table:table-row":
            self.end_row()
            self.rows = int(attributes.get("table:number-rows-repeated", 1))
            self.hidden = attributes.get("table:visibility", "visible") != "visible"
        elif tag == "table:table":
            self.end_row()
            self.row = 1
            self.scan = self.scans.setdefault(attributes.get("table:name", ""), Scan())

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._end_error()
        column = self.column
        if "table:number-rows-spanned" in attributes:
            self._merge(attributes)
        self.column += int(attributes.get("table:number-columns-repeated", 1))
        if attributes.get("calcext:value-type") == "error":
            self.error = []
            self.parser.CharacterDataHandler = self.error.append
        elif "office:value-type" not in attributes:
            broken = judge("", (attributes.get("table:formula") or "=").partition("=")[2] or None, None)
            if broken is None:
                return
            self.broken[column] = broken
        self.filled = self.column

    def _merge(self, attributes: dict[str, str]) -> None:
        rows = int(attributes["table:number-rows-spanned"])
        columns = int(attributes.get("table:number-columns-spanned", 1))
        if rows > 1 or columns > 1:
            self.scan.merged.append(
                Span(self.row, self.row + rows - 1, self.column, self.column + columns - 1)
            )

    def _end_error(self) -> None:
        if self.error is not None:
            broken = judge("e", None, "".join(self.error).strip())
            if broken:
                self.broken[self.filled - 1] = broken
            self.error = self.parser.CharacterDataHandler = None

    def end_row(self) -> None:
        """Writes down the row before the present tag, as often as it is repeated."""
        self._end_error()
        first, self.row = self.row, self.row + self.rows
        if self.filled:
            self.scan.reach(self.row - 1, self.filled - 1)
            if self.scan.cells <= MOST_CELLS:  # else it will be refused
                self._write(range(first, self.row))
        self.rows, self.column, self.filled, self.broken = 0, 0, 0, {}

    def _write(self, rows: range) -> None:
        if self.hidden:
            self.scan.hidden.update(rows)
        for row in rows:
            for column, broken in self.broken.items():
                self.scan.add(row, column, broken)
