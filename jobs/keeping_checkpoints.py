"""Checkpoints made on a schedule; what stands in their way is said where people look, and never holds anything up."""

from __future__ import annotations

import asyncio
import time

import structlog

from graph.errors import HeadwaterError
from jobs.checkpoint_keys import NoKey
from jobs.checkpoint_sink import SinkDiffers, SinkTrouble
from jobs.checkpointing import make_checkpoint
from jobs.services import Services
from ledger import audit
from ledger.checkpoint_state import CheckpointState, record_state
from ledger.checkpoints import is_due
from ledger.errors import NotAsSigned
from ledger.signing import KeyUnusable

LOOK_S, POSTPONED_S = 1.0, 10.0
ACTOR = "checkpoints"
REFUSED = "checkpoint.refused"
log = structlog.get_logger("headwater.checkpoints")


async def keep_checkpoints(services: Services) -> None:
    """Make checkpoints when they are due, for ever; beside the sweeper, which a folder that hangs must not hold up."""
    keeper = CheckpointKeeper(services)
    while True:
        try:
            await keeper()
        except HeadwaterError as error:
            log.warning("checkpoint_postponed", error=str(error))
            await asyncio.sleep(POSTPONED_S)
        except Exception:
            log.exception("checkpoint_failed")
            await asyncio.sleep(POSTPONED_S)
        await asyncio.sleep(LOOK_S)


class CheckpointKeeper:
    """Asked again and again; several workers take turns."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._found: CheckpointState | None = None
        self._not_before = 0.0

    async def __call__(self) -> None:
        """Make a checkpoint if one is due; after trouble, try again when the next one would be due."""
        every_s = self._services.settings.checkpoints.checkpoint_every_s
        if time.monotonic() < self._not_before:
            return
        # The first look is taken in any case: what was signed before may wait for its sink.
        is_well = self._found is not None and self._found.state == "ok"
        if is_well:
            async with self._services.ledger.read() as connection:
                if not await is_due(connection, every_s):
                    return
        found = await self._make()
        if found.state != "ok":
            self._not_before = time.monotonic() + every_s
        await self._tell(found)

    async def _make(self) -> CheckpointState:
        try:
            await make_checkpoint(self._services)
        except NoKey as error:
            return CheckpointState("off", str(error))
        except (NotAsSigned, SinkDiffers) as error:
            return CheckpointState("refused", str(error))
        except (KeyUnusable, SinkTrouble) as error:
            return CheckpointState("failing", str(error))
        return CheckpointState("ok", "")

    async def _tell(self, found: CheckpointState) -> None:
        """Log trouble each time; record what changed, and a refusal, once, as an event that webhooks may carry."""
        if found.state in ("failing", "refused"):
            log.error("no_checkpoint", state=found.state, detail=found.detail)
        if found == self._found:
            return
        async with self._services.ledger.transaction() as connection:
            before = await record_state(connection, found)
            if found.state == "refused" and (before is None or before.state != "refused"):
                draft = audit.EventDraft(ACTOR, REFUSED, "audit log", {"reason": found.detail})
                await audit.append(connection, draft)
        self._found = found
