"""What newer OFAC lists change: who is new on them, and who is no longer.

Delisting takes a list that can be trusted to be whole: one that is empty, or leaves out more than half of what is in
force, is refused until somebody says so; one with lines that cannot be read withdraws nothing, as it may name those.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from graph.attribution_lists import Asked, list_attributions
from graph.errors import FieldError, InvalidInput
from graph.model import Attribution
from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs.ofac import SOURCE, OfacList, said_of

_PAGE_ROWS = 10_000


class Listing(Struct):
    """What to record (what is in force already as it stands) and which attributions to withdraw; remarks on both.

    `withdraw` also names those that were delisted before, so that an interrupted withdrawal is finished.
    """

    record: list[Attribution]
    withdraw: list[str]
    remarks: list[tuple[OfacList, int, str]]


async def compare_lists(
    graph: Graph, taxonomy: Taxonomy, lists: Sequence[OfacList], *, accept_delisting: bool
) -> Listing:
    """Compare lists, each of another asset, with what they said before. Raises InvalidInput naming `accept_delisting`.

    What is in force stays as it is: it keeps the `valid_from` of the day it was first listed.
    """
    listing = Listing([], [], [(found, *remark) for found in lists for remark in found.remarks])
    before = await _listed_before(graph, taxonomy) if lists else []
    for found in lists:
        _compare(listing, found, [a for a in before if a.note == said_of(found.asset)], accept_delisting)
    return listing


def _compare(listing: Listing, found: OfacList, before: Sequence[Attribution], accept_delisting: bool) -> None:
    standing = [a for a in before if a.withdrawn_at is None]
    given = {a.wallet: a for a in found.given}
    gone = [a.id for a in standing if a.wallet not in given]
    if not accept_delisting:
        _refuse_doubtful(found, len(standing), len(gone))
    # Two imports at once may have listed an address twice: the first of them stays known, and all of them go.
    listed = {a.wallet: a for a in standing}
    listing.record += [replace(listed.get(wallet, a), supersedes=None) for wallet, a in given.items()]
    if gone and found.rejected and not accept_delisting:
        listing.remarks.append((found, found.rejected[0][0], _kept(found, len(gone))))
        return
    listing.withdraw += gone + [a.id for a in before if a.withdrawn_at is not None]


def _refuse_doubtful(found: OfacList, standing: int, gone: int) -> None:
    name = found.path.name
    if not found.given and not found.rejected:
        raise InvalidInput(FieldError("accept_delisting", f"{name} is empty; accept delisting if that is meant"))
    if gone * 2 > standing and not found.rejected:
        what = f"{name} would withdraw {gone:,} of the {standing:,} {found.asset} addresses in force, more than half"
        raise InvalidInput(FieldError("accept_delisting", f"{what}; is it whole? If so, accept delisting"))


def _kept(found: OfacList, gone: int) -> str:
    return (
        f"{gone:,} {found.asset} addresses in force are not on the list, but {len(found.rejected):,} of its lines"
        " cannot be read and may name them: none was withdrawn; correct the lines, or accept delisting"
    )


async def _listed_before(graph: Graph, taxonomy: Taxonomy) -> list[Attribution]:
    """All that lists said until now, withdrawn or not."""
    found: list[Attribution] = []
    before: int | None = None
    while True:
        asked = Asked(category=None, source=SOURCE)
        page, before = await list_attributions(graph, asked, taxonomy, limit=_PAGE_ROWS, before_seq=before)
        found += [attribution for attribution in page if attribution.official]
        if before is None:
            return found
