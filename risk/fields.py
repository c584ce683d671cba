"""What a rule may look at: one registry of fields, and the values that a payment has for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Literal

from msgspec import Struct

from graph.model import Category, Exposure, History, WalletHistory, Window
from risk.facts import Facts, Payment

Kind = Literal["money", "number", "text", "flag", "time", "share", "any"]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = timedelta(days=1)


class Field(Struct, frozen=True):
    """One thing a rule may look at; `name` may end in `*` for any name below it."""

    name: str
    kind: Kind
    description: str


def fields_of(payment: Payment, facts: Facts, categories: Mapping[str, Category]) -> dict[str, Any]:
    """What one payment has for each field; a field without an entry is absent. Money is micro-units."""
    found = {name: read(payment) for name, read in _TRANSACTION_READS}
    found["transaction.paid_before"] = facts.history.paid_before
    if payment.purpose is not None:
        found["transaction.purpose"] = payment.purpose
    _wallets(found, payment, facts.history)
    for exposure in facts.exposures:
        _exposure(found, exposure, categories)
    for name, value in payment.context.items():
        if value is not None:
            found[f"context.{name}"] = value
    return found


def round_to(amount: str) -> int | float:
    """The largest power of ten that divides a plain decimal amount: 1,000 for 12,000, 0.1 for 3.5, 0 for 0."""
    whole, _, fraction = amount.partition(".")
    if fraction:
        return float(f"1e-{len(fraction)}")
    digits = whole.rstrip("0")
    return 10 ** (len(whole) - len(digits)) if digits else 0


def _wallets(found: dict[str, Any], payment: Payment, history: History) -> None:
    """Add the most valuable payer and payee; what is sent on counts this payment, the windows do not."""
    if history.payers:
        payer = history.payers[0]
        _wallet(found, "sender", payer, payment)
        own = payment.sent_by(payer.wallet) or 0
        for span, sent, received in (
            ("hour", payer.sent_hour, payer.received_hour),
            ("day", payer.sent_day, payer.received_day),
        ):
            if received.value:
                found[f"sender.passed_on_{span}"] = (sent.value + own) / received.value
    if history.payees:
        _wallet(found, "receiver", history.payees[0], payment)


def _wallet(found: dict[str, Any], side: str, wallet: WalletHistory, payment: Payment) -> None:
    found[f"{side}.wallet"] = wallet.wallet
    for name, read in _WALLET_READS:
        value = read(wallet)
        if value is not None:
            found[f"{side}.{name}"] = value
    if wallet.first_at is not None:
        found[f"{side}.age_days"] = max(0.0, (payment.at - wallet.first_at) / _DAY)


def _exposure(found: dict[str, Any], exposure: Exposure, categories: Mapping[str, Category]) -> None:
    """Add the shares of one side: of every category, 0 where there is none, and of the illicit ones together."""
    side = f"exposure.{exposure.direction}"
    illicit = [part for part in exposure.categories if part.class_ == "illicit" and part.share > 0]
    found.update(dict.fromkeys((f"{side}.{name}" for name in categories), 0.0))
    found.update((f"{side}.{part.category}", part.share) for part in exposure.categories)
    found[f"{side}.illicit"] = min(1.0, sum(part.share for part in illicit))
    found[f"{side}.illicit_direct"] = min(1.0, sum(part.direct_share for part in illicit))
    found[f"{side}.illicit_value"] = sum(part.value for part in illicit)
    if illicit:
        found[f"{side}.illicit_hops"] = min(part.shortest_hops for part in illicit)


_TRANSACTION: tuple[tuple[str, Kind, str, Callable[[Payment], Any]], ...] = (
    ("network", "text", "its network, such as eth or acct", lambda p: p.network),
    ("asset", "text", "its asset, such as ETH or USD", lambda p: p.asset),
    ("at", "time", "when it moved", lambda p: p.at),
    ("hour", "number", "the hour of the day when it moved, in UTC: 0 to 23", lambda p: p.at.hour),
    (
        "weekday",
        "text",
        "the day of the week when it moved, in UTC: monday to sunday",
        lambda p: WEEKDAYS[p.at.weekday()],
    ),
    ("value", "money", "its value", lambda p: p.value),
    (
        "round_to",
        "number",
        "the largest power of ten that divides its amount: 1000 for 12,000",
        lambda p: round_to(p.amount),
    ),
    ("payers", "number", "how many wallets pay", lambda p: len(p.payers)),
    ("payees", "number", "how many wallets are paid", lambda p: len(p.payees)),
)
_TRANSACTION_READS = tuple((f"transaction.{name}", read) for name, _, _, read in _TRANSACTION)

_Read = Callable[[WalletHistory], Any]


def _window(name: str, words: str, read: Callable[[WalletHistory], Window]) -> tuple[tuple[str, Kind, str, _Read], ...]:
    return (
        (f"{name}_count", "number", f"payments {words}, this one left out", lambda w: read(w).count),
        (f"{name}_value", "money", f"value {words}, this payment left out", lambda w: read(w).value),
        (f"{name}_parties", "number", f"distinct counterparties {words}", lambda w: read(w).parties),
    )


_WALLET: tuple[tuple[str, Kind, str, _Read], ...] = (
    *_window("sent_window", "sent within the policy's velocity window", lambda w: w.sent_window),
    *_window("sent_hour", "sent within an hour", lambda w: w.sent_hour),
    *_window("sent_day", "sent within a day", lambda w: w.sent_day),
    *_window("received_hour", "received within an hour", lambda w: w.received_hour),
    *_window("received_day", "received within a day", lambda w: w.received_day),
    ("sent_count", "number", "payments it had ever sent", lambda w: w.sent_count),
    ("received_count", "number", "payments it had ever received", lambda w: w.received_count),
    ("is_new", "flag", "it had no payment before", lambda w: w.sent_count + w.received_count == 0),
    ("mean_value", "money", "mean value of the payments it sent lately", lambda w: w.mean),
    (
        "near_threshold",
        "number",
        "payments it sent within a day just below the policy's reporting threshold",
        lambda w: w.near_threshold,
    ),
)
_WALLET_READS = tuple((name, read) for name, _, _, read in _WALLET)


def _registry() -> dict[str, Field]:
    listed = [Field(f"transaction.{name}", kind, words) for name, kind, words, _ in _TRANSACTION]
    listed += [
        Field("transaction.paid_before", "flag", "a payer had paid a payee before"),
        Field("transaction.purpose", "text", "its purpose as sent; absent where there is none"),
    ]
    for side, whose in (("sender", "payer"), ("receiver", "payee")):
        listed.append(
            Field(f"{side}.wallet", "text", f"key of the most valuable {whose}; the rest is about that wallet")
        )
        listed += [Field(f"{side}.{name}", kind, words) for name, kind, words, _ in _WALLET]
        listed.append(Field(f"{side}.age_days", "number", "days since its first payment; absent for a new wallet"))
    for span in ("hour", "day"):
        words = f"value it sent within the {span}, this payment included, over what it received; absent if nothing"
        listed.append(Field(f"sender.passed_on_{span}", "number", words))
    for side, words in (("source", "comes from"), ("destination", "goes to")):
        listed += [
            Field(f"exposure.{side}.illicit", "share", f"part of its value that {words} illicit wallets"),
            Field(f"exposure.{side}.illicit_direct", "share", f"part that {words} illicit wallets in one hop"),
            Field(f"exposure.{side}.illicit_value", "money", f"value that {words} illicit wallets"),
            Field(f"exposure.{side}.illicit_hops", "number", "hops to the nearest of them; absent without any"),
            Field(f"exposure.{side}.*", "share", f"part that {words} wallets of a category, such as .mixer"),
        ]
    listed.append(
        Field("context.*", "any", "what was sent under that name, such as context.channel: text, number or flag")
    )
    return {field.name: field for field in listed}


FIELDS: dict[str, Field] = _registry()


def find_field(name: str) -> Field | None:
    """The registry's entry for a field; None for a name that can never have a value."""
    if name in FIELDS:
        return FIELDS[name]
    above = "context" if name.startswith("context.") else name.rpartition(".")[0]
    below = name[len(above) + 1 :]
    return FIELDS.get(f"{above}.*") if below else None
