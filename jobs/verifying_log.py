"""Verifying the audit log: its chain, its Merkle tree, and both against every checkpoint there is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import takewhile

from msgspec import Struct

from jobs.trusted_checkpoints import Kept, Point, Points, collect_points
from ledger import read_log
from ledger.audit_tree import list_nodes
from ledger.chain import Verification
from ledger.merkle import KEPT_LEVELS, Subtree
from ledger.session import Connection
from ledger.signing import PublicKey
from ledger.tree_walk import TreeWalk

Span = tuple[int, int]
Nodes = Mapping[Subtree, bytes]


class LogReport(Struct):
    """What was walked and compared; `bad` is the first span of events that is wrong, `covered` the last event proven.

    `covered` counts checkpoints that trusted keys signed only: 0 where none was given.
    """

    events: Verification
    reads: Verification
    checkpoints: int
    covered: int
    findings: list[str]
    bad: Span | None


async def verify_log(
    connection: Connection,
    given: Sequence[Kept] = (),
    keys: Collection[PublicKey] = (),
    progress: Callable[[int], None] | None = None,
) -> LogReport:
    """Walk both chains from their first row and compare every checkpoint, given or kept, with what the rows say.

    Memory grows by some hundred bytes per checkpoint and per 256 events.
    """
    # In this order: the log may grow meanwhile, and what was signed of it is read before what it was signed over.
    found = await collect_points(connection, given, keys)
    nodes = await list_nodes(connection)
    walk = TreeWalk(point.checkpoint.size for point in found.points)
    events = await walk.go(connection, progress=progress)
    reads = await read_log.verify(connection)
    report = LogReport(events, reads, len(found.kept_sizes), 0, found.findings, None)
    if events.bad_seq is not None:
        _say(report, (events.bad_seq, events.bad_seq), f"audit event {events.bad_seq}: {events.reason}")
    if reads.bad_seq is not None:
        report.findings.append(f"logged read {reads.bad_seq}: {reads.reason}")
    _compare_points(report, walk, found, nodes)
    await _compare_reads(connection, report, found.points)
    return report


def _say(report: LogReport, span: Span, finding: str) -> None:
    report.findings.append(finding)
    if report.bad is None or span < report.bad:
        report.bad = span


def _compare_points(report: LogReport, walk: TreeWalk, found: Points, nodes: Nodes) -> None:
    """Name the first checkpoint that the rows do not fit, and the span since the last that they do."""
    trusted = [point for point in found.points if point.trusted]
    # Where those that can be trusted fit, the others have their say: they are in the ledger for all to see.
    points = trusted if not all(_fits(walk, point) for point in trusted) else found.points
    right = list(takewhile(lambda point: _fits(walk, point), points))
    last = max((point.checkpoint.size for point in right), default=0)
    report.covered = max((point.checkpoint.size for point in right if point.trusted), default=0)
    end, wrong = report.events.head_seq, points[len(right) :]
    if wrong and wrong[0].checkpoint.size <= end:
        span = (last + 1, wrong[0].checkpoint.size)
        hint = _hint(_differing(walk, nodes), span)
        _say(report, span, f"{_span(span)}: rewritten, with hashes that fit: {wrong[0]} was signed over others{hint}")
    elif wrong and report.events.bad_seq is None:
        span = (end + 1, wrong[-1].checkpoint.size)
        _say(report, span, f"{_span(span)}: gone from the end of the log: {wrong[-1]} was signed over them")
    elif report.events.bad_seq is None:
        _say_nodes(report, _differing(walk, nodes, max(found.kept_sizes, default=0)))


def _fits(walk: TreeWalk, point: Point) -> bool:
    return walk.at.get(point.checkpoint.size) == (point.checkpoint.root, point.checkpoint.head_hash)


def _span(span: Span) -> str:
    return f"audit events {span[0]} to {span[1]}" if span[0] < span[1] else f"audit event {span[0]}"


def _differing(walk: TreeWalk, kept: Nodes, size: int = 0) -> list[Subtree]:
    """Kept nodes that are not what the rows give, in order of events; those missing below `size` too."""
    computed = dict(walk.tree.whole)
    missing = {node for node in computed if node not in kept and (node.position + 1) << node.level <= size}
    wrong = {node for node, digest in kept.items() if computed.get(node) != digest}
    return sorted(missing | wrong, key=lambda node: (node.position << node.level, node.level))


def _events_below(node: Subtree) -> Span:
    return ((node.position << node.level) + 1, (node.position + 1) << node.level)


def _hint(nodes: list[Subtree], span: Span) -> str:
    """Where in the span the kept nodes first differ; they are in the same database, so it is no more than a hint."""
    smallest = [_events_below(node) for node in nodes if node.level == KEPT_LEVELS]
    first = next((below for below in smallest if below[1] >= span[0] and below[0] <= span[1]), None)
    if first is None:
        return ""
    within = (max(first[0], span[0]), min(first[1], span[1]))
    return f" (by the nodes kept in the database, which prove nothing, first in {_span(within)})"


def _say_nodes(report: LogReport, nodes: list[Subtree]) -> None:
    if nodes:
        more = f", and {len(nodes) - 1} more" if len(nodes) > 1 else ""
        told = _span(_events_below(nodes[0]))
        report.findings.append(f"audit_tree: the node over {told} is missing or not what they give{more}")


async def _compare_reads(connection: Connection, report: LogReport, points: list[Point]) -> None:
    """The log of reads went on from where each checkpoint says that it stood."""
    signed = {point.checkpoint.reads: point for point in reversed(points) if point.checkpoint.reads}
    cursor = await connection.execute("SELECT seq, hash FROM read_log WHERE seq = ANY(%s)", (list(signed),))
    kept = {row["seq"]: row["hash"] for row in await cursor.fetchall()}
    wrong = [seq for seq, point in sorted(signed.items()) if kept.get(seq) != point.checkpoint.reads_hash]
    if wrong:
        done = "gone" if wrong[0] not in kept else "rewritten"
        report.findings.append(f"logged reads up to {wrong[0]}: {done} since {signed[wrong[0]]} was signed")
