"""What can be missing, conflicting or too large. Facts only: no HTTP here."""

from __future__ import annotations

from msgspec import Struct


class FieldError(Struct, frozen=True):
    """One field that cannot be accepted and what would be right."""

    field: str
    message: str


class HeadwaterError(Exception):
    """Base of every error this project raises on purpose."""


class InvalidInput(HeadwaterError):
    """One or more fields cannot be accepted; nothing was changed."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("; ".join(f"{e.field}: {e.message}" for e in errors))
        self.errors = errors


class MalformedJson(HeadwaterError):
    """A body that is not JSON at all; `detail` says where it stops being JSON."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"the body is not JSON: {detail}")
        self.detail = detail


class AddressError(HeadwaterError):
    """An address, network or wallet key cannot be accepted; the message says why and what would be right."""


class NotFound(HeadwaterError):
    """The thing asked for does not exist."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"{kind} {key} is not known")
        self.kind, self.key = kind, key


class TransactionConflict(HeadwaterError):
    """The key is already landed with other content."""

    def __init__(self, key: str) -> None:
        super().__init__(f"transaction {key} is already landed with other content")
        self.key = key


class Unavailable(HeadwaterError):
    """A server we depend on cannot be reached now; the caller may try again."""

    def __init__(self, service: str, detail: str) -> None:
        super().__init__(f"{service} is not available: {detail}")
        self.service = service


class NoAnswer(Unavailable):
    """A server did not answer while whoever asked was waiting; what was asked may be done all the same."""

    def __init__(self, service: str) -> None:
        super().__init__(service, "it did not answer in time")


class DiskFull(Unavailable):
    """A server cannot write because its disk is full, as it says itself."""


class Stopped(Unavailable):
    """A server is there and has stopped its database, for good until it is started again; its log says why."""


class Rebuilding(Unavailable):
    """The graph is being rebuilt from the ledger: until it is whole, nothing is taken and nothing computed."""

    def __init__(self) -> None:
        super().__init__("neo4j", "the graph is being rebuilt")


class Outdated(Unavailable):
    """A write came in between what a question read, and the database gave it up; asking again helps."""


class CurrencyMismatch(HeadwaterError):
    """The graph's values are in another reference currency than the settings say."""

    def __init__(self, kept: str, asked: str) -> None:
        super().__init__(
            f"this graph counts in {kept}, the settings say {asked}: set HEADWATER_REFERENCE_CURRENCY={kept},"
            " or use another DATA_DIR or database"
        )


class Disturbed(HeadwaterError):
    """Somebody else changed at the same time what this rests on; doing the work again will do."""


class QueryCut(HeadwaterError):
    """A question took longer than its time limit and was stopped by the database."""


class QueryRefused(HeadwaterError):
    """Cypher from outside that cannot be run or may not be; the message says why."""
