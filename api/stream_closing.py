"""Why a stream ends: one table of close codes, and what each error of ours comes to."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from litestar.exceptions import WebSocketDisconnect

from api.errors import Forbidden, TooManyRequests, Unauthenticated
from graph.errors import HeadwaterError, InvalidInput, Unavailable

BAD_MESSAGE, UNAUTHENTICATED, FORBIDDEN, TOO_SLOW, TOO_MANY = 4000, 4001, 4003, 4008, 4009
GONE, INTERNAL, TRY_LATER = 1000, 1011, 1013
# RFC 6455, 5.5: a control frame has at most 125 bytes, two of them for the code.
MOST_REASON_BYTES = 123

CODES: Mapping[int, str] = {
    BAD_MESSAGE: "a parameter or a message cannot be accepted; the reason names it",
    UNAUTHENTICATED: "no key or session in force was shown, or it has been revoked or has ended since",
    FORBIDDEN: "the caller's role may not read alerts, or the page that asks is of another origin",
    TOO_SLOW: "the reader was too slow; resume from the last `seq` it has seen",
    TOO_MANY: "too many streams are open, or too many requests were made; try later",
    1009: "a message was too long",
    INTERNAL: "something went wrong on our side, or a ping was not answered",
    1012: "the server goes away or restarts; resume from the last `seq` seen",
    TRY_LATER: "a server we depend on is not available; try later",
}

_TABLE: tuple[tuple[type[HeadwaterError], int], ...] = (
    (Unauthenticated, UNAUTHENTICATED),
    (Forbidden, FORBIDDEN),
    (InvalidInput, BAD_MESSAGE),
    (TooManyRequests, TOO_MANY),
    (Unavailable, TRY_LATER),
)

_log = structlog.get_logger("headwater.api")


class StreamEnded(Exception):
    """A stream is to be closed, with a code of CODES and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:MOST_REASON_BYTES].decode(errors="ignore")


def ended_by(error: Exception) -> StreamEnded:
    """Return how an error ends a stream; one that nobody expects is logged, and nothing of it is told."""
    if isinstance(error, StreamEnded | WebSocketDisconnect | OSError):
        return error if isinstance(error, StreamEnded) else StreamEnded(GONE, "the peer has gone")
    code = next((code for kind, code in _TABLE if isinstance(error, kind)), None)
    if code is None:
        _log.error("unexpected error", exc_info=error)
        return StreamEnded(INTERNAL, "something went wrong on our side")
    # What a driver says may name hosts and users.
    return StreamEnded(code, f"{error.service} is not available" if isinstance(error, Unavailable) else str(error))
