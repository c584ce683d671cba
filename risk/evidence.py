"""What a decision rests on, whole, in the words and units of the wire."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from graph.model import CategoryShare, Exposure, History, WalletHistory, Window, format_micro
from risk.facts import Facts
from risk.rules import Rule

_WINDOWS = ("sent_window", "sent_hour", "sent_day", "received_hour", "received_day")


def evidence_of(facts: Facts, found: Iterable[Rule]) -> tuple[dict[str, Any], ...]:
    """Both exposures, the history of the parties, the patterns that graph rules `found`, and who is watched."""
    return (
        *map(_exposure, facts.exposures),
        _history(facts.history),
        *_patterns(facts, found),
        *({"kind": "watchlist", "watchlist": one.watchlist, "wallet": one.wallet} for one in facts.watched),
    )


def _exposure(exposure: Exposure) -> dict[str, Any]:
    passed = int(exposure.passed_through * exposure.total_value)
    return {
        "kind": "exposure",
        "direction": exposure.direction,
        "hops": exposure.hops,
        "method": exposure.method,
        "total_value": format_micro(exposure.total_value),
        "exact": exposure.exact,
        "watermark": exposure.watermark,
        "categories": [_category(part) for part in exposure.categories],
        "residuals": [
            {"reason": rest.reason, "share": rest.share, "value": format_micro(rest.value)}
            for rest in exposure.residuals
        ],
        "passed_through": {"share": exposure.passed_through, "value": format_micro(passed)},
        "hubs": [
            {"wallet": hub.wallet, "counterparties": hub.counterparties, "share": hub.share} for hub in exposure.hubs
        ],
    }


def _category(part: CategoryShare) -> dict[str, Any]:
    return {
        "category": part.category,
        "class": part.class_,
        "share": part.share,
        "value": format_micro(part.value),
        "direct_share": part.direct_share,
        "indirect_share": part.indirect_share,
        "shortest_hops": part.shortest_hops,
        "actors": [
            {"actor": actor.actor, "share": actor.share, "attributions": list(actor.attributions)}
            for actor in part.actors
        ],
    }


def _history(history: History) -> dict[str, Any]:
    return {
        "kind": "history",
        "payers": [_wallet(wallet) for wallet in history.payers],
        "payees": [_wallet(wallet) for wallet in history.payees],
        "paid_before": history.paid_before,
        "left_out": history.left_out,
    }


def _wallet(wallet: WalletHistory) -> dict[str, Any]:
    """A window without payments is left out, as are mean and deviation where there are none."""
    windows = {name: _window(window) for name in _WINDOWS if (window := getattr(wallet, name)).count}
    habit = {"mean": wallet.mean, "deviation": wallet.deviation}
    return {
        "wallet": wallet.wallet,
        "sent_count": wallet.sent_count,
        "received_count": wallet.received_count,
        "sampled": wallet.sampled,
        "near_threshold": wallet.near_threshold,
        "is_cut": wallet.is_cut,
        **windows,
        **{name: format_micro(round(value)) for name, value in habit.items() if value is not None},
    }


def _window(window: Window) -> dict[str, Any]:
    return {"count": window.count, "value": format_micro(window.value), "parties": window.parties}


def _patterns(facts: Facts, found: Iterable[Rule]) -> Iterator[dict[str, Any]]:
    for rule in found:
        if (finding := facts.findings.get(rule.id)) is not None:
            yield {
                "kind": "pattern",
                "rule": rule.id,
                "version": rule.version,
                "typology": rule.typology,
                "wallets": list(finding.wallets),
                "transactions": list(finding.transactions),
                "value": format_micro(finding.value),
                "detail": finding.detail,
            }
