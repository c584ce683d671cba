"""Sending one message to one receiver: signed, to a checked address, within a time, redirects not followed.

Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore
from msgspec import Struct
from standardwebhooks.webhooks import Webhook as Signer

from jobs.envelopes import MEDIA_TYPE
from jobs.webhook_targets import Target, TargetRefused, Targets, read_target
from settings import SettingsError, WebhookSettings

MAX_BODY = 65_536
MAX_ERROR = 300
KEEP_ALIVE_S = 30.0
GONE = 410
BUSY = (429, 503)
# Whoever asks for more gets this much: an event must not be put off until it means nothing.
LONGEST_AGAIN_S = 3600.0


class Answer(Struct, frozen=True, kw_only=True):
    """What became of one message; `status` is None where there was no answer, `error` where there was a good one.

    `again_s` is how long a receiver that is too busy asks to be left alone.
    """

    status: int | None
    error: str | None
    ms: float
    again_s: float = 0.0

    @property
    def is_good(self) -> bool:
        """Whether the receiver has it."""
        return self.error is None

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants no more, ever."""
        return self.status == GONE


def signed_headers(message: str, secrets: Iterable[str], body: bytes, at: datetime) -> list[tuple[bytes, bytes]]:
    """Return the three headers of a message; each secret in force signs, so that receivers can change theirs."""
    text = body.decode()
    signatures = " ".join(Signer(secret).sign(message, at, text) for secret in secrets)
    return [
        (b"webhook-id", message.encode()),
        (b"webhook-timestamp", str(int(at.timestamp())).encode()),
        (b"webhook-signature", signatures.encode()),
    ]


def retry_after(headers: Iterable[tuple[bytes, bytes]], now: datetime) -> float:
    """Return the seconds of a Retry-After header, 0 without a sane one (RFC 9110, 10.2.3: seconds or a date)."""
    said = next((value.decode("latin-1").strip() for name, value in headers if name.lower() == b"retry-after"), "")
    try:
        wait_s = float(said) if said.isdecimal() else (parsedate_to_datetime(said) - now).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return min(max(0.0, wait_s), LONGEST_AGAIN_S)


class _Checked(httpcore.AsyncNetworkBackend):
    """Connects to the very addresses that were checked. Name, certificate and Host stay those of the URL."""

    def __init__(self, targets: Targets, network: httpcore.AsyncNetworkBackend) -> None:
        self._targets = targets
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # as httpcore calls it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers, each given its part of the time."""
        addresses = await self._targets.addresses(host, port)
        each_s = None if timeout is None else timeout / len(addresses)
        failed: Exception | None = None
        for address in addresses:
            try:
                return await self._network.connect_tcp(address, port, each_s, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed or httpcore.ConnectError(f"{host} has no address")


class Sender:
    """Sends messages; connections are kept for a while, by origin and not by address. Proxies are never used."""

    def __init__(self, pool: httpcore.AsyncConnectionPool, timeout_s: float) -> None:
        self._pool = pool
        self._timeout_s = timeout_s

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: WebhookSettings,
        *,
        targets: Targets | None = None,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> AsyncIterator[Sender]:
        """Send until the block ends, to the targets that settings allow. Raises SettingsError."""
        pool = httpcore.AsyncConnectionPool(
            ssl_context=_trust(settings.webhook_ca),
            network_backend=_Checked(targets or Targets(settings.webhook_allow), network or httpcore.AnyIOBackend()),
            max_connections=None,
            max_keepalive_connections=100,
            keepalive_expiry=KEEP_ALIVE_S,
        )
        async with pool:
            yield cls(pool, settings.webhook_timeout_s)

    async def send(self, url: str, message: str, secrets: Sequence[str], body: bytes) -> Answer:
        """Send one message, once; whatever goes wrong is in the answer."""
        started = time.perf_counter()
        status, error, again_s = None, None, 0.0
        try:
            async with asyncio.timeout(self._timeout_s):
                status, again_s = await self._post(read_target(url), message, secrets, body)
            error = _refusal(status)
        except TimeoutError:
            error = f"no answer within {self._timeout_s:g} s"
        except TargetRefused as refused:
            error = f"not sent: {refused}"
        except Exception as failed:
            # Of any kind: a message that cannot be sent waits its turn like others, and holds up none of them.
            error = f"{type(failed).__name__}: {failed}".rstrip(": ")
        ms = (time.perf_counter() - started) * 1000
        return Answer(status=status, error=error and error[:MAX_ERROR], ms=round(ms, 1), again_s=again_s)

    async def _post(self, target: Target, message: str, secrets: Sequence[str], body: bytes) -> tuple[int, float]:
        """Return the status, and the seconds to wait before the next."""
        headers = [
            (b"host", target.authority),
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"user-agent", b"Headwater"),
            *signed_headers(message, secrets, body, datetime.now(UTC)),
        ]
        async with self._pool.stream(
            "POST",
            httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path),
            headers=headers,
            content=body,
            extensions={"timeout": {"connect": self._timeout_s}},
        ) as response:
            await _drain(response)
            status = int(response.status)
            return status, retry_after(response.headers, datetime.now(UTC)) if status in BUSY else 0.0


def _trust(ca: str) -> ssl.SSLContext:
    """Certificates as browsers and the system trust them, and those of a file."""
    context = httpcore.default_ssl_context()
    try:
        if ca:
            context.load_verify_locations(ca)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"HEADWATER_WEBHOOK_CA is {ca}, which has no certificates: {error}") from None
    return context


async def _drain(response: httpcore.Response) -> None:
    """Read the body to its end, so that the connection can be kept, or to a bound, so that it can not."""
    read = 0
    async for chunk in response.aiter_stream():
        read += len(chunk)
        if read >= MAX_BODY:
            return


def _refusal(status: int) -> str | None:
    """Return why an answer is none, None for a good one."""
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return f"answered {status}; redirects are not followed"
    return f"answered {status}"
