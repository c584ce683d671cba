"""Signals of models as columns over the wallets of a batch: what they add to scores, and where they disagree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

import numpy as np
from msgspec.structs import replace

from graph.batch import Floats, Integers
from graph.model import ModelKind, ModelSignal
from jobs.modelled import Judgement, Modelled
from risk.model_signals import judging, model_share
from risk.policy import Policy

NO_CHAMPION = "there is no champion"
UNSEEN = "no movement of value"


class SignalColumns:
    """What each model of a run says of each wallet of `keys`, under a policy; kinds come in a fixed order."""

    def __init__(self, keys: Sequence[str], modelled: Modelled, policy: Policy, watermark: int) -> None:
        self._watermark = watermark
        self._places = _places(keys, modelled.keys)
        self._judged = sorted(modelled.judgements, key=lambda one: (_order(one), one.model.state, one.model.model))
        champions: dict[str, Judgement] = {one.model.kind: one for one in self._judged if one.model.state == "champion"}
        self._missing = tuple(
            ModelSignal(name=kind, value=None, weight=weight, skipped=NO_CHAMPION)
            for kind, weight in sorted(policy.wallet_weights.items())
            if kind not in champions
        )
        said: Mapping[str, Floats] = {
            kind: self._aligned(one.values) for kind, one in champions.items() if one.values is not None
        }
        self.share: Floats = np.zeros(len(keys)) + model_share(
            (champions[kind].model.weight, np.nan_to_num(values)) for kind, values in said.items()
        )
        counted = [said[kind] for kind in judging(said)]
        self.values: Floats = np.mean(counted, axis=0) if counted else np.full(len(keys), np.nan)

    def rows(self, part: slice) -> list[tuple[ModelSignal, ...]]:
        """The signals of a slice of wallets."""
        columns = [self._column(one, self._places[part]) for one in self._judged]
        return [(*signals, *self._missing) for signals in zip(*columns, strict=True)] or [
            self._missing for _ in range(len(self._places[part]))
        ]

    def disagreements(self, exposures: Floats) -> Floats:
        """How much higher the models rank each wallet than its exposure does, in shares of all that both know."""
        known = ~np.isnan(self.values)
        result = np.full(len(exposures), np.nan)
        result[known] = _ranks(self.values[known]) - _ranks(exposures[known])
        return result

    def _aligned(self, values: Floats) -> Floats:
        seen = self._places >= 0
        result = np.full(len(self._places), np.nan)
        result[seen] = values[self._places[seen]]
        return result

    def _column(self, one: Judgement, places: Integers) -> Iterator[ModelSignal]:
        model = one.model
        plain = ModelSignal(
            name=model.kind,
            value=None,
            weight=model.weight,
            model=model.model,
            state=model.state,
            watermark=self._watermark,
            skipped=model.skipped or UNSEEN,
        )
        for place in places.tolist():
            if one.values is None or place < 0:
                yield plain
            else:
                parts = one.contributions.get(place, ())
                yield replace(plain, value=float(one.values[place]), skipped=None, contributions=parts)


def _order(one: Judgement) -> int:
    return get_args(ModelKind).index(one.model.kind)


def _places(keys: Sequence[str], seen: Sequence[str]) -> Integers:
    """Where each key stands among those that models saw; -1 where it does not."""
    index = {key: place for place, key in enumerate(seen)}
    return np.fromiter((index.get(key, -1) for key in keys), np.int64, len(keys))


def _ranks(values: Floats) -> Floats:
    """The rank of each value as a share of all; equal values share the middle of their ranks."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ended = np.cumsum(count)
    ranks: Floats = ((ended - (count - 1) / 2) / max(1, len(values)))[place]
    return ranks
