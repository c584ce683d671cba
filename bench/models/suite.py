"""Which sets are measured: those of the folders given, and the simulator's; sets that are not there are named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from bench.ground import BenchError
from bench.models.amlsim import is_amlsim, read_amlsim
from bench.models.elliptic import is_elliptic, read_elliptic
from bench.models.ethereum import is_ethereum, read_ethereum
from bench.models.measuring import Tell, report_on
from bench.models.sets import Sample
from bench.models.simulated import draw_simulated

SPLITS = 3


class Asked(Struct, frozen=True, kw_only=True):
    """What to measure: folders, the first of the seeds, models by name, threads."""

    models: Sequence[str]
    data: Path | None = None
    amlsim: Path | None = None
    simulated: bool = False
    seed: int = 0
    threads: int = 2


def report(asked: Asked, tell: Tell) -> Iterator[str]:
    """Yield the lines of the table, set after set; raises BenchError for files that are not of their form."""
    first = True
    for sample in samples(asked):
        if isinstance(sample, str):
            yield sample
            continue
        if not first:
            yield ""
        first = False
        yield from report_on(sample, asked.models, asked.threads, tell)


def samples(asked: Asked) -> Iterator[Sample | str]:
    """Yield each set in turn, or a line that says why it is left out."""
    seeds = range(asked.seed, asked.seed + SPLITS)
    if asked.amlsim is not None:
        yield read_amlsim(asked.amlsim, seeds)
    if asked.data is not None:
        if not asked.data.is_dir():
            raise BenchError(f"{asked.data} is no folder")
        yield from _of_data(asked.data, seeds)
    if asked.simulated or (asked.data is None and asked.amlsim is None):
        yield draw_simulated(seeds)


def _of_data(data: Path, seeds: range) -> Iterator[Sample | str]:
    if is_ethereum(folder := data / "ethereum_phishing"):
        yield read_ethereum(folder, seeds)
    else:
        yield f"Ethereum phishing is left out: {folder} does not hold transfers.csv and labels.csv"
    if is_amlsim(folder := data / "amlsim"):
        yield read_amlsim(folder, seeds)
    else:
        yield f"AMLSim is left out: {folder} does not hold nodes.csv and transactions.csv"
    if is_elliptic(folder := data / "elliptic"):
        yield from read_elliptic(folder, seeds[0])
    else:
        yield f"Elliptic is left out: {folder} does not hold nodes.csv and elliptic_txs_edgelist.csv"
