"""What a bundle holds, as it stands in its files. Values are integers of micro-units, shares numbers in [0, 1]."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from graph.model import Attribution, Direction, Exposure, Signal
from risk.facts import Payment

# Raised whenever what is derived (report, replay, README) comes out otherwise from the same data.
FORMAT = 1


class Start(Struct, frozen=True):
    """A wallet that tracing starts from; `value` is its part, 0 for a wallet asked about by itself."""

    wallet: str
    value: int


class Met(Struct, frozen=True):
    """A wallet that tracing met, and the attribution that decided what it is; None where none was in force."""

    wallet: str
    attribution: str | None = None


class Cut(Struct, frozen=True):
    """A wallet beyond which nothing is in the bundle. `reason`: `size` (too many flows) or `pool` (no pairs)."""

    wallet: str
    reason: str


class PartFlow(Struct, frozen=True):
    """What moved from one wallet to another, and in which transactions."""

    source: str
    target: str
    value: int
    transactions: tuple[str, ...]


class Side(Struct, frozen=True, kw_only=True):
    """One side of an exposure: all that its number rests on.

    `hops` are those followed from the starts. With `start_stops` a listed start ends there (a payment); without, the
    start is a wallet whose own attribution does not count. Transactions until `as_of` (None: all) that the graph held
    at `watermark`; attributions that held at `valid_at`. `opened` are the wallets whose flows are all here.
    """

    direction: Direction
    hops: int
    start_stops: bool
    watermark: int
    valid_at: datetime
    as_of: datetime | None
    starts: tuple[Start, ...]
    met: tuple[Met, ...]
    opened: tuple[str, ...]
    flows: tuple[PartFlow, ...]
    cut: tuple[Cut, ...] = ()


class MovedParty(Struct, frozen=True):
    """One input or output: `amount` in units of the asset, `value` in micro-units."""

    wallet: str
    amount: str
    value: int


class Moved(Struct, frozen=True, kw_only=True):
    """A transaction as the graph holds it. `seq` numbers the landing that counted, `at` is when the money moved."""

    key: str
    at: datetime
    asset: str
    value: int
    seq: int
    inputs: tuple[MovedParty, ...]
    outputs: tuple[MovedParty, ...]


class Money(Struct, frozen=True, kw_only=True):
    """`graph.json`: the subgraph. `excluded` is the alert's own payment, which no flow counts."""

    reference_currency: str
    excluded: str | None
    sides: tuple[Side, ...]
    transactions: tuple[Moved, ...]
    attributions: tuple[Attribution, ...]


class Expected(Struct, frozen=True):
    """`exposure.json`: the numbers as they were recorded, and where: `decision` or `score`."""

    recorded_with: str
    exposures: tuple[Exposure, ...]


class Paid(Struct, frozen=True, kw_only=True):
    """`payment.json`: what was decided upon. `erased`: its personal text is no more."""

    payment: Payment
    content: str
    text_digest: str | None
    erased: bool


class Proof(Struct, frozen=True, kw_only=True):
    """Where an event stands in the tree under the checkpoint beside it; hashes in hex."""

    seq: int
    leaf_index: int
    size: int
    path: tuple[str, ...]


class Models(Struct, frozen=True):
    """`models.json`: which model versions were asked, and what they said, ready to be weighed."""

    versions: dict[str, str]
    signals: tuple[Signal, ...]


class Listed(Struct, frozen=True):
    """A file of the bundle: its SHA-256 in hex and its size in bytes."""

    sha256: str
    size: int


class Manifest(Struct, frozen=True, kw_only=True):
    """`manifest.json`: every other file, and what the bundle is about.

    `checkpoint` is the size of the signed checkpoint that proofs lead to and `key` who signed it; None where there is
    none. `complete` is false where a bound left something out, which `left_out` then names.
    """

    format: int
    subject: str
    alerts: tuple[str, ...]
    created_at: datetime
    created_by: str
    watermark: int
    head: int
    checkpoint: int | None
    key: str | None
    complete: bool
    left_out: tuple[str, ...]
    files: dict[str, Listed]
