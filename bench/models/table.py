"""One plain table: a row for each model and part of a set, which begins with the model's name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean

from msgspec import Struct

WHOLE = "whole set"


class Measured(Struct, frozen=True):
    """What one model reached on a part of a set with one seed; None where the part holds one class only."""

    model: str
    part: str
    seed: int
    metrics: dict[str, float] | None
    seconds: float = 0.0


def rows(measured: Sequence[Measured]) -> Iterator[str]:
    """A line per model and part, the whole set first, in the order they were measured; means over seeds."""
    parts = dict.fromkeys([WHOLE, *(one.part for one in measured)])
    for part in parts:
        for model in dict.fromkeys(one.model for one in measured if one.part == part):
            yield _row(model, part, [one for one in measured if (one.model, one.part) == (model, part)])


def _row(model: str, part: str, found: Sequence[Measured]) -> str:
    begin = f"{model:<12}{part:<22}"
    told = [one.metrics for one in found if one.metrics is not None]
    if not told:
        return f"{begin}not measured: wallets of one class only"
    mean = {name: fmean(metrics[name] for metrics in told) for name in told[0]}
    each = " ".join(f"{metrics['average_precision']:.3f}" for metrics in told)
    line = (
        f"{begin}average precision {mean['average_precision']:.3f}  AUC {mean['roc_auc']:.3f}  "
        f"best F1 {mean['best_f1']:.3f}  base rate {mean['base_rate']:.3f}"
    )
    if "within_step" in mean:
        line += f"  within the step {mean['within_step']:.3f}"
    if len(told) > 1:
        line += f"  each {each}"
    return line + (f"  {fmean(one.seconds for one in found):.0f} s" if part == WHOLE and model != "rule" else "")


def differences(measured: Sequence[Measured], one: str, other: str) -> Iterator[str]:
    """How much one model's average precision is above another's on the same splits, each and in the mean."""
    for part in dict.fromkeys(each.part for each in measured):
        found = {
            (each.model, each.seed): each.metrics["average_precision"]
            for each in measured
            if each.part == part and each.metrics is not None
        }
        seeds = [seed for model, seed in found if model == one and (other, seed) in found]
        above = [found[one, seed] - found[other, seed] for seed in seeds]
        if above:
            each_one = " ".join(f"{difference:+.3f}" for difference in above)
            yield f"paired       {part:<22}{one} less {other}: {each_one}, mean {fmean(above):+.3f}"
