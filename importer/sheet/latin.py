"""Which Latin code page a text is in: the one in which most of its words belong to one language each.

Statistics of letters need more text than a short list of tasks has. A single word tells a lot: `Wys³aæ`
is no word of anybody, `Wysłać` has letters of Polish alone.
"""

import re

# The letters beyond ASCII of the languages that each code page is used for. cp1252, which is what
# Excel writes in most countries, comes first and wins ties.
_ALPHABETS = {
    "cp1252": (
        "äöüß",  # German
        "àâçéèêëîïôùûüæœ",  # French
        "áéíóúüñªº",  # Spanish
        "áâãàçéêíóôõúªº",  # Portuguese
        "àèéìòù",  # Italian
        "áçèéêëíïóöü",  # Dutch
        "åäöé",  # Swedish, Finnish
        "åæøéó",  # Danish, Norwegian
        "áéíóúýðþæö",  # Icelandic
    ),
    "cp1250": (
        "ąćęłńóśźż",  # Polish
        "áčďéěíňóřšťúůýž",  # Czech
        "áäčďéíľňóôšťúýž",  # Slovak
        "áéíóöőúüű",  # Hungarian
        "ăâîşţ",  # Romanian
        "čćđšž",  # Croatian, Slovene
        "äöüß",  # German
    ),
    "cp1254": ("çğıöşüâîû",),  # Turkish
}

# Signs of cp1252 that are letters in other code pages, where they have good reason to stand.
_SIGNS = re.compile(r"^¿(?=[A-ZÁÉÍÓÚÑ])|^k?[mcd]?m³$|^[nN]º$|^\d+[ªº]$|^\d*[½¼¾]$|^[£¥]\d*$|^\d+[£¥]$")
_NEVER = re.compile(r"þ$|^ð")  # no Icelandic word ends or begins so; Turkish ones do, with ş and ğ


def latin_code_page(text: bytes) -> str:
    """The code page with the fewest words that no language explains."""
    return min(_ALPHABETS, key=lambda codec: _unexplained(text, codec))


def _unexplained(text: bytes, codec: str) -> int:
    words = re.findall(r"[\w£¥¯¿\ufffd]+", text.decode(codec, errors="replace"))
    return sum(not _is_explained(word, codec) for word in words if not word.isascii())


def _is_explained(word: str, codec: str) -> bool:
    if codec == "cp1252":
        word = _SIGNS.sub("", word)
        if len(word) < 2:  # à, è, ó, å
            return True
        if _NEVER.search(word):
            return False
    letters = {letter for letter in word.replace("İ", "ı").lower() if not letter.isascii()}
    return len(word) > 1 and any(letters <= set(alphabet) for alphabet in _ALPHABETS[codec])
