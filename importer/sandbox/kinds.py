"""Kinds: what a value of a fault plan may be. One table entry a kind: its words, and a test."""

import math
import re
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# These say where a message ends; a false one would break the connection instead of the answer.
_FRAMING = {"content-length", "transfer-encoding", "connection"}
_MOST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Kind:
    words: str
    fits: Callable[[Any], bool]

    def check(self, name: str, value: Any, place: str) -> None:
        """Raises ValueError with one sentence."""
        if not self.fits(value):
            told = repr(value)
            told = told if len(told) < 80 else f"{told[:76]}…"
            raise ValueError(f"{name} of {place} can't be {told}; it must be {self.words}")


def _is_whole(value: Any, least: int = -_MOST, most: int = _MOST) -> bool:
    return type(value) is int and least <= value <= most


def whole(least: int = 0, most: int = _MOST) -> Kind:
    return Kind(f"a whole number from {least} to {most}", lambda value: _is_whole(value, least, most))


def number(least: float = 0, most: float = 86_400) -> Kind:
    def fits(value: Any) -> bool:
        return type(value) in (int, float) and math.isfinite(value) and least <= value <= most

    return Kind(f"a number from {least:g} to {most:g}", fits)


def word(*words: str) -> Kind:
    return Kind(f"one of {', '.join(words)}", lambda value: isinstance(value, str) and value in words)


def each(words: str, fits: Callable[[Any], bool]) -> Kind:
    return Kind(f"a list of {words}", lambda value: isinstance(value, list) and all(map(fits, value)))


def either(*kinds: Kind) -> Kind:
    return Kind(" or ".join(kind.words for kind in kinds), lambda value: any(k.fits(value) for k in kinds))


def names(known: Container[str]) -> Kind:
    return each("names of fields", lambda value: isinstance(value, str) and value in known)


def words_of(known: Iterable[str]) -> Kind:
    allowed = tuple(known)
    return each(f"these words: {', '.join(allowed)}", lambda value: value in allowed)


def lengths(known: Container[str]) -> Kind:
    def fits(value: Any) -> bool:
        return isinstance(value, dict) and all(name in known and _is_whole(n, 0) for name, n in value.items())

    return Kind("an object of names of fields and lengths", fits)


def _are_headers(value: Any) -> bool:
    return isinstance(value, dict) and all(
        _TOKEN.fullmatch(name)
        and name.lower() not in _FRAMING
        and (one is None or (isinstance(one, str) and _is_line(one)))
        for name, one in value.items()
    )


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable()


def _is_zone(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(ZoneInfo(value))
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return False
    except KeyError:
        return False


ANYTHING = Kind("anything", lambda value: True)
FLAG = Kind("true or false", lambda value: isinstance(value, bool))
TEXT = Kind("text", lambda value: isinstance(value, str))
LINE = Kind("text of one line", _is_line)
NOTHING = Kind("null", lambda value: value is None)
OBJECT = Kind("an object", lambda value: isinstance(value, dict))
HEADERS = Kind("an object of headers and texts, or null to leave one out", _are_headers)
ZONE = Kind("a time zone such as Europe/Berlin", _is_zone)
TEXTS = each("texts", lambda value: isinstance(value, str))
INDEXES = each("row indexes from 0", lambda value: _is_whole(value, 0))
WRITTEN = either(whole(), word("all"), INDEXES)
