"""History that was withdrawn is landed again by importing its file again, still without decisions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from graph.transactions import get_transaction
from graph.withdrawal import withdraw_transaction as withdraw_from_graph
from jobs.importing import ImportReport, import_transactions
from jobs.screening import screen_transactions
from jobs.services import Services
from jobs.verifying import verify_ledger
from jobs.withdrawing import withdraw_transaction
from ledger import audit
from ledger.changes import list_changes
from tests.builders import START, pay

ROWS = ("h1,2020-01-01T00:00:00Z,a,b,1", "h2,2020-01-01T00:00:00Z,b,c,2", "h3,2020-01-01T00:00:00Z,c,d,3")


def write(path: Path, rows: Sequence[str]) -> None:
    path.write_text("\n".join(["id,at,sender,receiver,amount", *rows]))


async def imported(services: Services, path: Path, *rows: str, screening: bool = False) -> ImportReport:
    write(path, rows)
    return await import_transactions(
        services,
        path,
        network="acct",
        asset="USD",
        mapping=None,
        screening=screening,
        actor="importer",
        tell=lambda report: None,
    )


async def kinds(services: Services, *names: str) -> list[tuple[str, str, str]]:
    async with services.ledger.read() as connection:
        changes = await list_changes(connection, [f"acct:{name}" for name in names])
    return [(change.transaction, change.kind, change.actor) for change in changes]


async def test_importing_again_lands_what_was_withdrawn(services: Services, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    await imported(services, path, *ROWS)
    await withdraw_transaction(services, "acct:h1", reason=None, actor="test")
    await withdraw_from_graph(services.graph, "acct:h2", None)

    again = await imported(services, path, ROWS[0], ROWS[1].replace("01-01", "01-02"), ROWS[2])

    assert (again.landed, again.known, again.rejected) == (2, 1, 0)
    assert await kinds(services, "h1", "h2", "h3") == [
        ("acct:h1", "withdrawn", "test"),
        ("acct:h2", "withdrawn", "importer"),
        ("acct:h1", "relanded", "importer"),
        ("acct:h2", "relanded", "importer"),
    ]
    assert (await get_transaction(services.graph, "acct:h2")).at.day == 2
    assert (await verify_ledger(services, lambda text: None)).findings == []
    assert (await imported(services, path, ROWS[0])).known == 1
    assert len(await kinds(services, "h1")) == 2


async def test_history_landed_again_by_a_post_stays_without_decision(services: Services, tmp_path: Path) -> None:
    await imported(services, tmp_path / "in.csv", ROWS[0])
    await withdraw_transaction(services, "acct:h1", reason=None, actor="test")

    [outcome] = await screen_transactions(services, [pay("a", "b", 1, id="h1")], actor="test", trace_id="trace")

    assert (outcome.created, outcome.decision, outcome.error) == (True, None, None)
    assert (await get_transaction(services.graph, "acct:h1")).at == START
    async with services.ledger.read() as connection:
        actions = [event.action for event in await audit.list_events(connection) if event.actor != "headwater"]
    assert actions == ["transactions.waived", "transaction.withdrawn", "transaction.relanded"]


async def test_other_content_of_withdrawn_history_is_rejected(services: Services, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    await imported(services, path, ROWS[0])
    await withdraw_transaction(services, "acct:h1", reason=None, actor="test")

    for screening in (False, True):
        report = await imported(services, path, ROWS[0].replace(",1", ",9"), screening=screening)
        assert (report.landed, report.known, report.rejected) == (0, 0, 1)
    assert len(await kinds(services, "h1")) == 1
