"""Months and weekdays in words, in the languages that sheets come in. The names are CLDR's, by Babel."""

from functools import cache

from importer.task.words import bare

LANGUAGES = ("en", "de", "de_AT", "fr", "fr_CA", "es", "pt", "nl")
_MORE = {"maerz": 3, "mrz": 3, "febr": 2, "setiembre": 9}  # what CLDR lacks
_MORE_DAYS = {"tues", "weds", "thur", "thurs"}


def month(word: str) -> int | None:
    """The month's number; None for a word that is no month: `März`, `mar.`, `Sept`, `abr` …"""
    return _months().get(_bare(word))


def weekday(word: str) -> bool:
    """Whether it is a day of the week: `Mon`, `lundi`, `segunda-feira`."""
    return _bare(word).removesuffix("-feira") in _weekdays()


@cache
def _weekdays() -> set[str]:
    from babel.dates import get_day_names

    names = {
        _bare(name).removesuffix("-feira")
        for language in LANGUAGES
        for width in ("wide", "abbreviated")
        for name in get_day_names(width, locale=language).values()
    }
    return names | _MORE_DAYS


@cache
def _months() -> dict[str, int]:
    """Every name and short form; no word is the name of two months, which a test holds."""
    return {**{word: number for word, number, _ in forms()}, **_MORE}


def forms() -> list[tuple[str, int, str]]:
    """(word, month, language): the names, their short forms, and their first three letters where those of one
    language's months differ."""
    from babel.dates import get_month_names

    found = []
    for language in LANGUAGES:
        names = [
            (_bare(name), number)
            for context in ("format", "stand-alone")
            for width in ("wide", "abbreviated")
            for number, name in get_month_names(width, context, locale=language).items()
        ]
        starts: dict[str, set[int]] = {}
        for name, number in names:
            starts.setdefault(name[:3], set()).add(number)
        short = [(start, min(numbers)) for start, numbers in starts.items() if len(numbers) == 1]
        found += [(word, number, language) for word, number in dict.fromkeys(names + short)]
    return found


def _bare(word: str) -> str:
    return bare(word).replace(".", "")
