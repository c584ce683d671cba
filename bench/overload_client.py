"""`python -m bench.overload_client HOST PORT RATE SECONDS SEED`: posts at a rate whatever comes of it; JSON on stdout.

An open loop: each post is due at its own time and its seconds count from then, however late it could be sent, so that
waits are not left out where the service stands still (coordinated omission). A process of its own, to spare the
other side's figures; it tells the CPU that it took itself.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from time import perf_counter

import msgspec
from msgspec import Struct, field

from bench.posting import Connection

PATH = "/api/v1/transactions"
WALLETS = 20_000


class Told(Struct):
    """What came of it: the seconds of accepted and refused posts, statuses, ids accepted, refusals without Retry-After.

    `cpu` is the share of one core that the client itself took; `late_s` the most that it was behind itself.
    """

    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    bare: int = 0
    cut: int = 0
    cpu: float = 0.0
    late_s: float = 0.0


class Client:
    """Posts over as many kept connections as it takes."""

    def __init__(self, host: str, port: int, seed: int) -> None:
        self._host, self._port = host, port
        self._draw = random.Random(seed)
        self._name = f"o{seed}-{time.time_ns():x}"
        self._idle: list[Connection] = []
        self._statuses: Counter[int] = Counter()
        self.told = Told()

    async def post_for(self, seconds: float, rate: float) -> Told:
        """Post `rate` a second on average, at random times."""
        started = due = perf_counter()
        used, number = time.process_time(), 0
        async with asyncio.TaskGroup() as tasks:
            while (due := due + self._draw.expovariate(rate)) < started + seconds:
                await asyncio.sleep(due - perf_counter())
                self.told.late_s = max(self.told.late_s, perf_counter() - due)
                number += 1
                tasks.create_task(self._post(f"{self._name}-{number}", due))
        for connection in self._idle:
            connection.close()
        self.told.cpu = (time.process_time() - used) / (perf_counter() - started)
        self.told.statuses = dict(self._statuses)
        return self.told

    async def _post(self, id_: str, due: float) -> None:
        try:
            while self._idle and self._idle[-1].is_closed:
                self._idle.pop().close()
            connection = self._idle.pop() if self._idle else await Connection.open(self._host, self._port)
            status, head = await connection.post_for_head(PATH, self._body(id_))
        except (OSError, asyncio.IncompleteReadError):
            self.told.cut += 1
            return
        self._idle.append(connection)
        self._note(id_, status, head, perf_counter() - due)

    def _note(self, id_: str, status: int, head: bytes, seconds: float) -> None:
        self._statuses[status] += 1
        if status == 201:
            self.told.accepted.append(seconds)
            self.told.ids.append(f"acct:{id_}")
        else:
            self.told.refused.append(seconds)
            self.told.bare += b"retry-after:" not in head.lower()

    def _body(self, id_: str) -> bytes:
        sender, receiver = self._draw.sample(range(WALLETS), 2)
        at = datetime.now(UTC).isoformat()
        body = {"network": "acct", "id": id_, "at": at, "asset": "USD", "amount": "12.5"}
        return msgspec.json.encode(body | {"sender": f"w{sender}", "receiver": f"w{receiver}"})


def main() -> None:
    """Post, and print what came of it."""
    host, port, rate, seconds, seed = sys.argv[1:]
    told = asyncio.run(Client(host, int(port), int(seed)).post_for(float(seconds), float(rate)))
    sys.stdout.buffer.write(msgspec.json.encode(told))


if __name__ == "__main__":
    main()
