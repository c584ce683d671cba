"""Where Kafka is, as `HEADWATER_KAFKA_URL` says it: servers, login, and whether it is spoken to over TLS."""

from __future__ import annotations

import re
from urllib.parse import unquote

from msgspec import Struct

from settings import SettingsError

_is_url = re.compile(
    r"(?:(?P<scheme>kafka|kafka\+tls)://(?:(?P<user>[^:@/]+):(?P<password>[^@/]+)@)?)?"
    r"(?P<servers>[^\s:@/,]+:\d{1,5}(?:,[^\s:@/,]+:\d{1,5})*)/?"
).fullmatch


class KafkaAddress(Struct, frozen=True):
    """`user` is None where Kafka asks for no login; a login is SASL PLAIN."""

    servers: tuple[str, ...]
    tls: bool = False
    user: str | None = None
    password: str | None = None


def parse_kafka_url(url: str) -> KafkaAddress:
    """Return what the setting says; raises SettingsError, which does not repeat it: it may hold a password."""
    found = _is_url(url)
    if found is None:
        raise SettingsError(
            "HEADWATER_KAFKA_URL: must be host:port or kafka://user:password@host:port, or kafka+tls:// for TLS;"
            " several host:port are parted by commas, and / @ : in user or password written as %2F %40 %3A"
        )
    user, password = found["user"], found["password"]
    return KafkaAddress(
        servers=tuple(found["servers"].split(",")),
        tls=found["scheme"] == "kafka+tls",
        user=unquote(user) if user else None,
        password=unquote(password) if password else None,
    )
