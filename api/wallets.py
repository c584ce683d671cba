"""Wallets: one, its transactions, its counterparties, and a search."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from msgspec import Struct

from api.lifespan import GivenServices
from api.paging import Cursor, Cursors, Limit, Seq
from api.parameters import WalletKey, canonical_wallet
from api.transactions import TransactionPage, TransactionView, Withdrawn
from graph.addresses import parse_wallet_key, wallet_key
from graph.errors import AddressError
from graph.model import Direction, Wallet
from graph.money import format_micro
from graph.wallets import (
    Counterparty,
    find_named_wallets,
    get_wallet,
    list_counterparties,
    list_wallet_transactions,
    search_wallets,
)

# Searched for a text without a network.
NETWORKS = ("acct", "btc", "eth", "trx")
Side = Annotated[
    Direction | None,
    QueryParameter(description="`source`: who paid this wallet; `destination`: whom it paid; absent: both"),
]
Text = Annotated[
    str, QueryParameter(min_length=1, max_length=220, description="Begin of a key or address, or of words of a name")
]


_transactions: Cursors[int] = Cursors("wallet-transactions", Seq)
_counterparties: Cursors[tuple[int, str, str]] = Cursors("counterparties", tuple[Seq, str, str])


class WalletView(Struct, frozen=True, kw_only=True):
    """A wallet. Sums leave out what it paid itself; degrees are distinct counterparties; `actor` is its known name."""

    key: str
    network: str
    address: str
    in_value: str
    out_value: str
    in_count: int
    out_count: int
    in_degree: int
    out_degree: int
    first_at: datetime | None
    last_at: datetime | None
    category: str | None
    actor: str | None

    @classmethod
    def from_wallet(cls, wallet: Wallet) -> WalletView:
        """Return the wallet as it is on the wire."""
        return cls(
            key=wallet.key,
            network=wallet.network,
            address=wallet.address,
            in_value=format_micro(wallet.in_value),
            out_value=format_micro(wallet.out_value),
            in_count=wallet.in_count,
            out_count=wallet.out_count,
            in_degree=wallet.in_degree,
            out_degree=wallet.out_degree,
            first_at=wallet.first_at,
            last_at=wallet.last_at,
            category=wallet.category,
            actor=wallet.actor,
        )


class WalletPage(Struct, frozen=True):
    """Wallets found; `next` is always null: narrow the text to see others."""

    items: list[WalletView]
    next: str | None = None


class CounterpartyView(Struct, frozen=True, kw_only=True):
    """A wallet at the other end of a flow; `direction` source means that it paid the wallet asked about."""

    key: str
    direction: Direction
    value: str
    count: int
    first_at: datetime
    last_at: datetime
    category: str | None
    actor: str | None

    @classmethod
    def from_counterparty(cls, other: Counterparty) -> CounterpartyView:
        """Return the counterparty as it is on the wire."""
        return cls(
            key=other.key,
            direction=other.direction,
            value=format_micro(other.value),
            count=other.count,
            first_at=other.first_at,
            last_at=other.last_at,
            category=other.category,
            actor=other.actor,
        )


class CounterpartyPage(Struct, frozen=True):
    """A page of counterparties; `next` is null at the end."""

    items: list[CounterpartyView]
    next: str | None


@get("/wallets/{key:str}", operation_id="get_wallet", summary="One wallet")
async def get_one_wallet(services: GivenServices, key: WalletKey) -> WalletView:
    """Return what the graph holds of a wallet now."""
    return WalletView.from_wallet(await get_wallet(services.graph, canonical_wallet(key)))


@get(
    "/wallets/{key:str}/transactions",
    operation_id="list_wallet_transactions",
    summary="Transactions of a wallet, latest landed first",
)
async def list_transactions_of_wallet(
    services: GivenServices,
    key: WalletKey,
    *,
    withdrawn: Withdrawn = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> TransactionPage:
    """Page through the transactions the wallet took part in, on either side."""
    before = _transactions.read(cursor)
    items, ended = await list_wallet_transactions(
        services.graph, canonical_wallet(key), limit=limit, before_seq=before, withdrawn=withdrawn
    )
    views = [TransactionView.from_landed(t) for t in items]
    return TransactionPage(views, _transactions.write(ended))


@get(
    "/wallets/{key:str}/counterparties",
    operation_id="list_wallet_counterparties",
    summary="Who paid a wallet and whom it paid, most valuable first",
)
async def list_counterparties_of_wallet(
    services: GivenServices,
    key: WalletKey,
    *,
    direction: Side = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> CounterpartyPage:
    """Page through the flows of a wallet; one that goes both ways is listed once for each."""
    after = _counterparties.read(cursor)
    items, ended = await list_counterparties(
        services.graph, canonical_wallet(key), direction=direction, limit=limit, after=after
    )
    views = [CounterpartyView.from_counterparty(c) for c in items]
    return CounterpartyPage(views, _counterparties.write(ended))


@get("/search", operation_id="search_wallets", summary="Find wallets by how their key, address or name begins")
async def search(services: GivenServices, q: Text, limit: Limit = 100) -> WalletPage:
    """Find wallets by key, in its order, then by the name of whom they are attributed to now, best match first.

    A text without a network is looked for among acct, btc, eth and trx. Of a name each word must begin as one given.
    """
    found: dict[str, Wallet] = {}
    for prefix in _prefixes(q.strip()):
        if len(found) < limit:
            found |= {one.key: one for one in await search_wallets(services.graph, prefix, limit - len(found))}
    if len(found) < limit:
        named = await find_named_wallets(services.graph, q, limit)
        found |= {one.key: one for one in named if one.key not in found}
    return WalletPage([WalletView.from_wallet(one) for one in list(found.values())[:limit]])


def _prefixes(text: str) -> list[str]:
    """Return the beginnings of keys that a text may stand for."""
    network, colon, address = text.partition(":")
    if not colon:
        return [_canonical_start(name, text) for name in NETWORKS]
    return [_canonical_start(network.lower(), address)]


def _canonical_start(network: str, address: str) -> str:
    """A whole address is found in any spelling, a part as it is written, hexadecimal in any case."""
    try:
        return wallet_key(*parse_wallet_key(wallet_key(network, address)))
    except AddressError:
        return wallet_key(network, address.lower() if address[:2] in ("0x", "0X") else address)
