"""Regular expressions that take too long on some texts, found before they are recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator

from risk.operators import RuleCut, Test

# A quarter of the longest purpose: what only grows by the square of the length takes a fifth of its time here and is
# let pass, as it is in time on usual ones.
LENGTH = 500
# A machine that pauses cuts any search once. What is slow is cut each time.
TRIES = 3
MOST_PARTS, MOST_MARKS = 12, 3
# Classes, escapes and counts: not what a pattern names, but how.
_syntax = re.compile(r"\\[pP]\{[^}]*\}|\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|\{[\d,]*\}|\(\?[a-zA-Z:<=!>]*")
_words = re.compile(r"\w+").findall
_MARKS = "-_,;:@/#=%&'\"!"


def slow_on(pattern: str, search: Test) -> str | None:
    """A text on which a pattern's search is cut, in words; None if it is on none of some hundred hard ones.

    Each is a row of what the pattern names, alone or parted, and then what does not match or only seems to: what
    a repetition within another cannot get over.
    """
    for unit in _units(pattern):
        times = LENGTH // len(unit)
        # With the pattern itself at the end no character that every match must have is missing.
        for end in ("!", "!" + pattern):
            if _is_cut(search, unit * times + end):
                return f"{times} times {unit!r} and then {end!r}"
    return None


def _is_cut(search: Test, text: str) -> bool:
    for _ in range(TRIES):
        try:
            search(text)
        except RuleCut:
            continue
        return False
    return True


def _units(pattern: str) -> Iterator[str]:
    """What is repeated: characters and words of the pattern and of usual text, as they are and parted."""
    words = _words(_syntax.sub(" ", pattern))
    parts = dict.fromkeys(("a", "0", "aA", " ", *words, *"".join(words)))
    marks = dict.fromkeys((" ", *[sign for sign in pattern if sign in _MARKS][:MOST_MARKS]))
    for part in list(parts)[:MOST_PARTS]:
        yield part
        yield from (part + mark for mark in marks)
