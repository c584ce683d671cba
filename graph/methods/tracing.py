"""Tracing by methods that respect time, over transfers in order: a time-ordered haircut, and first in, first out.

Under both a wallet holds what it received and has not paid on; a payment takes some of that, and what a wallet pays
beyond it has come from outside (`origin`). The haircut takes every part of what is held in proportion, FIFO the oldest
units, in whole micro-units (Clayton's Case, 1816; compared for cryptocurrencies by Anderson, Shumailov and Ahmed,
"Making Bitcoin legal", 2018). The destination side is the same matching read the other way: where a unit that was
received went, not the method run backwards in time.
"""

from __future__ import annotations

from typing import Literal

from graph.methods.fifo import trace_fifo
from graph.methods.ground import Ground, Met
from graph.methods.haircut import trace_haircut

TimedMethod = Literal["time_ordered_haircut", "fifo"]


def trace_transfers(ground: Ground, method: TimedMethod) -> Met:
    """Trace what every wallet received, or on the destination side what it sent."""
    return trace_haircut(ground) if method == "time_ordered_haircut" else trace_fifo(ground)
