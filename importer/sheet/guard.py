"""The mark that keeps a spreadsheet from running text in a CSV as a formula.

One rule both ways: a text that starts with a formula's first character, whatever quotes stand
before it, gets one more `'`; taking the guard off takes one away from just those. So what already
looked guarded comes back as it was.
"""

import re

_ADD = re.compile(r"'*[=+\-@\t\r]")
_TAKE = re.compile(r"'+[=+\-@\t\r]")


def guarded(text: str) -> str:
    return f"'{text}" if _ADD.match(text) else text


def unguarded(text: str) -> str:
    return text[1:] if _TAKE.match(text) else text
