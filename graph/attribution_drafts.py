"""Which of given attributions are new, under which ids, and which others end with them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from graph.errors import FieldError, InvalidInput
from graph.model import Attribution

_ID_DIGITS = 26
# What an attribution says. Who recorded it, when, and in place of which other is no part of that.
_CONTENT = ("wallet", "category", "source", "actor", "confidence", "official", "valid_from", "valid_to", "note")
# These stood, empty, in the text that the first ids were made of.
_EMPTY = {"id": "", "recorded_at": None, "withdrawn_at": None}


class Drafts(Struct):
    """New attributions with their ids, ids whose spans end, and the id of each given one in its order."""

    new: list[Attribution]
    ended: list[str]
    ids: tuple[str, ...]


def content_digest(attribution: Attribution) -> str:
    """SHA-256, in hex, of what an attribution says."""
    said = {name: getattr(attribution, name) for name in _CONTENT} | _EMPTY
    return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()


def attribution_id(attribution: Attribution) -> str:
    """The id that its content gives an attribution the first time it is recorded; later times append `-2`, `-3`."""
    return "att_" + content_digest(attribution)[:_ID_DIGITS]


def draft(
    given: Sequence[Attribution], about: Mapping[str, Sequence[Attribution]], author: str, now: datetime
) -> Drafts:
    """Compare what is given with what stands about its wallets; `about` has every attribution of each wallet.

    Raises InvalidInput naming `supersedes` of each that cannot supersede what it names.
    """
    drafts = _Drafting(given, about)
    for place, attribution in enumerate(given):
        drafts.take(place, replace(attribution, author=author, recorded_at=now))
    if drafts.errors:
        raise InvalidInput(*drafts.errors)
    return Drafts(list(drafts.new.values()), list(drafts.ended), tuple(drafts.ids))


class _Drafting:
    """The work of `draft`, one attribution after the other."""

    def __init__(self, given: Sequence[Attribution], about: Mapping[str, Sequence[Attribution]]) -> None:
        self._about, self._single = about, len(given) == 1
        self._given = frozenset(map(attribution_id, given))
        # Every attribution of one content, the latest last, by the id that the content gives.
        self._same: dict[str, list[Attribution]] = {}
        for attributions in about.values():
            for attribution in sorted(attributions, key=lambda a: a.seq or 0):
                self._same.setdefault(_first_id(attribution.id), []).append(attribution)
        self.new: dict[str, Attribution] = {}
        self.ended: dict[str, None] = {}
        self.ids: list[str] = []
        self.errors: list[FieldError] = []

    def take(self, place: int, attribution: Attribution) -> None:
        first = attribution_id(attribution)
        same = self._same.setdefault(first, [])
        stands = next((a for a in same if a.withdrawn_at is None), None)
        self._supersede(place, attribution, is_new=stands is None)
        if stands is None:
            stands = replace(attribution, id=f"{first}-{len(same) + 1}" if same else first)
            same.append(stands)
            self.new[stands.id] = stands
        self.ids.append(stands.id)

    def _supersede(self, place: int, attribution: Attribution, *, is_new: bool) -> None:
        """Note that the one named in `supersedes` ends; if it has ended already that is a repetition, or an error."""
        name = attribution.supersedes
        if name is None:
            return
        old = next((a for a in self._about[attribution.wallet] if a.id == name), None)
        if old is None:
            self._wrong(place, f"{name[:80]} is not an attribution of {attribution.wallet}")
        elif _first_id(name) in self._given:
            self._wrong(place, f"{name} says the same as one that is given here")
        elif old.withdrawn_at is None:
            self.ended[name] = None
        elif is_new:
            self._wrong(place, f"{name} was withdrawn already; supersede one that is in force")

    def _wrong(self, place: int, message: str) -> None:
        self.errors.append(FieldError("supersedes" if self._single else f"[{place}].supersedes", message))


def _first_id(name: str) -> str:
    return name.partition("-")[0]
