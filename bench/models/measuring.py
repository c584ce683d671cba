"""Measure every model on every split of a set; only wallets that it did not learn from count."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from bench.models.contenders import CONTENDERS, Effort, inputs_of
from bench.models.sets import Sample, Split, labels_of
from bench.models.table import WHOLE, Measured, differences, rows
from ml.errors import TooFewLabels
from ml.metrics import average_precision, base_rate, best_f1, roc_auc
from ml.movements import Floats, Integers

Tell = Callable[[str], None]


def report_on(sample: Sample, models: Sequence[str], threads: int, tell: Tell) -> Iterator[str]:
    """Yield the lines of one set's table."""
    moved = sample.movements
    yield f"{sample.name}: {moved.wallets:,} wallets, {len(moved):,} payments"
    yield f"  {sample.note}"
    found = [one for split in sample.splits for one in measure(sample, split, models, threads, tell)]
    yield from rows(found)
    yield from differences(found, "gnn", "boosting")


def measure(sample: Sample, split: Split, models: Sequence[str], threads: int, tell: Tell) -> list[Measured]:
    """Train each model on one split, and measure it whole and by parts."""
    labels = labels_of(sample, split.learned)
    begun = time.perf_counter()
    inputs = inputs_of(sample, labels)
    tell(f"{sample.name}, seed {split.seed}: features after {time.perf_counter() - begun:.0f} s")
    found: list[Measured] = []
    if sample.rule is not None:
        found += _parts(sample, split, "rule", sample.rule.astype(np.float64), 0.0)
    for name in models:
        begun = time.perf_counter()
        try:
            scores = CONTENDERS[name](inputs, labels, Effort(split.seed, threads, lambda *_: None))
        except TooFewLabels as error:
            tell(f"{sample.name}: {name} left out: {error}")
            continue
        seconds = time.perf_counter() - begun
        found += _parts(sample, split, name, scores, seconds)
        tell(f"{sample.name}, seed {split.seed}: {name} after {seconds:.0f} s")
    return found


def _parts(sample: Sample, split: Split, model: str, scores: Floats, seconds: float) -> list[Measured]:
    """The whole of what is measured; its parts; nothing of the rule on the part that the rule made."""
    found = [Measured(model, WHOLE, split.seed, _metrics(sample, split.measured, scores), seconds)]
    if model == "rule":
        return found
    for part, is_in in sample.parts.items():
        found.append(Measured(model, part, split.seed, _metrics(sample, split.measured[is_in[split.measured]], scores)))
    return found


def _metrics(sample: Sample, places: Integers, scores: Floats) -> dict[str, float] | None:
    illicit, said = sample.illicit[places], scores[places]
    if illicit.all() or not illicit.any():
        return None
    found = {
        "average_precision": average_precision(illicit, said),
        "roc_auc": roc_auc(illicit, said),
        "best_f1": best_f1(illicit, said),
        "base_rate": base_rate(illicit),
    }
    if sample.steps is not None:
        found["within_step"] = average_precision(illicit, _ranked(said, sample.steps[places]))
    return found


def _ranked(scores: Floats, steps: Integers) -> Floats:
    """Where each score stands among those of its step, from 0 to 1."""
    order = np.lexsort((scores, steps))
    _, begins, counts = np.unique(steps[order], return_index=True, return_counts=True)
    ranked = np.empty(len(scores))
    ranked[order] = (np.arange(len(scores)) - np.repeat(begins, counts)) / np.repeat(counts, counts)
    return ranked
