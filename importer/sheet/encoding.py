"""Which encoding a text file is in, decided on its beginning."""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from importer.errors import UnreadableFile, WrongUse
from importer.sheet.latin import latin_code_page

# Decoding goes at about 1 GB/s, so nearly every file is judged as a whole.
SAMPLE_BYTES = 8 << 20

# What the guess is made on: lines that hold anything beyond ASCII.
GUESSED_BYTES = 32 << 10

# Letters beyond ASCII for each byte that is wrong, from which on a file is UTF-8 all the same.
UTF8_LETTERS = 20

LATIN = ("cp1252", "cp1250", "cp1254")
OTHERS = ("cp1251", "cp1253", "cp1255", "cp1256", "cp932", "gb18030", "cp949", "big5")

# An error handler (open(errors=MARKED)) that puts MARK where a byte can't be decoded. No decoded text
# holds it, since strict codecs refuse surrogates.
MARK = "\udcff"
MARKED = "tasksheet.mark"
codecs.register_error(MARKED, lambda error: (MARK, getattr(error, "end", 0)))

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # starts like UTF-16's, so it is asked first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec's name, and a note for people where it is not what everybody expects."""

    codec: str
    note: str | None = None


def decide_encoding(path: Path, asked: str | None) -> Encoding:
    """The encoding `asked`, or the one found. A byte-order mark is left in: its reader drops it."""
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
        whole = not file.read(1)
    if asked is not None:
        return Encoding(_asked_codec(asked, sample))
    for bom, codec in _BOMS:
        if sample.startswith(bom):
            note = None if codec == "utf-8" else f"read as {codec.upper()}, as its first bytes say"
            return Encoding(codec, note)
    if b"\0" in sample:
        for codec, order in (("utf-16-le", "little"), ("utf-16-be", "big")):
            if _is_utf16(sample, codec):
                return Encoding(codec, f"read as UTF-16 ({order}-endian), as its NUL bytes show")
        raise UnreadableFile(
            f"{path.name} holds NUL bytes, so it is no plain text; export it again as CSV UTF-8, "
            "or name its --encoding."
        )
    if _is_utf8(sample, whole) or _is_nearly_utf8(sample):
        return Encoding("utf-8")
    codec = guess(sample)
    return Encoding(
        codec, f"read as {codec}, since it is not UTF-8; --encoding overrules where umlauts or "
        "accents look wrong"
    )  # fmt: skip


def _asked_codec(name: str, sample: bytes) -> str:
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        info = None
    # Python has codecs that are none of text (base64, rot13); only this attribute tells.
    if info is None or not getattr(info, "_is_text_encoding", True):
        raise WrongUse(f"--encoding {name}: no such encoding is known; try utf-8, cp1252 or utf-16.")
    if info.name in ("utf-16", "utf-32") and not sample.startswith(tuple(bom for bom, _ in _BOMS)):
        swapped = info.name == "utf-16" and _is_utf16(sample, "utf-16-be")
        return f"{info.name}-{'be' if swapped else 'le'}"  # without a mark it is mostly Windows'
    return info.name


def _is_utf8(sample: bytes, whole: bool) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(sample, final=whole)
    except UnicodeDecodeError:
        return False
    return True


def _is_nearly_utf8(sample: bytes) -> bool:
    """UTF-8 into which a few other bytes came: better one row that is named than all letters wrong."""
    text = sample.decode("utf-8", errors=MARKED)
    wrong, others = text.count(MARK), len(text) - len(text.encode("ascii", errors="ignore"))
    return others > UTF8_LETTERS * wrong


def _is_utf16(sample: bytes, codec: str) -> bool:
    """Whether the bytes make sense as UTF-16: most ends of lines are found in whole units of it."""
    try:
        text = codecs.getincrementaldecoder(codec)("strict").decode(sample, final=False)
    except UnicodeDecodeError:
        return False
    if "\0" in text:
        return False
    ends = text.count("\n") + text.count("\r")
    if not (raw := sample.count(b"\n") + sample.count(b"\r")):  # a single line
        return sum(map(str.isascii, text)) * 2 > len(text)
    return ends * 2 > raw


def guess(sample: bytes) -> str:
    """The likeliest 8-bit or East Asian encoding of bytes that are not UTF-8.

    In Latin script one or two letters stand among ASCII ones; elsewhere they come in longer runs. That
    decides between the families: on a few short words statistics would take an umlaut for Chinese.
    """
    lines = (line for line in sample.splitlines() if not line.isascii())
    text = b"\n".join(lines)[:GUESSED_BYTES]
    runs = sum(len(run) for run in re.findall(rb"[\x80-\xff]{3,}", text))
    alone = len(re.findall(rb"[\x80-\xff]", text)) - runs
    return _likeliest(text) if runs > alone else latin_code_page(text)


def _likeliest(text: bytes) -> str:
    from charset_normalizer import from_bytes

    matches = from_bytes(text, cp_isolation=[*OTHERS, *LATIN])
    best = matches.best()
    if best is None:
        return "cp1252"
    western = next((match for match in matches if match.encoding == "cp1252"), None)
    if western and (western.chaos, -western.coherence) <= (best.chaos, -best.coherence):
        return "cp1252"
    if text.decode("cp1252", errors="replace") == str(best):
        return "cp1252"
    return best.encoding
