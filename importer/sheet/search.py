"""Searches the bytes of an .xlsx worksheet for the few marks that matter, instead of parsing it.

100,000 × 13 cells are 60 MB of XML: calling Python for every element takes 5 s, searching 0.3 s.
Only where a mark stands the element is looked at. XML that is written in another way than all known
programs do (namespace prefixes, comments, single quotes, cells without a reference) is Unusual:
then parse.py has to read it as a whole. A test says that both find the same.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import IO

from importer.sheet.findings import Scan, judge, place

_BLOCK = 1 << 20
_MOST_BETWEEN_ROWS = 64 << 20
_ROW_END = b"</row>"
_AFTER_LETTERS = b'0123456789"/> \t\r\n'

_ROOT = re.compile(rb"<worksheet[\s>]")
_OTHER_ENCODING = re.compile(rb"""<\?xml[^>]*encoding=["'](?!utf-8|us-ascii)""", re.IGNORECASE)
_SINGLE_QUOTES = re.compile(rb"<(?:row|c)\s[^>]*=\s*'")
_ATTRIBUTE = re.compile(rb'(?<=\s)([\w:]+)\s*=\s*"([^"]*)"')
_VALUE = re.compile(rb"<v(?:\s[^>]*)?(?:/>|>([^<]*)</v\s*>)")
_FORMULA = re.compile(rb"<f(?:\s[^>]*)?(?:/>|>([^<]*)</f\s*>)")
_REFERENCE = re.compile(rb"[A-Z]{1,3}[1-9][0-9]{0,6}")


class Unusual(Exception):
    """XML that is right but not written as the search expects it."""


def search(part: IO[bytes]) -> Scan:
    """The scan by marks. Unusual where it can't be sure to see everything."""
    scan = Scan()
    letters_: set[bytes] = set()
    for block in _blocks(part):
        _measure(block, scan, letters_)
        marked = [mark for mark in (b'"e"', b"<f", b"hidden") if mark in block]
        if not marked:
            continue
        if b"<!" in block:  # a comment or CDATA may hold marks that are none
            raise Unusual
        if b"hidden" in marked:
            _find_hidden(block, scan)
        if b'"e"' in marked:
            _find_errors(block, scan)
        if b"<f" in marked:
            _find_formulas(block, scan)
    for name in letters_:
        scan.reach(0, place(name.decode() + "1")[1])
    return scan


def _blocks(part: IO[bytes]) -> Iterator[bytes]:
    """Pieces of the sheet's data of some megabytes, cut behind a row."""
    head = part.read(_BLOCK)
    start = head.find(b"<sheetData")
    if start < 0 or not _ROOT.search(head, 0, start) or _OTHER_ENCODING.match(head):
        raise Unusual
    if b"<!" in head[:start] or _SINGLE_QUOTES.search(head, start):
        raise Unusual
    kept = head[start:]
    while b"</sheetData" not in kept[(cut := kept.rfind(_ROW_END) + len(_ROW_END)) :]:
        if cut >= len(_ROW_END):
            yield kept[:cut]
            kept = kept[cut:]
        more = part.read(_BLOCK)
        if not more or len(kept) > _MOST_BETWEEN_ROWS:  # it breaks off, or has no rows
            raise Unusual
        kept += more
    yield kept[: kept.find(b"</sheetData", max(cut, 0))]


def _measure(block: bytes, scan: Scan, letters_: set[bytes]) -> None:
    """How far the rows of a block reach: the number of its last row, the last cell of each."""
    tag = block.rfind(b"<row")
    if tag < 0:
        return
    number = _attributes(block, tag, block.find(b">", tag)).get(b"r", b"")
    # Three characters: the letters and what follows, or digits of the row's own, if it has no cells.
    ends = {row[(at := row.rfind(b' r="') + 4) : at + 3] for row in block.split(b"</row>")[:-1]}
    names = {end.rstrip(_AFTER_LETTERS) for end in ends}
    together = b"".join(names) + b"A"
    if not (number.isdigit() and together.isalpha() and together.isupper()):
        raise Unusual
    scan.rows = max(scan.rows, int(number))
    letters_ |= names - {b""}


def _marks(block: bytes, mark: bytes, tag: bytes) -> Iterator[tuple[int, int]]:
    """(start, end) of the opening tags `tag` that hold `mark`; elsewhere it is text of a cell."""
    at = block.find(mark)
    while at >= 0:
        start = block.rfind(b"<", 0, at)
        end = block.find(b">", start)
        if end > at and block.startswith(tag, start) and block[start + len(tag)] in b" \t\r\n":
            yield start, end
        at = block.find(mark, at + len(mark))


def _attributes(block: bytes, start: int, end: int) -> dict[bytes, bytes]:
    return dict(_ATTRIBUTE.findall(block, start, end))


def _place(attributes: dict[bytes, bytes]) -> tuple[int, int]:
    reference = attributes.get(b"r", b"")
    if not _REFERENCE.fullmatch(reference):
        raise Unusual
    return place(reference.decode())


def _find_hidden(block: bytes, scan: Scan) -> None:
    for start, end in _marks(block, b"hidden", b"<row"):
        attributes = _attributes(block, start, end)
        if attributes.get(b"hidden") in (b"1", b"true"):
            if not attributes.get(b"r", b"").isdigit():
                raise Unusual
            scan.hidden.add(int(attributes[b"r"]))


def _find_errors(block: bytes, scan: Scan) -> None:
    for start, end in _marks(block, b'"e"', b"<c"):
        attributes = _attributes(block, start, end)
        if attributes.get(b"t") == b"e":
            close = end if block[end - 1 : end] == b"/" else block.find(b"</c>", end)
            value = _VALUE.search(block, end, close)
            broken = judge("e", None, _text(value and value[1]))
            if broken:
                scan.add(*_place(attributes), broken)


def _find_formulas(block: bytes, scan: Scan) -> None:
    at = -1
    while (at := block.find(b"<f", at + 1)) >= 0:
        end = block.find(b"</c>", at)
        value = block.find(b"<v>", at, end)
        if value >= 0 and block[value + 3] != 0x3C:  # "<": the usual case, a formula with a value
            continue
        start = block.rfind(b"<c", 0, at)
        formula, stored = _FORMULA.match(block, at), _VALUE.search(block, at, end)
        if formula is None or b"<is" in block[at:end]:
            continue
        attributes = _attributes(block, start, block.find(b">", start))
        kind = attributes.get(b"t", b"").decode()
        shown = None if stored is None else _text(stored[1]) or ""
        broken = None if kind == "e" else judge(kind, _text(formula[1]) or "", shown)
        if broken:
            scan.add(*_place(attributes), broken)


def _text(found: bytes | None) -> str | None:
    return None if found is None else unescape(found.decode("utf-8", errors="replace"))
