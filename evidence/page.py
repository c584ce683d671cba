"""`report.html`: an alert as a person reads it. One file, without script, without anything from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from evidence.dossier import Dossier
from evidence.picture import draw
from graph.model import Attribution, Contribution, Event, Exposure, format_micro

CATEGORY_COLOURS = {"illicit": "#b42318", "service": "#1f5fbf", "neutral": "#6b6b6b"}
# Where tracing stopped without a category, in plain words.
ENDS = {
    "origin": "origin: nothing earlier is known",
    "unspent": "unspent: it has not moved on",
    "hop_limit": "beyond the hops followed",
    "dust": "parts below the dust threshold",
    "limit": "not followed: too many flows",
    "pooled": "not followed: a hub of many",
}
# More than that is no reading; the data has all.
MOST_ROWS = 300
STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#1a1a18;background:#fff;max-width:68rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;line-height:1.25;margin:.2rem 0 1rem}h2{font-size:1.05rem;margin:2rem 0 .5rem}
table{border-collapse:collapse;width:100%;font-size:.86rem}th,td{text-align:left;padding:.3rem .6rem .3rem 0;
border-bottom:1px solid #dcdcd6;vertical-align:top;overflow-wrap:anywhere}td.n,th.n{text-align:right;white-space:nowrap;
font-variant-numeric:tabular-nums}.k,code{font-family:ui-monospace,monospace;font-size:.82rem}.q{color:#55554f}
.scroll{overflow-x:auto}svg{max-width:100%;height:auto}svg.flow{min-width:40rem}th{color:#55554f;font-weight:600}th,td{min-width:5rem}td:first-child{min-width:6.5rem}
@media print{body{margin:0}h2{break-after:avoid}tr{break-inside:avoid}}
"""


def when(at: datetime | None) -> str:
    """Return a time in UTC, saying so; open ends are `always`."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "always"


def percent(share: float) -> str:
    """Return a share in per cent; what is there and small is not told as nothing."""
    return "< 0.01 %" if 0 < share < 0.0001 else f"{share * 100:.2f} %"


def report(dossier: Dossier, events: Sequence[Event]) -> str:
    """Return the page. Every text in it is escaped: it is data."""
    alert, decision = dossier.told.alert, dossier.decision
    body = [
        f'<p class="q">Headwater evidence, alert <code>{escape(alert.id)}</code></p>',
        f"<h1>{escape(alert.explanation)}</h1>",
        _facts(dossier),
        *(_exposure(dossier, one) for one in dossier.expected.exposures),
        '<h2>How the money moved</h2><p class="q">From left to right in time; a dashed line is the payment itself.</p>',
        f'<div class="scroll">{_picture(dossier)}</div>',
        _signals(dossier) if decision else _causes(dossier),
        _attributions(dossier),
        _notes(dossier),
        _history(events),
        _versions(dossier),
        "<h2>How to verify</h2><p>Run <code>headwater verify BUNDLE</code> on the zip: it needs no server. Or load "
        "<code>replay.cypher</code> into an empty Neo4j. <code>README.txt</code> says how, and what each file is.</p>",
    ]
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    head += f"<title>Alert {escape(alert.id)}</title>"
    return (
        f'<!doctype html><html lang="en"><head>{head}<style>{STYLE}</style></head><body>{"".join(body)}</body></html>\n'
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """Return a table of texts, escaped; the columns of `numbers` stand to the right."""
    mark = [' class="n"' if place in numbers else "" for place in range(len(heads))]
    top = "".join(f'<th scope="col"{m}>{escape(one)}</th>' for one, m in zip(heads, mark, strict=True))
    lines = [
        "<tr>" + "".join(f"<td{m}>{escape(cell)}</td>" for cell, m in zip(row, mark, strict=True)) + "</tr>"
        for row in rows
    ]
    if not lines:
        return '<p class="q">None.</p>'
    if len(lines) > MOST_ROWS:
        lines = [*lines[:MOST_ROWS], f'<tr><td colspan="{len(heads)}">and {len(lines) - MOST_ROWS:,} more</td></tr>']
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'


def _facts(dossier: Dossier) -> str:
    alert, currency = dossier.told.alert, dossier.money.reference_currency
    value = f"{format_micro(alert.value)} {currency}" if alert.value is not None else "unknown"
    rows = [
        ("Severity", f"{alert.severity}, risk score {alert.risk_score:.4f} of 1"),
        ("Status", alert.status + (f", verdict {alert.verdict.replace('_', ' ')}" if alert.verdict else "")),
        ("Opened", when(alert.created_at)),
        ("Class", "live" if alert.class_ == "live" else "retro: something changed about money that had moved before"),
        ("Transaction", alert.transaction or "none"),
        ("Value", value if alert.transaction else "none: the alert is about a wallet"),
        ("Wallets", ", ".join(alert.wallets)),
    ]
    if dossier.paid:
        rows.insert(5, ("Moved", when(dossier.paid.payment.at)))
    return table(("What", "Is"), rows)


def _exposure(dossier: Dossier, one: Exposure) -> str:
    classes = {category.name: category for category in dossier.categories}
    parts: list[tuple[str, str, float, float, int]] = [
        (classes[c.category].title if c.category in classes else c.category, c.class_, c.share, c.direct_share, c.value)
        for c in one.categories
    ]
    parts += [(ENDS.get(r.reason, r.reason), "", r.share, 0.0, r.value) for r in one.residuals]
    side = "Where the money came from" if one.direction == "source" else "Where the money went"
    currency = dossier.money.reference_currency
    told = table(
        ("Part", "Class", "Share", "of it direct", f"Value in {currency}"),
        [(n, c, percent(s), percent(d) if c else "", format_micro(v)) for n, c, s, d, v in parts],
        (2, 3, 4),
    )
    bar = _bar([(name, class_, share) for name, class_, share, _, _ in parts])
    return f"<h2>{side}, {one.hops} hops, to 100 %</h2>{bar}{told}"


def _bar(parts: Sequence[tuple[str, str, float]]) -> str:
    drawn, x = [], 0.0
    for name, class_, share in parts:
        colour = CATEGORY_COLOURS.get(class_, "#c9c9c2")
        drawn.append(
            f'<rect x="{x * 1000:.2f}" y="0" width="{share * 1000:.2f}" height="18" fill="{colour}" stroke="#fff">'
            f"<title>{escape(name)} {percent(share)}</title></rect>"
        )
        x += share
    told = ", ".join(f"{name} {percent(share)}" for name, _, share in parts)
    return f'<svg viewBox="0 0 1000 18" role="img" aria-label="{escape(told)}">{"".join(drawn)}</svg>'


def _picture(dossier: Dossier) -> str:
    drawn = draw(dossier.money, dossier.said, {one.name: one for one in dossier.categories})
    return drawn.replace("<svg ", '<svg class="flow" ', 1)


def _signals(dossier: Dossier) -> str:
    rows = []
    for signal in dossier.decision.signals if dossier.decision else ():
        value = f"{signal.value:.4f}" if signal.value is not None else "unknown"
        weight = f"{signal.effective_weight:.3f}" if signal.effective_weight is not None else "none"
        rows.append(
            (signal.name.replace("_", " "), value, weight, f"skipped: {signal.skipped}" if signal.skipped else "")
        )
        rows += [("", f"{c.value:.4f}", "", _because(c)) for c in signal.contributions]
    return "<h2>Signals</h2>" + table(("Signal", "Value", "Weight", "Because"), rows, (1, 2))


def _because(told: Contribution) -> str:
    words = told.reason.replace("_", " ").capitalize()
    return f"{words}{f', {told.detail}' if told.detail else ''} ({told.reason})"


def _causes(dossier: Dossier) -> str:
    rows = [(c.kind.replace("_", " "), c.id, c.wallet, c.category or "", c.source or "") for c in dossier.told.causes]
    return "<h2>What changed</h2>" + table(("Change", "Of", "Wallet", "Category", "Source"), rows)


def _attributions(dossier: Dossier) -> str:
    decides = {met.attribution for side in dossier.money.sides for met in side.met}
    rows = [
        (
            a.wallet,
            a.category,
            a.actor or "unknown",
            a.source + (" (official)" if a.official else ""),
            f"{a.confidence:.2f}",
            _valid(a),
            "decides" if a.id in decides else "outranked or not in force then",
        )
        for a in dossier.money.attributions
    ]
    heads = ("Wallet", "Category", "Actor", "Source", "Confidence", "Valid", "Counts")
    return "<h2>What sources say of these wallets</h2>" + table(heads, rows, (4,))


def _valid(said: Attribution) -> str:
    if said.valid_from is None and said.valid_to is None:
        return "always"
    first = f"from {when(said.valid_from)}" if said.valid_from else "always"
    return f"{first} until {when(said.valid_to)}" if said.valid_to else first


def _notes(dossier: Dossier) -> str:
    rows = [(when(n.at), n.author, n.text if n.text is not None else "erased") for n in dossier.told.notes]
    return "<h2>Notes</h2>" + table(("At", "By", "Note"), rows)


def _history(events: Sequence[Event]) -> str:
    rows = [(f"#{e.seq}", when(e.at), e.actor, e.action, e.hash[:16]) for e in events]
    return "<h2>History in the audit log</h2>" + table(("Event", "At", "By", "What", "Hash begins"), rows, (0,))


def _versions(dossier: Dossier) -> str:
    decision = dossier.decision
    if decision is None:
        return "<h2>Versions</h2><p>No decision: the exposure is that of the score which opened the alert.</p>"
    rows = [("policy", decision.policy), ("graph watermark", str(decision.watermark)), ("input", decision.input_hash)]
    rows += [(f"rule {name}", f"version {version}") for name, version in sorted(decision.rule_versions.items())]
    rows += [(f"model {name}", version) for name, version in sorted(decision.model_versions.items())]
    return "<h2>Versions</h2>" + table(("Of", "Is"), rows)
