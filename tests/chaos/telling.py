"""What was told of scores: every change once and without a gap, every alert about the past once."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Any

import msgspec
import psycopg

from graph.model import WalletScore
from risk.policy import DEFAULT_POLICY
from tests.servers import Servers

RANKS = ("none", "low", "high", "critical")
CHANGES = (
    "SELECT c.run, c.wallet, j.name, c.before::text, c.after::text FROM score_changes c JOIN jobs j ON j.id = c.job"
    " ORDER BY c.run, c.wallet, c.number"
)
STATE = (
    "run, wallet, score, hop_score, illicit_source_share, illicit_destination_share, hop_counts, category,"
    " source -> 'categories', destination -> 'categories'"
)
FIRST = f"SELECT {STATE} FROM wallet_scores"
LAST = f"SELECT {STATE} FROM rescores"
LIVE = (
    "SELECT w.key, a.severity, d.watermark FROM alerts a JOIN decisions d ON d.id = a.decision,"
    " jsonb_array_elements_text((a.body ->> 'wallets')::jsonb) AS w(key) WHERE a.class = 'live'"
)
RETRO = (
    "SELECT (a.body ->> 'wallets')::jsonb ->> 0, a.severity, (a.body ->> 'risk_score')::float8,"
    " (SELECT count(*) FROM audit_events e WHERE e.subject = a.id AND e.action = 'alert.opened')"
    " FROM alerts a WHERE a.class = 'retro'"
)
State = tuple[Any, ...]
# A wallet that came after the run, and has met nothing yet.
NOTHING: State = (0.0, 0.0, 0.0, 0.0, (0, 0, 0), None, {}, {})


class Told(msgspec.Struct, frozen=True):
    """One recorded change of a wallet's score in a run, by the name of the job that told it."""

    run: int
    wallet: str
    name: str
    before: WalletScore | None
    after: WalletScore

    @property
    def place(self) -> tuple[int, str]:
        return self.run, self.wallet


def odd_changes(servers: Servers) -> list[str]:
    """Changes told twice, or left out: each must begin where the one before it ended, the last at what is stored."""
    with psycopg.connect(servers.postgres_url) as ledger:
        first, last = _states(ledger, FIRST), _states(ledger, LAST)
        changes = [change for change in _changes(ledger) if change.name == "rescreen"]
    found = []
    for place, told in groupby(changes, key=lambda change: change.place):
        now = first.get(place, NOTHING)
        for change in told:
            was, becomes = _state(change.before), _state(change.after)
            if was != now or was == becomes:
                found.append(f"a change of {place} begins at {was} where the score was {now}")
            now = becomes
        if now != last[place]:
            found.append(f"the last change of {place} ends at {now}, stored is {last[place]}")
    return found


def odd_alerts(servers: Servers) -> list[str]:
    """Retro alerts told twice or left out: one for each rise over a threshold that no live alert tells."""
    with psycopg.connect(servers.postgres_url) as ledger:
        opened = ledger.execute(RETRO).fetchall()
        live = ledger.execute(LIVE).fetchall()
        rises = [(change, severity) for change in _changes(ledger) if (severity := _risen(change))]
    there = Counter((wallet, severity, round(score, 9)) for wallet, severity, score, _ in opened)
    due = Counter((change.wallet, severity, round(change.after.score, 9)) for change, severity in rises)
    spared = Counter(
        (change.wallet, severity, round(change.after.score, 9))
        for change, severity in rises
        if _is_told(change, severity, live)
    )
    return [
        *(f"{events} events of the alert of {wallet}" for wallet, _, _, events in opened if events != 1),
        *(f"{there[one]} retro alerts {one} of {due[one]} rises" for one in there if there[one] > due[one]),
        *(f"no retro alert {one}" for one in due if there[one] < due[one] - spared[one]),
    ]


def _states(ledger: psycopg.Connection, query: str) -> dict[tuple[int, str], State]:
    rows = ledger.execute(query).fetchall()  # type: ignore[call-overload]
    return {(run, wallet): _rounded(*state) for run, wallet, *state in rows}


def _state(score: WalletScore | None) -> State:
    if score is None:
        return NOTHING
    numbers = (score.score, score.hop_score, score.illicit_source_share, score.illicit_destination_share)
    categories = (score.source["categories"], score.destination["categories"])
    return _rounded(*numbers, score.hop_counts, score.category, *categories)


def _rounded(*state: Any) -> State:
    """As told: a difference in the last bits is no change."""
    *numbers, hops, category, source, destination = state
    sides = ({name: round(part[0], 9) for name, part in side.items()} for side in (source, destination))
    return (*(round(number, 9) for number in numbers), tuple(hops), category, *sides)


def _changes(ledger: psycopg.Connection) -> list[Told]:
    score = msgspec.json.Decoder(WalletScore)
    return [
        Told(run, wallet, name, score.decode(before) if before else None, score.decode(after))
        for run, wallet, name, before, after in ledger.execute(CHANGES).fetchall()
    ]


def _risen(change: Told) -> str | None:
    """The severity that the score of a wallet with money rose to, if that is one for an alert."""
    was = RANKS.index(DEFAULT_POLICY.severity(change.before.score)) if change.before else 0
    now = RANKS.index(DEFAULT_POLICY.severity(change.after.score))
    has_money = change.after.in_degree + change.after.out_degree > 0
    return RANKS[now] if has_money and now >= RANKS.index("high") and now > was else None


def _is_told(change: Told, severity: str, live: list[Any]) -> bool:
    known = change.before.watermark if change.before else -1
    return any(
        wallet == change.wallet and RANKS.index(as_) >= RANKS.index(severity) and watermark > known
        for wallet, as_, watermark in live
    )
