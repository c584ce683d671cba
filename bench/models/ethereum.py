"""Ethereum transfers around known phishing addresses: facts of a public ledger, labelled by others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.models.csv_columns import find_csv, parsed, read_columns
from bench.models.sets import Sample, Split, amount, moment, movements_of, need_both
from graph.taxonomy import load_taxonomy
from ml.splits import split_at_random

LEARNED = 2 / 3


def is_ethereum(folder: Path) -> bool:
    """Whether transfers and labels are there."""
    return all(find_csv(folder, name) for name in ("transfers.csv", "labels.csv"))


def read_ethereum(folder: Path, seeds: Sequence[int]) -> Sample:
    """Read transfers, labels, and attributions of services alone: those of scams are where the labels are from."""
    columns = read_columns(folder, "transfers.csv", ("sender", "receiver", "amount_eth", "timestamp"))
    addresses, flags = read_columns(folder, "labels.csv", ("address", "is_phishing"))
    wallets = sorted({*columns[0], *columns[1], *addresses})
    place = {address: at for at, address in enumerate(wallets)}
    movements, _ = movements_of(
        wallets,
        np.array([place[address] for address in columns[0]], np.int64),
        np.array([place[address] for address in columns[1]], np.int64),
        np.array(parsed(columns[2], amount, f"{folder}: amount_eth in transfers.csv must be at least 0"), np.int64),
        np.array(parsed(columns[3], moment, f"{folder}: timestamp in transfers.csv must be a time"), np.int64),
    )
    labelled = np.array([place[address] for address in addresses], np.int64)
    illicit = np.zeros(len(wallets), np.bool_)
    illicit[labelled] = [flag.strip() == "1" for flag in flags]
    need_both(illicit[labelled], str(folder))
    return Sample(
        name="Ethereum phishing",
        movements=movements,
        illicit=illicit,
        splits=[Split(seed, *split_at_random(labelled, illicit[labelled], LEARNED, seed)) for seed in seeds],
        note="two thirds of the labelled at random, the rest measured; half of them are phishing, and chosen to be "
        "unlike the others: the set is easy, and figures on it say little",
        known=_services(folder, place),
    )


def _services(folder: Path, place: dict[str, int]) -> dict[int, str]:
    if find_csv(folder, "attributions.csv") is None:
        return {}
    addresses, categories = read_columns(folder, "attributions.csv", ("address", "category"))
    services = load_taxonomy().services
    pairs = zip(addresses, categories, strict=True)
    return {place[address]: category for address, category in pairs if category in services and address in place}
