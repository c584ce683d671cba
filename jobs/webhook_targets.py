"""Where webhooks may lead: to addresses that anybody can reach, and to those that the operator has allowed by name.

Whoever can register a URL must not be able to have us ask what only we can reach (OWASP: server-side request forgery).
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
from msgspec import Struct

from graph.errors import HeadwaterError
from settings import SettingsError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
# From a host name and a port to addresses, all of them.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

MAX_URL = 2_000
# Look-ups that hang hold a thread each, and must not keep others from theirs.
RESOLVERS = 64

_UNICAST6 = ipaddress.ip_network("2000::/3")
# RFC 6052: the last 32 bits are an IPv4 address, and decide.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# What `is_global` of Python 3.11 lets pass, or what leads to other networks than it names.
_CLOSED: tuple[IPNetwork, ...] = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # IETF protocols, RFC 6890
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "168.63.129.16/32",  # the host of an Azure machine
        "2001::/23",  # IETF protocols: Teredo, ORCHID, benchmarks
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation, RFC 9637
    )
)


class TargetRefused(HeadwaterError):
    """A URL that no webhook may have, or that leads where none may; the message says why."""


class Target(Struct, frozen=True):
    """A URL taken apart once: what is checked is what is connected to. `path` has the query."""

    url: str
    scheme: bytes
    host: bytes
    port: int | None
    path: bytes
    authority: bytes

    @property
    def name(self) -> str:
        """The host as it is looked up."""
        return self.host.decode("ascii")

    @property
    def origin(self) -> str:
        """Scheme, host and port: what may be told where the rest of a URL may be secret."""
        return f"{self.scheme.decode()}://{self.authority.decode()}"


def read_target(text: str) -> Target:
    """Take a URL apart; raises TargetRefused for one that is no plain http(s) URL."""
    if not text.isprintable() or " " in text or "\\" in text or len(text) > MAX_URL:
        raise TargetRefused(f"must be a URL of at most {MAX_URL:,} characters, without spaces or backslashes")
    try:
        url = httpx.URL(text)
        port = url.port
    except (httpx.InvalidURL, ValueError) as error:
        raise TargetRefused(f"is no URL: {error}") from None
    if url.scheme not in ("http", "https") or not url.raw_host:
        raise TargetRefused("must begin with https:// or http:// and name a host")
    if b"%" in url.raw_host:
        raise TargetRefused("must name a host without a zone or an escape")
    if url.userinfo or "@" in text.partition("://")[2].partition("/")[0]:
        raise TargetRefused("must have no user or password; whom it is from, the signature tells")
    if url.fragment:
        raise TargetRefused("must have no fragment: it is never sent")
    if port is not None and not 1 <= port <= 65_535:
        raise TargetRefused("has a port that is not from 1 to 65535")
    return Target(text, url.raw_scheme, url.raw_host, port, url.raw_path, url.netloc)


async def look_up(host: str, port: int) -> Sequence[str]:
    """Return all addresses of a host, as the system knows them; raises OSError."""
    found = await asyncio.get_running_loop().run_in_executor(
        _threads(), lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _threads() -> ThreadPoolExecutor:
    if not _pool:
        _pool.append(ThreadPoolExecutor(RESOLVERS, thread_name_prefix="look-up"))
    return _pool[0]


_pool: list[ThreadPoolExecutor] = []


class Targets:
    """What may be connected to. `allow` has networks and host names, separated by commas; all else must be public.

    Raises SettingsError for an entry that is neither.
    """

    def __init__(self, allow: str = "", *, resolve: Resolve = look_up) -> None:
        entries = [entry.strip().lower() for entry in allow.split(",") if entry.strip()]
        found = [(entry, _network(entry)) for entry in entries]
        self._networks = [network for _, network in found if network is not None]
        self._hosts = frozenset(entry for entry, network in found if network is None)
        self._resolve = resolve

    async def addresses(self, host: str, port: int) -> list[str]:
        """Look a host up and return its addresses; raises TargetRefused if it has none or any of them is closed to us.

        Any: a name that leads outside and inside is not one to send to.
        """
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise TargetRefused(f"the name {host} cannot be resolved: {error}") from None
        if not found:
            raise TargetRefused(f"the name {host} has no address")
        for address in found:
            if not self.may_reach(host, address):
                raise TargetRefused(f"{host} leads to {address}, which is not public; see HEADWATER_WEBHOOK_ALLOW")
        return list(found)

    def may_reach(self, host: str, address: str) -> bool:
        """Whether a host that was resolved to this address may be connected to there."""
        try:
            at = _plain(ipaddress.ip_address(address.partition("%")[0]))
        except ValueError:
            return False
        return host.lower() in self._hosts or any(at in network for network in self._networks) or is_public(at)

    def check_literal(self, target: Target) -> None:
        """Raise TargetRefused for a host that is an address in any spelling, and closed to us; no name is looked up."""
        try:
            found = socket.getaddrinfo(target.name, 0, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        except (OSError, UnicodeError):
            return
        if not all(self.may_reach(target.name, str(each[4][0])) for each in found):
            raise TargetRefused("leads to an address that is not public; see HEADWATER_WEBHOOK_ALLOW")


def is_public(address: IPAddress) -> bool:
    """Whether anybody can reach an address: global unicast, and no other address wrapped in it that is not."""
    at = _plain(address)
    if isinstance(at, ipaddress.IPv6Address) and at in _NAT64:
        return is_public(ipaddress.IPv4Address(int(at) & 0xFFFFFFFF))
    if isinstance(at, ipaddress.IPv6Address) and at not in _UNICAST6:
        return False
    return at.is_global and not at.is_multicast and not any(at in network for network in _CLOSED)


def _plain(address: IPAddress) -> IPAddress:
    """The IPv4 address in an IPv6 one that is only another spelling of it."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _network(entry: str) -> IPNetwork | None:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        if "/" in entry:
            raise SettingsError(f"HEADWATER_WEBHOOK_ALLOW has {entry}, which is no network") from None
        return None
