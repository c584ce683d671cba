"""How Python looks for garbage where much is under way at once."""

from __future__ import annotations

import gc

# By default it looks after every 700 objects; a chunk of 500 payments keeps some 300,000 until it is recorded.
THRESHOLDS = (20_000, 50, 100)


def collect_rarely() -> None:
    """Leave alone what is there by now, and look through what comes less often; call it when all is imported.

    Looking through what is not garbage takes a third of the time of bulk screening otherwise.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
