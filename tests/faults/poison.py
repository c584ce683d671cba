"""`python -m tests.faults.poison worker`: a worker that also knows jobs which raise, hang, die, grow and block."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time

from cli.main import main
from graph.errors import FieldError, InvalidInput
from graph.model import Job
from jobs.runner import Done, Progress
from jobs.services import Services
from jobs.worker import HANDLERS

GROWTH = 64 << 20


async def fine(services: Services, job: Job, progress: Progress) -> Done:
    return Done({"attempt": job.attempt})


async def raises(services: Services, job: Job, progress: Progress) -> Done:
    raise RuntimeError("poison")


async def refuses(services: Services, job: Job, progress: Progress) -> Done:
    raise InvalidInput(FieldError("arguments", "are of no use"))


async def hangs(services: Services, job: Job, progress: Progress) -> Done:
    await asyncio.Event().wait()
    return Done({})


async def dies(services: Services, job: Job, progress: Progress) -> Done:
    os.kill(os.getpid(), signal.SIGKILL)
    return Done({})


async def grows(services: Services, job: Job, progress: Progress) -> Done:
    held = []
    while True:
        held.append(os.urandom(1) * GROWTH)
        await progress("growing", len(held))


async def blocks(services: Services, job: Job, progress: Progress) -> Done:
    while True:
        time.sleep(0.1)  # noqa: ASYNC251  # that is what is wrong with it


async def is_slow(services: Services, job: Job, progress: Progress) -> Done:
    """Take as long as asked, and then leave a trace as owner of the job only."""
    for step in range(int(job.arguments["steps"])):
        await progress("at work", step)
        await asyncio.sleep(0.1)
    return Done({"attempt": job.attempt})


POISONS = {"raises": raises, "hangs": hangs, "dies": dies, "grows": grows, "blocks": blocks}
HANDLERS.update(POISONS)
HANDLERS.update({"fine": fine, "refuses": refuses, "is_slow": is_slow, "train_greedily": grows})

if __name__ == "__main__":
    sys.exit(main())
