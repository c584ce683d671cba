"""A blend of networks and trees as files: what it is as JSON, weights and trees as arrays. None can be executed."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import torch
from msgspec import Struct
from safetensors import SafetensorError
from safetensors.torch import load, save

from graph.model import ModelKind
from ml.errors import BrokenModel
from ml.gnn_graph import FLOW_COLUMNS
from ml.gnn_heard import HEARD_COLUMNS
from ml.gnn_net import FlowNet, NetConfig, new_net
from ml.gnn_scaling import Scaling
from ml.tree_arrays import TreeArrays

HEAD = "model.json"
NET, TREES, LATER = "net-{}.safetensors", "trees-{}.safetensors", "later-trees-{}.safetensors"
# What a network takes of a wallet, besides a constant and two labels: what trees say of it.
NET_COLUMNS = 1


class Known(Struct, frozen=True, forbid_unknown_fields=True):
    """Keys of the wallets that one part never learned from nor was shown, by what they were found to be."""

    illicit: list[str]
    licit: list[str]


class GnnHead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of a blend but its weights and trees; log-odds are the offset and both weighted sums.

    `folds` has one entry per part, `tree_offsets` and `later_offsets` what the trees of each begin with.
    """

    kind: ModelKind
    features: tuple[str, ...]
    feature_digest: str
    config: NetConfig
    flow_scaling: Scaling
    folds: tuple[Known, ...]
    tree_offsets: tuple[float, ...]
    later_offsets: tuple[float, ...]
    net_weight: float
    tree_weight: float
    offset: float


class Part(Struct, frozen=True):
    """Trees on features; and a network, and later trees, on what these trees and what is known say of others."""

    trees: TreeArrays
    net: FlowNet
    later: TreeArrays


def write_gnn(head: GnnHead, parts: tuple[Part, ...]) -> dict[str, bytes]:
    """Return the files: equal models give equal bytes."""
    files = {HEAD: msgspec.json.encode(head, order="deterministic")}
    for fold, part in enumerate(parts):
        files[NET.format(fold)] = save({name: weight.contiguous() for name, weight in part.net.state_dict().items()})
        files[TREES.format(fold)] = part.trees.to_bytes()
        files[LATER.format(fold)] = part.later.to_bytes()
    return files


def read_gnn(files: Mapping[str, bytes], kind: ModelKind) -> tuple[GnnHead, tuple[Part, ...]]:
    """Read what `write_gnn` made; raises BrokenModel saying what is wrong with which file."""
    if HEAD not in files:
        raise BrokenModel(f"a {kind} has a file {HEAD}; these are {', '.join(sorted(files)) or 'none'}")
    try:
        head = msgspec.json.decode(files[HEAD], type=GnnHead)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BrokenModel(f"{HEAD} cannot be read: {error}") from error
    _check(head, kind)
    wanted = {HEAD, *(name.format(fold) for fold in range(len(head.folds)) for name in (NET, TREES, LATER))}
    if set(files) != wanted:
        raise BrokenModel(f"the model has the files {', '.join(sorted(wanted))}; these are {', '.join(sorted(files))}")
    return head, tuple(_read_part(files, head, fold) for fold in range(len(head.folds)))


def _check(head: GnnHead, kind: ModelKind) -> None:
    if head.kind != kind:
        raise BrokenModel(f"{HEAD} is of a {head.kind}, not of a {kind}")
    for offsets in (head.tree_offsets, head.later_offsets):
        if not head.folds or len(offsets) != len(head.folds):
            raise BrokenModel(f"{HEAD} has {len(head.folds)} folds and {len(offsets)} offsets of trees")
    scaling, columns = head.flow_scaling, len(FLOW_COLUMNS)
    if not len(scaling.values) == len(scaling.normal) == columns:
        raise BrokenModel(f"{HEAD} scales {len(scaling.values)} columns where there are {columns}")
    lengths = [list(map(len, lists)) for lists in (scaling.values, scaling.normal)]
    if lengths[0] != lengths[1] or 0 in lengths[0]:
        raise BrokenModel(f"{HEAD} scales a column by lists of unequal length")


def _read_part(files: Mapping[str, bytes], head: GnnHead, fold: int) -> Part:
    name = NET.format(fold)
    net = new_net(head.config, NET_COLUMNS, len(FLOW_COLUMNS))
    try:
        weights = load(files[name])
        net.load_state_dict(weights)
    except (SafetensorError, RuntimeError) as error:
        raise BrokenModel(f"{name} cannot be read: {error}") from error
    if not all(bool(torch.isfinite(weight).all()) for weight in weights.values()):
        raise BrokenModel(f"{name} holds weights that are no numbers")
    features = len(head.features)
    trees = _read_trees(files, TREES.format(fold), features)
    return Part(trees, net.eval(), _read_trees(files, LATER.format(fold), features + HEARD_COLUMNS))


def _read_trees(files: Mapping[str, bytes], name: str, columns: int) -> TreeArrays:
    try:
        trees = TreeArrays.from_bytes(files[name])
    except BrokenModel as error:
        raise BrokenModel(f"{name} cannot be read: {error}") from error
    split_on = trees.features[trees.left >= 0]
    if len(split_on) and not 0 <= split_on.min() <= split_on.max() < columns:
        raise BrokenModel(f"{name} asks for columns beyond the {columns} that there are")
    return trees
