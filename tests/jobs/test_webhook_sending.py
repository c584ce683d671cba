"""One message to one receiver: bounded in time and in what is read, and to nobody but whom its certificate names."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from jobs.webhook_sending import LONGEST_AGAIN_S, MAX_BODY, Sender, signed_headers
from jobs.webhook_targets import Targets
from settings import SettingsError, WebhookSettings
from tests.jobs.receiver import Receiver

SECRET = "whsec_" + "A" * 43 + "="
LOCAL = WebhookSettings(webhook_allow="127.0.0.0/8", webhook_timeout_s=5.0)


async def here(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


async def test_a_connection_is_kept_unless_its_answer_is_too_long_to_read() -> None:
    async with Receiver.open() as short, Receiver.open() as long, Sender.open(LOCAL) as sender:

        async def accept(_message: object) -> int:
            return 200

        short.behave = long.behave = accept
        short.extra_body, long.extra_body = b"x" * 1000, b"x" * 50 * MAX_BODY
        for _ in range(3):
            for receiver in (short, long):
                assert (await sender.send(receiver.url, "msg_1", [SECRET], b"{}")).is_good
    assert (short.connections, long.connections) == (1, 3)


@pytest.mark.parametrize(
    ("status", "said", "again_s"),
    [
        (503, "7", 7),
        (429, "Sun, 22 Nov 2099 12:00:00 GMT", LONGEST_AGAIN_S),
        (503, "Sun, 22 Nov 1999 12:00:00 GMT", 0),
        (503, "99999999999999999999", LONGEST_AGAIN_S),
        (503, "soon", 0),
        (503, "-5", 0),
        (500, "7", 0),
        (204, "7", 0),
    ],
)
async def test_only_who_is_too_busy_is_heard_when_it_asks_for_a_rest(status: int, said: str, again_s: float) -> None:
    async with Receiver.open() as receiver, Sender.open(LOCAL) as sender:

        async def answer(_message: object) -> int:
            return status

        receiver.behave, receiver.extra_headers = answer, f"Retry-After: {said}\r\n"
        assert (await sender.send(receiver.url, "msg_1", [SECRET], b"{}")).again_s == again_s


@pytest.mark.parametrize("part", [b"H", b"HTTP/1.1 200 OK\r\nx", b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n"])
async def test_an_answer_that_comes_bit_by_bit_is_cut_off(part: bytes) -> None:
    """Each byte comes soon enough; the whole never does."""

    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(part)
        for _ in range(100):
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(0.1)

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with Sender.open(replace(LOCAL, webhook_timeout_s=0.5)) as sender:
        answer = await sender.send(url, "msg_1", [SECRET], b"{}")
    server.close()
    assert answer.error == "no answer within 0.5 s" and 450 < answer.ms < 4500


@pytest.mark.parametrize(
    "said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 99999 x\r\n\r\n", b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000]
)
async def test_what_is_no_answer_is_a_failure_and_nothing_worse(said: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with Sender.open(LOCAL) as sender:
        answer = await sender.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", "m", [SECRET], b"{}")
    server.close()
    assert answer.status is None and answer.error and len(answer.error) <= 300


async def test_a_certificate_must_name_the_host_although_its_address_is_connected_to(tmp_path: Path) -> None:
    """The name of the URL is looked up once, asked for in TLS, sent as Host and proven; another name is refused."""
    ca, tls = certified("hook.lan", tmp_path)
    seen: list[str | None] = []
    tls.sni_callback = lambda _socket, name, _context: seen.append(name)
    settings = WebhookSettings(webhook_allow="hook.lan,other.lan", webhook_ca=str(ca))
    async with Receiver.open(tls=tls) as receiver:
        async with Sender.open(settings, targets=Targets(settings.webhook_allow, resolve=here)) as sender:
            good = await sender.send(f"https://hook.lan:{receiver.port}/x", "msg_1", [SECRET], b"{}")
            other = await sender.send(f"https://other.lan:{receiver.port}/x", "msg_1", [SECRET], b"{}")
        strict = replace(settings, webhook_ca="")
        async with Sender.open(strict, targets=Targets(settings.webhook_allow, resolve=here)) as sender:
            unknown = await sender.send(f"https://hook.lan:{receiver.port}/x", "msg_1", [SECRET], b"{}")

    assert good.is_good and receiver.got[0].headers["host"] == f"hook.lan:{receiver.port}"
    assert seen == ["hook.lan", "other.lan", "hook.lan"] and len(receiver.got) == 1
    assert "CERTIFICATE_VERIFY_FAILED" in str(other.error) and "CERTIFICATE_VERIFY_FAILED" in str(unknown.error)


async def test_a_file_without_certificates_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="HEADWATER_WEBHOOK_CA"):
        async with Sender.open(replace(LOCAL, webhook_ca="/nowhere.pem")):
            pass


def test_the_signature_is_that_of_the_specification() -> None:
    """The example of its reference implementations, and one signature for each secret."""
    known = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = dict(signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", [known, SECRET], b'{"test": 2432232314}', at))

    first, second = headers[b"webhook-signature"].split(b" ")
    assert first == b"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" and second.startswith(b"v1,") and second != first
    assert headers[b"webhook-timestamp"] == b"1614265330"


def certified(name: str, folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for one name, signed by itself, and a server's context with it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "hook.pem", folder / "hook.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, private)
    return certificate, tls
