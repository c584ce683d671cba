"""No webhook leads where only we can go: not by any spelling, nor by a name that changes, a redirect or a proxy.

The network of these tests takes every connection, to whatever address, to one canary: had a guard let anything through,
the canary would have been reached. With the guard off it is, by every form: the negative control.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import httpcore
import pytest
from msgspec.structs import replace

from jobs.webhook_sending import Sender
from jobs.webhook_targets import TargetRefused, Targets, look_up, read_target
from settings import SettingsError, WebhookSettings
from tests.jobs.receiver import Message, Receiver

SECRET = "whsec_" + "A" * 43 + "="
PLAIN = WebhookSettings(webhook_timeout_s=2.0)

# Hosts by which somebody might try to reach what is not public.
HOSTS = (
    *("127.0.0.1", "127.0.0.2", "127.1", "127.0.1", "127.255.255.254", "0.0.0.0", "0", "0.0.0.1"),
    *("2130706433", "017700000001", "0x7f000001", "0x7f.0.0.1", "127.0x1", "0x7f.1"),
    *("10.0.0.1", "10.255.255.255", "167772161", "0xa000001", "172.16.0.1", "172.31.255.254", "192.168.0.1"),
    *("192.168.255.255", "3232235521", "0xc0a80001", "100.64.0.1", "100.127.255.254", "169.254.169.254", "169.254.0.1"),
    *("2852039166", "0xa9fea9fe", "025177524776", "192.0.0.1", "192.0.0.192", "192.0.2.1", "198.18.0.1"),
    *("198.51.100.1", "203.0.113.1", "192.88.99.1", "168.63.129.16", "224.0.0.1", "239.255.255.250", "240.0.0.1"),
    *("255.255.255.255", "4294967295"),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]"),
    *("[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]", "[::7f00:1]"),
    *("[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b::10.0.0.1]", "[64:ff9b:1::1]"),
    *("[2002:7f00:1::]", "[2002:7f00:1::1]", "[2002:a9fe:a9fe::1]", "[2002:c0a8:1::1]", "[2001:0:7f00:1::]"),
    *("[2001:0:4136:e378:8000:63bf:80ff:fffe]", "[2001:10::1]", "[2001:20::1]", "[2001:db8::1]", "[3fff::1]"),
    *("[fc00::1]", "[fd00::1]", "[fd00:ec2::254]", "[fe80::1]", "[febf::1]", "[fec0::1]", "[ff02::1]", "[ff05::2]"),
    *("[100::1]", "[5f00::1]", "[4000::1]", "[e000::1]"),
    *("localhost", "LOCALHOST", "localhost.", "ip6-localhost"),
)
NAMES = {"localhost": "127.0.0.1", "localhost.": "127.0.0.1", "ip6-localhost": "::1"}
# URLs that are refused as they are read, whoever may be reached.
URLS = (
    "http://0177.0.0.1/",
    "http://012.0.0.1/",
    "http://0251.0376.0251.0376/",
    "http://user@127.0.0.1/",
    "http://user:pw@example.com/",
    "http://example.com@127.0.0.1/",
    "http://example.com:80@127.0.0.1/",
    "http://@127.0.0.1/",
    "http://127.0.0.1\\@example.com/",
    "http://example.com\\.127.0.0.1/",
    "http://example.com /",
    "http://exa\tmple.com/",
    "http://example.com/\r\nhost: x",
    "http:///hook",
    "http:127.0.0.1",
    "//127.0.0.1/",
    "127.0.0.1",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_x",
    "ftp://127.0.0.1/",
    "dict://127.0.0.1:11211/",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "javascript:alert(1)",
    "http://[::1",
    "http://[fe80::1%25eth0]/",
    "http://127.0.0.1:99999/",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:-1/",
    "http://①②⑦.⓪.⓪.①/",
    "http://example.com/#@127.0.0.1",
    "",
)


class OneCanary(httpcore.AsyncNetworkBackend):
    """A network whose every address is the canary's; `asked` are the addresses that somebody connected to."""

    def __init__(self, canary: Receiver) -> None:
        self._canary = canary
        self._plain = httpcore.AnyIOBackend()
        self.asked: list[str] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # as httpcore calls it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.asked.append(host)
        return await self._plain.connect_tcp("127.0.0.1", self._canary.port, timeout)


async def known_names(host: str, port: int) -> Sequence[str]:
    """As the system has it, but for names that machines have or have not in their hosts file."""
    name = NAMES.get(host.lower())
    return [name] if name else await look_up(host, port)


async def test_no_form_of_an_address_that_is_not_public_is_connected_to() -> None:
    assert len(HOSTS) >= 80
    async with Receiver.open() as canary:
        network, targets = OneCanary(canary), Targets(resolve=known_names)
        async with Sender.open(PLAIN, targets=targets, network=network) as sender:
            for host in HOSTS:
                answer = await sender.send(f"http://{host}:8080/x", "msg_1", [SECRET], b"{}")
                assert answer.status is None and str(answer.error).startswith("not sent: "), (host, answer)
        assert (canary.connections, network.asked) == (0, [])


async def test_with_the_guard_off_every_form_reaches_the_canary() -> None:
    """The negative control: each of them is a way to somewhere, and the canary sees who comes."""
    async with Receiver.open() as canary:
        targets = Targets("0.0.0.0/0,::/0", resolve=known_names)
        for host in HOSTS:
            before = canary.connections
            async with Sender.open(PLAIN, targets=targets, network=OneCanary(canary)) as sender:
                answer = await sender.send(f"http://{host}:8080/x", "msg_1", [SECRET], b"{}")
            assert (answer.status, canary.connections) == (204, before + 1), (host, answer)


@pytest.mark.parametrize("url", URLS)
async def test_a_url_that_could_be_read_in_two_ways_is_not_read_at_all(url: str) -> None:
    with pytest.raises(TargetRefused):
        read_target(url)


@pytest.mark.parametrize("host", ["93.184.216.34", "[2606:4700:4700::1111]", "[64:ff9b::5db8:d822]", "1.1.1.1"])
async def test_public_addresses_are_connected_to(host: str) -> None:
    """The guard lets through what it is there to let through, NAT64 of a public address too."""
    async with Receiver.open() as canary:
        network = OneCanary(canary)
        async with Sender.open(PLAIN, network=network) as sender:
            answer = await sender.send(f"http://{host}/x", "msg_1", [SECRET], b"{}")
    assert answer.is_good and network.asked == [host.strip("[]")]


async def test_a_name_whose_address_changes_is_connected_to_as_it_was_checked() -> None:
    """Public when asked first, this machine when asked again: asked once for each connection, and that is used."""
    answers = [["93.184.216.34"], ["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:127.0.0.1"], []]
    asked: list[str] = []

    async def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return answers[(len(asked) - 1) % len(answers)]

    async with Receiver.open() as canary:
        network, targets = OneCanary(canary), Targets(resolve=rebinding)
        results = []
        for _ in range(20):
            async with Sender.open(PLAIN, targets=targets, network=network) as sender:
                results.append(await sender.send("http://rebind.example/x", "msg_1", [SECRET], b"{}"))

    assert network.asked == ["93.184.216.34"] * 4 and len(asked) == 20
    assert [one.is_good for one in results] == [True, False, False, False, False] * 4


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    """Not even to where it might be: it is a failure, told with its status."""
    async with Receiver.open() as canary, Receiver.open() as receiver:

        async def redirect(_message: Message) -> int:
            return status

        receiver.behave = redirect
        receiver.extra_headers = f"location: {canary.url}\r\n"
        async with Sender.open(replace(PLAIN, webhook_allow="127.0.0.1")) as sender:
            answer = await sender.send(receiver.url, "msg_1", [SECRET], b"{}")
    assert (answer.status, canary.connections, len(receiver.got)) == (status, 0, 1)
    assert answer.error == f"answered {status}; redirects are not followed"


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Receiver.open() as canary, Receiver.open() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, canary.url)
        async with Sender.open(replace(PLAIN, webhook_allow="127.0.0.0/8")) as sender:
            assert (await sender.send(receiver.url, "msg_1", [SECRET], b"{}")).is_good
    assert (canary.connections, len(receiver.got)) == (0, 1)


@pytest.mark.parametrize(
    ("allow", "host", "may"),
    [
        ("10.1.0.0/16", "10.1.2.3", True),
        ("10.1.0.0/16", "10.2.2.3", False),
        ("10.1.0.0/16", "[::ffff:10.1.2.3]", True),
        ("10.1.2.3", "10.1.2.3", True),
        ("fd00::/8", "[fd12::1]", True),
        ("hook.lan", "hook.lan", True),
        ("hook.lan", "HOOK.LAN", True),
        ("hook.lan", "other.lan", False),
        (" hook.lan , 10.0.0.0/8 ", "hook.lan", True),
    ],
)
async def test_an_operator_allows_networks_and_names(allow: str, host: str, may: bool) -> None:
    async def inside(host: str, _port: int) -> Sequence[str]:
        return ["192.168.7.7"] if host.endswith("lan") else [host]

    async with Receiver.open() as canary:
        targets = Targets(allow, resolve=inside)
        async with Sender.open(PLAIN, targets=targets, network=OneCanary(canary)) as sender:
            answer = await sender.send(f"http://{host}/x", "msg_1", [SECRET], b"{}")
    assert (answer.is_good, canary.connections) == (may, int(may))


def test_what_is_no_network_stops_the_start() -> None:
    with pytest.raises(SettingsError, match=r"10\.0\.0\.0/33"):
        Targets("10.0.0.0/33")


async def test_a_look_up_that_hangs_is_not_waited_for() -> None:
    async def hang(_host: str, _port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    settings = replace(PLAIN, webhook_timeout_s=0.2)
    async with Sender.open(settings, targets=Targets(resolve=hang)) as sender:
        answer = await sender.send("http://slow.example/", "msg_1", [SECRET], b"{}")
    assert answer.error == "no answer within 0.2 s"
