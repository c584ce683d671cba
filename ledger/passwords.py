"""Passwords: Argon2id in threads, few at a time, so that a flood of sign-ins cannot eat the machine."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ledger.errors import Busy

T = TypeVar("T")

# RFC 9106's second choice, with one lane: 64 MiB and about 0.1 s of one core.
MEMORY_KIB, PASSES, LANES = 65_536, 3, 1
AT_ONCE, WAITING = 2, 32
SHORTEST, LONGEST = 12, 200


class Passwords:
    """Hashes and checks; at most AT_ONCE at a time and WAITING more that wait."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")
        self._under_way = 0
        self._nobody = ""

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(cancel_futures=True)

    async def hash(self, password: str) -> str:
        """Return what may be kept of a password; raises Busy."""
        return await self._run(lambda: self._hasher.hash(_spelt(password)))

    async def matches(self, kept: str | None, password: str) -> bool:
        """Tell whether a password is the one of a hash, in the same time if there is none; raises Busy."""
        return await self._run(lambda: self._fits(kept, password))

    def _fits(self, kept: str | None, password: str) -> bool:
        # Made by whoever comes first, known or not, so that it tells nothing.
        self._nobody = self._nobody or self._hasher.hash(secrets.token_urlsafe(32))
        try:
            return self._hasher.verify(kept or self._nobody, _spelt(password)) and kept is not None
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._under_way >= AT_ONCE + WAITING:
            raise Busy("too many people are signing in at once; try again")
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._under_way -= 1


def _spelt(password: str) -> str:
    """One spelling of what keyboards compose in several."""
    return unicodedata.normalize("NFKC", password)


def new_password() -> str:
    """Return a first password for somebody: 120 random bits."""
    return secrets.token_urlsafe(15)
