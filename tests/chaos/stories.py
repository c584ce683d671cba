"""What clients do: payments posted, withdrawn and posted again; labels recorded, superseded and withdrawn.

A story is told by one client from its first step to its last, each step as often as it takes to be acknowledged, and
some once more for good measure. Many stories run side by side.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx

from tests.chaos.journal import Journal, Label, Payment

# Many small blocks: a change that is forgotten in one is not made good by changes of another.
BLOCK, BLOCKS = 8, 40
CATEGORIES = ("scam", "theft", "mixer", "exchange", "dex")
PLOTS = ("p", "p", "pw", "pw", "pw", "pwp", "pwq", "pwpwq")
TRIES, PAUSE_S = 1_200, 0.1
# A request that the client gave up while it was still at work would be done after what the client does next.
ANSWER_S = 60.0


class Teller:
    """One client: sends until it is acknowledged, and keeps the journal."""

    def __init__(self, client: httpx.AsyncClient, journal: Journal) -> None:
        self._client, self._journal = client, journal

    async def send(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Send until it is acknowledged, as a client must after a cut connection or a 503."""
        for _ in range(TRIES):
            try:
                answer = await self._client.request(method, f"/api/v1{path}", json=body)
            except httpx.HTTPError:
                self._journal.cut += 1
            else:
                if answer.is_success:
                    return answer
                assert answer.status_code == 503, f"{method} {path}: {answer.status_code} {answer.text}"
                self._journal.refused += 1
            await asyncio.sleep(PAUSE_S)
        raise AssertionError(f"{method} {path} was never acknowledged")

    async def pay(self, payment: Payment, day: int) -> None:
        """Post it; its decision is the first one for ever."""
        network, _, name = payment.key.partition(":")
        wallets = {"sender": payment.sender.partition(":")[2], "receiver": payment.receiver.partition(":")[2]}
        at = f"2020-01-{day:02d}T00:00:00Z"
        money = {"asset": "USD", "amount": str(payment.units)}
        answer = await self.send("POST", "/transactions", {"network": network, "id": name, "at": at} | money | wallets)
        decision = answer.json()["decision"]["id"]
        assert payment.decision in (None, decision), f"{payment.key} has two decisions"
        payment.decision = decision
        payment.landed += not payment.counts
        self._journal.payments[payment.key] = payment

    async def withdraw(self, payment: Payment) -> None:
        await self.send("DELETE", f"/transactions/{payment.key}?reason=reorganised")
        payment.withdrawn += payment.counts

    async def label(self, wallet: str, category: str, supersedes: Label | None = None) -> Label:
        """Record what a wallet is, in place of what it was said to be."""
        body: dict[str, Any] = {"wallet": wallet, "category": category, "source": "chaos"}
        answer = await self.send("POST", "/attributions", body | ({"supersedes": supersedes.id} if supersedes else {}))
        said = Label(answer.json()["items"][0]["id"], wallet, category)
        if supersedes is not None and supersedes.id != said.id:
            supersedes.stands = False
        return self._journal.labels.setdefault(said.id, said)

    async def unlabel(self, label: Label) -> None:
        await self.send("DELETE", f"/attributions/{label.id}?reason=wrong")
        label.stands = False


Story = Callable[[Teller], Awaitable[None]]


def payment_story(number: int, rng: random.Random) -> Story:
    """A payment, mostly within a block of wallets, with what becomes of it."""
    block = rng.randrange(BLOCKS)
    sender, receiver = (f"acct:w{block * BLOCK + one}" for one in rng.sample(range(BLOCK), 2))
    if rng.random() < 0.1:
        receiver = f"acct:w{(block + 1) % BLOCKS * BLOCK}"
    payment = Payment(f"acct:c{number}", sender, receiver, units=1 + number % 50)
    plot, day, again = rng.choice(PLOTS), 1 + number % 27, rng.random() < 0.3

    async def tell(teller: Teller) -> None:
        for step in plot:
            for _ in range(1 + again):
                if step == "w":
                    await teller.withdraw(payment)
                else:
                    await teller.pay(payment, day + (step == "q"))

    return tell


def label_story(number: int, rng: random.Random) -> Story:
    """A wallet that is called one thing, then another, then the first again, and perhaps nothing in the end."""
    wallet = f"acct:w{number % (BLOCK * BLOCKS)}"
    first, second = rng.sample(CATEGORIES, 2)
    ends, again = rng.random() < 0.5, rng.random() < 0.3

    async def tell(teller: Teller) -> None:
        label = await teller.label(wallet, first)
        label = await teller.label(wallet, second, supersedes=label)
        await teller.unlabel(label)
        label = await teller.label(wallet, first)
        for _ in range(ends + again * ends):
            await teller.unlabel(label)

    return tell


async def run_story(teller: Teller) -> None:
    """Somebody has everything scored in between; asked twice, there are two runs."""
    await teller.send("POST", "/scoring-runs")


async def tell_all(url: str, stories: Sequence[Story], journal: Journal, clients: int = 8) -> None:
    """Tell all stories, `clients` at a time."""
    waiting = list(reversed(stories))

    async def tell() -> None:
        async with httpx.AsyncClient(base_url=url, timeout=ANSWER_S) as client:
            teller = Teller(client, journal)
            while waiting:
                await waiting.pop()(teller)

    await asyncio.gather(*(tell() for _ in range(clients)))


def a_mixture(payments: int, labels: int, runs: int, rng: random.Random, *, first: int = 0) -> list[Story]:
    """Stories in random order; every label is about a wallet of its own."""
    wallets = rng.sample(range(BLOCK * BLOCKS), labels)
    stories = [payment_story(first + n, rng) for n in range(payments)]
    stories += [label_story(wallet, rng) for wallet in wallets]
    stories += [run_story] * runs
    rng.shuffle(stories)
    return stories
