"""What can be wrong with the ledger itself."""

from __future__ import annotations

from graph.errors import HeadwaterError


class LedgerNotReady(HeadwaterError):
    """The database answers but must not be used as it is; the message says what would be right."""


class NotRecorded(HeadwaterError):
    """The graph holds a transaction that the ledger has no record of; the message says how to mend that."""
