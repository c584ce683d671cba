"""A synthetic transaction graph of any size: heavy-tailed, seeded, with illicit wallets and services.

The same seed and sizes give the same columns and byte-identical files.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from graph.model import MICRO
from graph.taxonomy import load_taxonomy

START = np.datetime64("2025-01-01T00:00:00", "s")
YEAR_S = 365 * 86_400
SOURCE = "headwater simulate"
SHARE_LABELLED = 0.005
ACTIVITY_EXPONENT = 1.0
_BATCH = 50_000
_ID_BYTES = 32
_ADDRESS_BYTES = 20


@dataclass(frozen=True)
class SimulatedColumns:
    """A simulated graph as columns. `sender` and `receiver` index `addresses`; wallet 0 is the most active.

    `at` is unix seconds in ascending order, `value` micro-units; `category` is empty for most wallets.
    """

    addresses: list[str]
    category: list[str]
    ids: list[str]
    at: NDArray[np.int64]
    sender: NDArray[np.int64]
    receiver: NDArray[np.int64]
    value: NDArray[np.int64]


def simulate_columns(seed: int, wallets: int, transactions: int) -> SimulatedColumns:
    """Draw the graph. Raises ValueError for fewer than 2 wallets or a negative number of transactions."""
    if wallets < 2 or transactions < 0:
        raise ValueError("a simulation needs at least 2 wallets and no negative number of transactions")
    random = np.random.default_rng(seed)
    sender, receiver = _parties(random, wallets, transactions)
    amounts = random.lognormal(mean=4.0, sigma=2.0, size=transactions)
    return SimulatedColumns(
        addresses=hexadecimal(random, wallets, _ADDRESS_BYTES),
        category=_categories(random, wallets),
        ids=hexadecimal(random, transactions, _ID_BYTES),
        at=START.astype(np.int64) + np.sort(random.integers(0, YEAR_S, transactions)),
        sender=sender,
        receiver=receiver,
        value=np.maximum(1, np.minimum(amounts, 1e9) * MICRO).astype(np.int64),
    )


def _parties(
    random: np.random.Generator, wallets: int, transactions: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Who pays whom: activity falls off by rank, and every wallet is paid once while transactions suffice."""
    weights = np.arange(1, wallets + 1, dtype=np.float64) ** -ACTIVITY_EXPONENT
    cumulative = np.cumsum(weights / weights.sum())
    cumulative[-1] = 1.0
    sender = np.searchsorted(cumulative, random.random(transactions), side="right")
    receiver = np.searchsorted(cumulative, random.random(transactions), side="right")
    first = min(wallets, transactions)
    receiver[:first] = np.arange(first)
    order = random.permutation(transactions)
    sender, receiver = sender[order].astype(np.int64), receiver[order].astype(np.int64)
    # nobody pays himself: the payment goes to a wallet at random instead, any but the sender
    alone = sender == receiver
    receiver[alone] = (sender[alone] + random.integers(1, wallets, int(alone.sum()))) % wallets
    return sender, receiver


def _categories(random: np.random.Generator, wallets: int) -> list[str]:
    """Half a percent services, the more active the likelier, and half a percent illicit among the rest."""
    taxonomy = load_taxonomy()
    count = min(max(1, round(wallets * SHARE_LABELLED)), wallets // 2)
    category = [""] * wallets
    activity = np.arange(1, wallets + 1, dtype=np.float64) ** -ACTIVITY_EXPONENT
    services = random.choice(wallets, size=count, replace=False, p=activity / activity.sum())
    others = np.setdiff1d(np.arange(wallets), services)
    illicit = random.choice(others, size=count, replace=False)
    for members, names in ((services, taxonomy.services), (illicit, taxonomy.illicit)):
        kinds = sorted(names)
        for wallet, kind in zip(members.tolist(), random.integers(0, len(kinds), count).tolist(), strict=True):
            category[wallet] = kinds[kind]
    return category


def hexadecimal(random: np.random.Generator, count: int, width: int) -> list[str]:
    """`count` random words of `width` bytes, as `0x` and lower-case digits."""
    text, digits = random.bytes(count * width).hex(), width * 2
    return ["0x" + text[i : i + digits] for i in range(0, count * digits, digits)]


def write_simulation(path: Path, columns: SimulatedColumns) -> Path:
    """Write the transactions to `path`, gzipped if it ends in `.gz`; return the path of the attributions."""
    with _open_output(path) as output:
        output.write("id,at,sender,receiver,amount\n")
        for first in range(0, len(columns.ids), _BATCH):
            output.write(_lines(columns, first, first + _BATCH))
    beside = attributions_path(path)
    with beside.open("w", encoding="utf-8", newline="") as output:
        rows = csv.writer(output, lineterminator="\n")
        rows.writerow(["address", "category", "actor", "source"])
        for number, (address, category) in enumerate(zip(columns.addresses, columns.category, strict=True)):
            if category:
                rows.writerow([address, category, f"{category}_{number}", SOURCE])
    return beside


def attributions_path(path: Path) -> Path:
    """`NAME.attributions.csv` beside `NAME.csv` or `NAME.csv.gz`."""
    return path.with_name(path.name.removesuffix(".gz").removesuffix(".csv") + ".attributions.csv")


def _lines(columns: SimulatedColumns, first: int, last: int) -> str:
    names, part = columns.addresses, slice(first, last)
    times = np.datetime_as_string(columns.at[part].astype("datetime64[s]"))
    rows = zip(
        columns.ids[part],
        times.tolist(),
        columns.sender[part].tolist(),
        columns.receiver[part].tolist(),
        columns.value[part].tolist(),
        strict=True,
    )
    return "".join(
        f"{id_},{at}Z,{names[giver]},{names[taker]},{value // MICRO}.{value % MICRO:06d}\n"
        for id_, at, giver, taker, value in rows
    )


@contextmanager
def _open_output(path: Path) -> Iterator[IO[str]]:
    """A text file, gzipped by name; without time or name inside, so that equal content is equal bytes."""
    with path.open("wb") as raw:
        if path.name.endswith(".gz"):
            with (
                gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=1) as packed,
                io.TextIOWrapper(packed, encoding="utf-8", newline="") as text,
            ):
                yield text
        else:
            with io.TextIOWrapper(raw, encoding="utf-8", newline="") as text:
                yield text
