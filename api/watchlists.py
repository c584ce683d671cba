"""Watchlists: wallets that somebody wants to hear of at any movement or change of exposure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, Response, delete, get, patch, post
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from api.alert_bodies import WatchesInput, WatchlistEdit, WatchlistInput
from api.bodies import read_body
from api.etags import IfMatch, check_etag, etag_of, require_if_match
from api.idempotency import new_resource_id
from api.lifespan import GivenCaller, GivenServices
from api.paging import Cursor, Cursors, Limit, Seq
from api.parameters import Id, WalletKey, canonical_wallet
from graph.errors import FieldError, InvalidInput
from jobs import watching
from ledger.watched_wallets import Watch, Watching, list_watched, lists_watching
from ledger.watchlists import Watchlist, get_watchlist, list_watchlists

_lists: Cursors[str] = Cursors("watchlists", str)
_watched: Cursors[int] = Cursors("watched-wallets", Seq)


class WatchlistPage(Struct, frozen=True):
    """A page of watchlists; `next` is null at the end."""

    items: list[Watchlist]
    next: str | None


class WatchView(Struct, frozen=True, kw_only=True):
    """A wallet of a list; the graph need not know it."""

    wallet: str
    note: str | None
    added_by: str
    added_at: datetime

    @classmethod
    def from_watch(cls, watch: Watch) -> WatchView:
        """Return the wallet as it is on the wire."""
        return cls(wallet=watch.wallet, note=watch.note, added_by=watch.added_by, added_at=watch.added_at)


class WatchPage(Struct, frozen=True):
    """A page of watched wallets; `next` is null at the end."""

    items: list[WatchView]
    next: str | None


class WatchingPage(Struct, frozen=True):
    """The lists that watch a wallet; `next` is always null."""

    items: list[Watching]
    next: str | None = None


class AddedView(Struct, frozen=True):
    """Wallets that the list did not watch before; those it did are let be, with the note they had."""

    added: list[str]


@post("/watchlists", operation_id="create_watchlist", summary="Begin a watchlist")
async def create_one_watchlist(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller
) -> Response[Watchlist]:
    """Begin a list that watches nobody yet; its name must not be in use.

    A payment of a wallet on it opens an alert, at least low, with WATCHED_MOVEMENT. So does, as a retro alert with
    WATCHED_EXPOSURE, a change of its score or of a share by more than `threshold` since it was added, or since the
    last such alert; that takes a scoring run that has finished. History imported without screening has no decisions,
    and so no alerts of movements; what it changes of exposure is told.
    """
    asked = read_body(await request.body(), WatchlistInput)
    made = await watching.create(
        services,
        new_resource_id(request, "wat"),
        name=asked.name.strip(),
        description=asked.description,
        threshold=asked.threshold,
        actor=caller.id,
    )
    return _response(made)


@get("/watchlists", operation_id="list_watchlists", summary="Watchlists, newest first")
async def list_all_watchlists(services: GivenServices, limit: Limit = 100, cursor: Cursor = None) -> WatchlistPage:
    """Page through the lists that have not ended, each with how many wallets it watches."""
    after = _lists.read(cursor)
    async with services.ledger.read() as connection:
        found, ended = await list_watchlists(connection, after=after, limit=limit)
    return WatchlistPage(found, _lists.write(ended))


@get("/watchlists/{watchlist:str}", operation_id="get_watchlist", summary="One watchlist")
async def get_one_watchlist(services: GivenServices, watchlist: Id) -> Response[Watchlist]:
    """Return a list, with the `ETag` that an edit of it sends as `If-Match`."""
    async with services.ledger.read() as connection:
        return _response(await get_watchlist(connection, watchlist))


@patch("/watchlists/{watchlist:str}", operation_id="edit_watchlist", summary="Rename a watchlist, or set its threshold")
async def edit_one_watchlist(
    request: Request[Any, Any, Any],
    services: GivenServices,
    caller: GivenCaller,
    watchlist: Id,
    if_match: IfMatch = None,
) -> Response[Watchlist]:
    """Change what a list is called, what it is for and from which change on it alerts; what is absent stays."""
    given, body = require_if_match(if_match), await request.body()

    def wanted(before: Watchlist) -> Watchlist:
        check_etag(given, _etag(before))
        asked = read_body(body, WatchlistEdit)
        return replace(
            before,
            name=before.name if isinstance(asked.name, UnsetType) else asked.name.strip(),
            description=before.description if asked.description is UNSET else asked.description,
            threshold=before.threshold if asked.threshold is UNSET else asked.threshold,
        )

    return _response(await watching.change(services, watchlist, wanted, actor=caller.id))


@delete("/watchlists/{watchlist:str}", operation_id="end_watchlist", summary="End a watchlist", status_code=204)
async def end_one_watchlist(
    services: GivenServices, caller: GivenCaller, watchlist: Id, if_match: IfMatch = None
) -> None:
    """End a list: it watches nobody any more, and its name is free. The alerts it opened stay."""
    given = require_if_match(if_match)
    await watching.end(services, watchlist, lambda found: check_etag(given, _etag(found)), actor=caller.id)


@get(
    "/watchlists/{watchlist:str}/wallets",
    operation_id="list_watched_wallets",
    summary="The wallets of a watchlist, as they were added",
)
async def list_watched_wallets(
    services: GivenServices, watchlist: Id, limit: Limit = 100, cursor: Cursor = None
) -> WatchPage:
    """Page through the wallets that a list watches now."""
    after = _watched.read(cursor) or 0
    async with services.ledger.read() as connection:
        await get_watchlist(connection, watchlist)
        found, ended = await list_watched(connection, watchlist, after=after, limit=limit)
    return WatchPage([WatchView.from_watch(one) for one in found], _watched.write(ended))


@post(
    "/watchlists/{watchlist:str}/wallets",
    operation_id="watch_wallets",
    summary="Watch wallets",
    status_code=200,
)
async def watch_wallets(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller, watchlist: Id
) -> AddedView:
    """Put at most 1,000 wallets on a list, all or none; safe to send again. A wallet may be on many lists."""
    asked = read_body(await request.body(), WatchesInput)
    added = await watching.watch(services, watchlist, _wallets(asked), actor=caller.id)
    return AddedView(added)


@delete(
    "/watchlists/{watchlist:str}/wallets/{key:str}",
    operation_id="unwatch_wallet",
    summary="Watch a wallet no more",
    status_code=204,
)
async def unwatch_wallet(services: GivenServices, caller: GivenCaller, watchlist: Id, key: WalletKey) -> None:
    """Take a wallet off a list; from then on it opens no alert. Safe to send again."""
    await watching.unwatch(services, watchlist, canonical_wallet(key), actor=caller.id)


@get(
    "/wallets/{key:str}/watchlists",
    operation_id="list_wallet_watchlists",
    summary="The watchlists that a wallet is on",
)
async def list_watchlists_of_wallet(services: GivenServices, key: WalletKey) -> WatchingPage:
    """List who watches a wallet now, in order of name; the graph need not know the wallet."""
    wallet = canonical_wallet(key)
    async with services.ledger.read() as connection:
        return WatchingPage(await lists_watching(connection, wallet))


def _wallets(asked: WatchesInput) -> list[tuple[str, str | None]]:
    """Canonical keys with their notes; raises InvalidInput naming every one that is no wallet or named twice."""
    errors: list[FieldError] = []
    found: dict[str, str | None] = {}
    for place, one in enumerate(asked.wallets):
        name = f"wallets[{place}].wallet"
        try:
            key = canonical_wallet(one.wallet, name)
        except InvalidInput as error:
            errors += error.errors
            continue
        if key in found:
            errors.append(FieldError(name, f"is {key}, named before; name each wallet once"))
        found[key] = one.note
    if errors:
        raise InvalidInput(*errors[:100])
    return list(found.items())


def _etag(watchlist: Watchlist) -> str:
    """It differs also once the list watches more or fewer wallets, so that none is ended that has grown unseen."""
    return etag_of(watchlist.id, watchlist.version, watchlist.wallets)


def _response(watchlist: Watchlist) -> Response[Watchlist]:
    return Response(watchlist, headers={"ETag": _etag(watchlist)})
