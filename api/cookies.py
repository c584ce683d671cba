"""The cookie of a session: out of reach of scripts, of other sites and, but for loopback, of anything but TLS."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from api.access import LOOPBACK

# A browser takes `__Host-` from this very host over TLS only: no neighbour under the same domain can plant one.
SECURE_NAME, LOOPBACK_NAME = "__Host-headwater", "headwater"

_is_token = re.compile(r"[A-Za-z0-9_-]{43}").fullmatch


def token_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """Return the token of the session that a request shows, in force or not; None without one."""
    token = connection.cookies.get(_name(connection), "")
    return token if _is_token(token) else None


def session_cookie(connection: ASGIConnection[Any, Any, Any, Any], token: str, max_age_s: int) -> Cookie:
    """Return the cookie that carries a token; with 0 seconds it takes the cookie away."""
    return Cookie(
        key=_name(connection),
        value=token,
        max_age=max_age_s,
        path="/",
        secure=not _is_loopback(connection),
        httponly=True,
        samesite="strict",
    )


def _name(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    return LOOPBACK_NAME if _is_loopback(connection) else SECURE_NAME


def _is_loopback(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether it is plain HTTP within this machine, which no network carries."""
    host = urlsplit(f"//{connection.headers.get('host', '')}").hostname
    return connection.url.scheme in ("http", "ws") and host in LOOPBACK
