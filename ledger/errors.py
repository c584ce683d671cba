"""What can be wrong with the ledger itself."""

from __future__ import annotations

from datetime import datetime

from graph.errors import HeadwaterError


class LedgerNotReady(HeadwaterError):
    """The database answers but must not be used as it is; the message says what would be right."""


class NotRecorded(HeadwaterError):
    """The graph holds a transaction that the ledger has no record of; the message says how to mend that."""


class CaseConflict(HeadwaterError):
    """The case is not in a state in which this can be done, or an alert is in another case; the message says which."""


class WebhookConflict(HeadwaterError):
    """The webhook is not in a state in which this can be done; the message says why."""


class JobConflict(HeadwaterError):
    """A job cannot be given new attempts, or be cancelled, as it is; the message says why."""


class RunUnfinished(HeadwaterError):
    """A scoring run has no scores yet, or never will; its job tells which."""

    def __init__(self, run: str, job: str) -> None:
        super().__init__(f"run {run} has not finished; job {job} tells how far it is")


class RunRowsRemoved(HeadwaterError):
    """What a scoring run found of each wallet is not kept any more; the run itself is."""

    def __init__(self, run: str, at: datetime) -> None:
        super().__init__(f"the scores of run {run} were removed at {at.isoformat(timespec='seconds')}; the run is kept")
        self.run = run


class FourEyes(HeadwaterError):
    """Who proposed to close a case cannot be who decides on it."""


class NameTaken(HeadwaterError):
    """Somebody else has the name, or had it: names are not given again."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the name {name} is taken; names are not given again, not even those of disabled people")
        self.name = name


class Busy(HeadwaterError):
    """Too much of one kind is under way at once; a little later it will do."""


class BookConflict(HeadwaterError):
    """A rule of that id is there with other content; the message says what to do."""


class NotReplayable(HeadwaterError):
    """A decision cannot be made again: what it rested on was not kept; the message says what is missing."""


class NotAsSigned(HeadwaterError):
    """The audit log is not the one that a checkpoint was signed over; the message says what differs."""


class NotExplained(HeadwaterError):
    """What moved the models for a wallet could not be computed; the message says why, and what to do then."""
