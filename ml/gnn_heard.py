"""What a wallet hears of others before networks begin: what trees say, or is known, of those it deals with.

All of it comes from others: a wallet's own label, and what is said of itself, are in none of the columns.
"""

from __future__ import annotations

import numpy as np

from ml.calibration import sigmoid
from ml.features.cycles import LONGEST, MOST_PARTNERS
from ml.features.rows import UNKNOWN, Rows
from ml.gnn_graph import FlowGraph
from ml.gnn_rings import RING_COLUMNS, hear_rings
from ml.movements import Floats, Integers

# Columns of one side: those it pays, or those who pay it; all of them, and those on a ring with it.
SIDE_COLUMNS = 6
FROM_PAYEES, FROM_PAYERS = slice(0, 2 * SIDE_COLUMNS), slice(2 * SIDE_COLUMNS, 4 * SIDE_COLUMNS)
HEARD_COLUMNS = 4 * SIDE_COLUMNS + RING_COLUMNS


def heard_columns(graph: FlowGraph, said: Floats, known: Integers) -> Floats:
    """(parts, wallets, HEARD_COLUMNS), in single precision as trees compare.

    `said` are the log-odds of each part's trees; `known` is 1 for wallets that the part knows to be illicit, -1 to be
    licit, 0 for those of which it knows nothing; each (parts, wallets).
    """
    likely = np.where(known == 0, sigmoid(said), known > 0)
    rings, on_ring = _rings(graph, likely)
    rings[:, :, -1] = np.log1p(rings[:, :, -1])
    ends = (graph.payers, graph.payees), (graph.payees, graph.payers)
    sides = [(owners[which], others[which]) for owners, others in ends for which in (slice(None), on_ring)]
    found = np.empty((len(said), graph.wallets, HEARD_COLUMNS), np.float32)
    for part in range(len(said)):
        columns = [_side(*side, likely[part], known[part]) for side in sides]
        found[part] = np.column_stack([*columns, rings[part]])
    return found.astype(np.float64)


def _rings(graph: FlowGraph, likely: Floats) -> tuple[Floats, Integers]:
    """What is said of the others of each ring, and the flows that are part of one."""
    order, back = np.lexsort((graph.payees, graph.payers)), np.lexsort((graph.payers, graph.payees))
    paid, got = Rows(graph.wallets, graph.payers[order]), Rows(graph.wallets, graph.payees[back])
    out_starts, in_starts = (np.append(side.starts, len(graph)) for side in (paid, got))
    flows = out_starts, graph.payees[order], in_starts, graph.payers[back]
    is_open = (paid.counts <= MOST_PARTNERS) & (got.counts <= MOST_PARTNERS)
    heard, on_ring = hear_rings(flows, is_open, likely, LONGEST)
    return heard, order[on_ring]


def _side(owners: Integers, others: Integers, likely: Floats, known: Integers) -> Floats:
    """Of those each wallet deals with: how likely they are illicit, and how many are known to be.

    Mean, sum, largest and second of the one; number, and share of those known, of the other.
    """
    wallets = len(likely)
    order = np.lexsort((-likely[others], owners))
    rows, others = Rows(wallets, owners[order]), others[order]
    values = likely[others]
    total, illicit = rows.sum(values), rows.sum(known[others] > 0)
    largest, second = np.full(wallets, UNKNOWN), np.full(wallets, UNKNOWN)
    largest[rows.present] = values[rows.starts[rows.present]]
    several = np.flatnonzero(rows.counts > 1)
    second[several] = values[rows.starts[several] + 1]
    mean, of_known = total / rows.counts.clip(min=1), illicit / rows.sum(known[others] != 0).clip(min=1)
    return np.stack([mean, total, largest, second, illicit, of_known], axis=1)
