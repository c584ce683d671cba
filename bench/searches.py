"""The reference of the hop score: networkx, one breadth-first search per wallet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from bench.columns import FlowColumns

CUTOFF = 2


def build_network(flows: FlowColumns) -> Any:
    """The undirected graph of all flows, without those of a wallet to itself."""
    import networkx

    network = networkx.Graph()
    pairs = zip(flows.sources, flows.targets, strict=True)
    network.add_edges_from((source, target) for source, target in pairs if source != target)
    return network


def search_hops(network: Any, wallet: str, illicit: Collection[str]) -> tuple[int, int, int]:
    """Distinct illicit wallets at undirected distance 0, 1 and 2 of one wallet."""
    import networkx

    counts = [0, 0, 0]
    for reached, distance in networkx.single_source_shortest_path_length(network, wallet, cutoff=CUTOFF).items():
        if reached in illicit:
            counts[distance] += 1
    return counts[0], counts[1], counts[2]


def search_all(network: Any, wallets: Sequence[str], illicit: Collection[str]) -> list[tuple[int, int, int]]:
    """`search_hops` for each wallet."""
    return [search_hops(network, wallet, illicit) for wallet in wallets]
