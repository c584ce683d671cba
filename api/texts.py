"""What texts that people send must be: patterns of the request bodies, and how they are told."""

from __future__ import annotations

SAYS_SOMETHING = r"\S"
# Names stand in lists, tables and logs.
ONE_LINE = r"^[^\x00-\x1F\x7F]*[^\x00-\x20\x7F][^\x00-\x1F\x7F]*$"

TOLD = {
    SAYS_SOMETHING: "must hold more than blanks",
    ONE_LINE: "must be one line, without control characters, that holds more than blanks",
}
