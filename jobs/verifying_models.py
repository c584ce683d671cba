"""Comparing models with their files, and with what the audit log says of them."""

from __future__ import annotations

import asyncio

from graph.model import Event, ModelVersion
from jobs.model_files import ModelFiles
from jobs.services import Services
from ledger import audit
from ledger.models import list_models
from ledger.session import Connection

PAGE = 1_000
TRAINED = "model.trained"
ACTIONS = (TRAINED, "model.promoted", "model.retired", "model.rolled_back")


async def compare_models(services: Services) -> tuple[int, list[str]]:
    """Return how many versions were compared, and in words what does not hold."""
    async with services.ledger.read(timeout_s=60) as connection:
        models = await list_models(connection, limit=None)
        told = {action: await _events(connection, action) for action in ACTIONS}
    files, findings = ModelFiles.of(services.settings), list[str]()
    for model in models:
        found = await asyncio.to_thread(files.problems, model.files)
        findings += [f"model {model.id}: {problem}" for problem in found]
        findings += _untold(model, told)
    return len(models), findings


def _untold(model: ModelVersion, told: dict[str, dict[str, Event]]) -> list[str]:
    """What the log, which is chained, says otherwise than the tables."""
    trained = told[TRAINED].get(model.id)
    if trained is None or trained.body.get("files") != {file.name: file.digest for file in model.files}:
        return [f"model {model.id}: its files are not those that its audit event recorded, or there is none"]
    last = max((events[model.id] for events in told.values() if model.id in events), key=lambda event: event.seq)
    state = last.body.get("to", "candidate")
    return [] if state == model.state else [f"model {model.id}: it is {model.state}, the audit log says {state}"]


async def _events(connection: Connection, action: str) -> dict[str, Event]:
    """The latest event of an action about each model."""
    latest: dict[str, Event] = {}
    after = 0
    while page := await audit.list_events(connection, after=after, limit=PAGE, action=action):
        latest |= {event.subject: event for event in page}
        after = page[-1].seq
    return latest
