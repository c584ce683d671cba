"""The flow picture: where money came from on the left, the payment in the middle, where it went on the right; SVG."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from html import escape

from msgspec import Struct

from evidence.shapes import Money, Side
from graph.model import MICRO, Attribution, Category

ROW, BOX, GAP, MARGIN = 46, 158, 104, 12
MOST_ROWS, MOST_LEVELS = 7, 3
FILL = {"illicit": "#fde3e0", "service": "#e2ecfa", "neutral": "#eeeeee", None: "#f7f7f5"}
EDGE = {"illicit": "#b42318", "service": "#1f5fbf", "neutral": "#6b6b6b", None: "#8a8a85"}


class _Box(Struct):
    wallet: str
    x: float
    y: float
    words: str
    class_: str | None


def short(key: str, most: int = 24) -> str:
    """Return a key with its middle left out where it is long; both ends tell wallets apart."""
    return key if len(key) <= most else f"{key[: most // 2]}…{key[-(most // 2 - 1) :]}"


def draw(money: Money, said: Mapping[str, Attribution], categories: Mapping[str, Category]) -> str:
    """Return the picture; the largest flows of each level only, which it says where some are left out."""
    columns, left_out = _columns(money)
    places = sorted(columns)
    step = BOX + GAP
    width = 2 * MARGIN + BOX + step * (len(places) - 1)
    decided = {met.wallet: said.get(met.attribution or "") for side in money.sides for met in side.met}
    boxes = {}
    for number, place in enumerate(places):
        for row, wallet in enumerate(columns[place]):
            attribution = decided.get(wallet)
            category = categories.get(attribution.category) if attribution else None
            x, y = MARGIN + number * step, 34 + row * ROW
            words = f"{category.title}" if category else "unattributed"
            boxes[place, wallet] = _Box(wallet, x, y, words, category.class_ if category else None)
    height = 44 + (16 if left_out else 0) + ROW * max((len(column) for column in columns.values()), default=1)
    parts = [*_heads(places, step), *_arrows(money, boxes), *(_box(box) for box in boxes.values())]
    parts.sort(key=lambda part: part.startswith("<text"))  # amounts over lines
    if left_out:
        parts.append(f'<text x="{MARGIN}" y="{height - 8}" class="n">{left_out} smaller wallets are not drawn</text>')
    style = "<style>text{font-family:'DejaVu Sans Mono',monospace;font-size:10px;fill:#1a1a18}.n{fill:#55554f}"
    style += ".v{paint-order:stroke;stroke:#fff;stroke-width:4px}</style>"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img"'
        f' aria-label="Flow of money from left to right">{style}{"".join(parts)}</svg>'
    )


def _columns(money: Money) -> tuple[dict[int, list[str]], int]:
    """Wallets by place: starts of the source side at -1, what paid them to the left; destination from 1 on."""
    columns, left_out = defaultdict[int, list[str]](list), 0
    for side in money.sides:
        sign = -1 if side.direction == "source" else 1
        level = {start.wallet: float(start.value or 1) for start in side.starts}
        for depth in range(min(side.hops, MOST_LEVELS) + 1):
            ranked = sorted(level, key=lambda wallet: (-level[wallet], wallet))
            columns[sign * (depth + 1)] = ranked[:MOST_ROWS]
            left_out += len(ranked) - len(ranked[:MOST_ROWS])
            level = _next(side, set(ranked[:MOST_ROWS]), depth)
    return {place: column for place, column in columns.items() if column}, left_out


def _next(side: Side, from_: set[str], depth: int) -> dict[str, float]:
    opened = set(side.opened) if depth or side.start_stops else {*side.opened, *from_}
    found: dict[str, float] = defaultdict(float)
    for flow in side.flows:
        here, there = (flow.target, flow.source) if side.direction == "source" else (flow.source, flow.target)
        if here in from_ and here in opened and flow.source != flow.target:
            found[there] += flow.value
    return found


def _heads(places: list[int], step: float) -> Iterator[str]:
    for number, place in enumerate(places):
        far = abs(place) - 1
        hops = "1 hop" if far == 1 else f"{far} hops"
        words = "paid" if place == -1 else "was paid" if place == 1 else f"{hops} {'before' if place < 0 else 'after'}"
        yield f'<text x="{MARGIN + number * step:.0f}" y="18" class="n">{words}</text>'


def _arrows(money: Money, boxes: Mapping[tuple[int, str], _Box]) -> Iterator[str]:
    most = max((flow.value for side in money.sides for flow in side.flows), default=1)
    for side in money.sides:
        sign = -1 if side.direction == "source" else 1
        for flow in side.flows:
            near, far = (flow.target, flow.source) if sign < 0 else (flow.source, flow.target)
            for depth in range(1, MOST_LEVELS + 1):
                one, other = boxes.get((sign * depth, near)), boxes.get((sign * (depth + 1), far))
                if one and other:
                    left, right = (other, one) if sign < 0 else (one, other)
                    yield from _arrow(left, right, flow.value, most, money.reference_currency)
    payers = [box for (place, _), box in boxes.items() if place == -1]
    payees = [box for (place, _), box in boxes.items() if place == 1]
    if money.excluded and payers and payees:
        yield from (_line(payer, payee, 3.0, "4 3") for payer in payers for payee in payees)


def _arrow(left: _Box, right: _Box, value: int, most: int, currency: str) -> Iterator[str]:
    # In the picture to the hundredth; the data has it whole.
    words = f"{value // MICRO:,}.{value % MICRO // 10_000:02d} {escape(currency)}"
    x, y = (left.x + BOX + right.x) / 2, (left.y + right.y) / 2 + 19
    width = 0.8 + 4.2 * value / most
    yield _line(left, right, width)
    yield f'<text class="v" x="{x:.0f}" y="{y:.0f}" text-anchor="middle">{words}</text>'


def _line(left: _Box, right: _Box, width: float, dashes: str = "none") -> str:
    x1, y1, x2, y2 = left.x + BOX, left.y + 16, right.x, right.y + 16
    bend = (x2 - x1) / 2
    return (
        f'<path d="M{x1:.0f} {y1:.0f} C{x1 + bend:.0f} {y1:.0f} {x2 - bend:.0f} {y2:.0f} {x2:.0f} {y2:.0f}" fill="none"'
        f' stroke="#9a9a94" stroke-width="{width:.1f}" stroke-dasharray="{dashes}"/>'
    )


def _box(box: _Box) -> str:
    return (
        f'<g><title>{escape(box.wallet)}</title><rect x="{box.x:.0f}" y="{box.y:.0f}" width="{BOX}" height="34" rx="4"'
        f' fill="{FILL[box.class_]}" stroke="{EDGE[box.class_]}"/><text x="{box.x + 6:.0f}" y="{box.y + 14:.0f}">'
        f'{escape(short(box.wallet, 22))}</text><text x="{box.x + 6:.0f}" y="{box.y + 27:.0f}" class="n">'
        f"{escape(short(box.words, 22))}</text></g>"
    )
