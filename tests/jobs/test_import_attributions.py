"""Importing attributions on real servers: what is kept, what waits for review, what is withdrawn, what is refused."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from graph.attribution_lists import Asked, attributions_about, list_attributions
from graph.errors import InvalidInput
from graph.model import Attribution
from graph.taxonomy import current_attribution
from jobs.attributing import commit_attributions
from jobs.attribution_files import Reading
from jobs.file_errors import FileRefused
from jobs.importing_attributions import AttributionReport, Rules, import_attributions, plan_import
from jobs.services import Services
from jobs.verifying import verify_ledger
from ledger import audit
from ledger.attributions import list_attribution_changes

SAMPLES = Path(__file__).parent / "samples"
A, B, C = (
    "1NBP2e6A8PAtQZuogGgKs7irfEATEfWL3M",
    "19FvbkvjFRSb5oRuHcg9LYcN7iV9R9X9RZ",
    "15ynEVXwJjmxXYEdyiQNjnfrr1CFrEdyQB",
)
D, E = "1BpGVxH62FsWBJMBxKmDoq63tjUL5b1qhw", "1FuYvtDivmxHG9RPkfRBTPv4fDquTS8qCF"
CSV = "address,category,actor,source,network\n"
LIST = "sanctioned_addresses_XBT.txt"


def written(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


async def imported(
    services: Services, path: Path, *, listed_at: datetime | None = None, **rules: Any
) -> AttributionReport:
    return await import_attributions(
        services,
        path,
        actor="importer",
        tell=lambda report: None,
        reading=Reading(listed_at=listed_at),
        rules=Rules(**rules),
    )


def counts(report: AttributionReport) -> tuple[int, int, int, int]:
    return report.landed, report.known, report.withdrawn, report.rejected


async def about(services: Services, *wallets: str) -> list[Attribution]:
    return await attributions_about(services.graph, [f"btc:{wallet}" for wallet in wallets])


async def recorded(services: Services) -> int:
    return len((await list_attributions(services.graph, Asked(), services.taxonomy, limit=1_000))[0])


async def test_unknown_categories_are_recorded_listed_for_review_and_decide_nothing(
    services: Services, tmp_path: Path
) -> None:
    path = written(
        tmp_path, "in.csv", CSV + f"{A},villain,x,list,btc", f"{A},gambling,x,list,btc", f"{B},scam,,list,btc"
    )

    report = await imported(services, path)

    assert counts(report) == (3, 0, 0, 0)
    assert report.plan.review == {"villain": 1}
    review, _ = await list_attributions(services.graph, Asked(review=True), services.taxonomy, limit=10)
    assert [a.category for a in review] == ["villain"]
    decides = current_attribution(await about(services, A), datetime.now(UTC))
    assert decides is not None
    assert decides.category == "gambling"


async def test_good_rows_are_kept_and_bad_ones_written_with_line_and_reason(services: Services, tmp_path: Path) -> None:
    path = written(tmp_path, "in.csv", CSV + f"{A},scam,x,list,btc", f"{A}x,scam,x,list,btc", f"{B},scam,x,,btc")

    report = await imported(services, path)

    assert counts(report) == (1, 0, 0, 2)
    text = (tmp_path / "in.csv.rejected").read_text().splitlines()
    assert text[0] == "line,reason"
    assert text[1].startswith("3,")
    assert "address" in text[1]
    assert text[2].startswith("4,source: is empty")


async def test_all_or_nothing_keeps_nothing_and_a_corrected_file_everything(services: Services, tmp_path: Path) -> None:
    path = written(tmp_path, "in.csv", CSV + f"{A},scam,x,list,btc", f"{A}x,scam,x,list,btc")

    report = await imported(services, path, all_or_nothing=True)

    assert (counts(report), report.kept, await recorded(services)) == ((0, 0, 0, 1), False, 0)
    assert (tmp_path / "in.csv.rejected").exists()
    written(tmp_path, "in.csv", CSV + f"{A},scam,x,list,btc")
    assert counts(await imported(services, path, all_or_nothing=True)) == (1, 0, 0, 0)
    assert not (tmp_path / "in.csv.rejected").exists()


async def test_a_folder_is_read_whole_and_a_repetition_records_nothing(services: Services, tmp_path: Path) -> None:
    target = tmp_path / "rejected.csv"

    first = await imported(services, SAMPLES, rejected_to=target)

    assert counts(first) == (12, 0, 0, 1)
    assert target.read_text().splitlines()[1].startswith('packs/market.yaml,29,"tags[4].address: ')
    async with services.ledger.read() as connection:
        events = await audit.list_events(connection)
    assert [(e.actor, e.action, e.subject) for e in events] == [("importer", "attributions.recorded", "samples")]
    watermark = await services.graph.watermark()
    again = await imported(services, SAMPLES, rejected_to=target)
    assert (counts(again), again.watermark, again.job) == ((0, 12, 0, 1), None, None)
    assert await services.graph.watermark() == watermark
    assert (await verify_ledger(services, lambda text: None)).findings == []


async def test_a_bad_file_of_a_folder_is_one_bad_row_and_alone_it_is_refused(
    services: Services, tmp_path: Path
) -> None:
    written(tmp_path, "a.csv", CSV + f"{A},scam,x,list,btc")
    broken = written(tmp_path, "b.yaml", "title: t", "tags:", "- address: 'a")
    written(tmp_path, "notes.txt", "nothing")

    report = await imported(services, tmp_path, rejected_to=tmp_path / "out.rejected")

    assert counts(report) == (1, 0, 0, 1)
    assert report.plan.rejected[0].file == "b.yaml"
    assert report.plan.skipped == ["notes.txt"]
    with pytest.raises(FileRefused, match="not YAML"):
        await imported(services, broken)


async def test_a_plan_writes_nothing(services: Services) -> None:
    plan = await plan_import(services, SAMPLES, Reading(), Rules())

    assert (len(plan.record), len(plan.rejected), plan.withdraw) == (12, 1, [])
    assert (await recorded(services), await services.graph.watermark()) == (0, 0)


async def test_a_newer_list_withdraws_what_is_no_longer_on_it_and_the_past_stays(
    services: Services, tmp_path: Path
) -> None:
    listed = datetime(2024, 9, 27, tzinfo=UTC)
    path = written(tmp_path, LIST, A, B, C)
    await imported(services, path, listed_at=listed)
    written(tmp_path, LIST, A, C, D)

    report = await imported(services, path, listed_at=datetime(2025, 1, 1, tzinfo=UTC))

    assert counts(report) == (1, 2, 1, 0)
    [kept], [gone], [new] = [await about(services, wallet) for wallet in (A, B, D)]
    assert (kept.valid_from, kept.withdrawn_at) == (listed, None)
    assert new.valid_from == datetime(2025, 1, 1, tzinfo=UTC)
    assert current_attribution([gone], datetime.now(UTC)) is None
    assert gone.recorded_at is not None
    then = current_attribution([gone], datetime.now(UTC), known_at=gone.recorded_at)
    assert then is not None
    assert then.category == "sanctions"
    async with services.ledger.read() as connection:
        changes = await list_attribution_changes(connection, gone.id)
    assert [(c.kind, c.actor, c.reason) for c in changes] == [
        ("recorded", "importer", None),
        ("withdrawn", "importer", "no longer on the list"),
    ]
    assert counts(await imported(services, path)) == (0, 3, 0, 0)


async def test_an_address_listed_again_is_a_new_span(services: Services, tmp_path: Path) -> None:
    path = written(tmp_path, LIST, A, B, C)
    for addresses in ((A, B, C), (A, C), (A, B, C)):
        written(tmp_path, LIST, *addresses)
        await imported(services, path)

    first, second = sorted(await about(services, B), key=lambda a: a.seq or 0)
    assert first.withdrawn_at is not None
    assert second.withdrawn_at is None
    assert counts(await imported(services, path)) == (0, 3, 0, 0)


async def test_only_this_source_and_the_assets_that_are_there_are_touched(services: Services, tmp_path: Path) -> None:
    both = Attribution(id="", wallet=f"btc:{B}", category="sanctions", source="court", official=True)
    await commit_attributions(services, [both], actor="someone", source_name="by hand")
    tokens = written(tmp_path, "sanctioned_addresses_USDT.txt", B, D)
    await imported(services, tokens)
    path = written(tmp_path, LIST, A, B, C)
    await imported(services, path)
    written(tmp_path, LIST, A, C)

    report = await imported(services, path)

    assert report.withdrawn == 1
    standing = [(a.source, a.note) for a in await about(services, B) if a.withdrawn_at is None]
    assert sorted(standing, key=str) == [("court", None), ("ofac-sdn", "listed as USDT")]
    assert [a.withdrawn_at for a in await about(services, D)] == [None]


@pytest.mark.parametrize("rest", [(), (A,), (D, E)])
async def test_a_list_that_leaves_out_more_than_half_is_refused_until_accepted(
    services: Services, tmp_path: Path, rest: tuple[str, ...]
) -> None:
    path = written(tmp_path, LIST, A, B, C)
    await imported(services, path)
    written(tmp_path, LIST, *rest)
    watermark = await services.graph.watermark()

    with pytest.raises(InvalidInput, match="accept_delisting"):
        await imported(services, path)

    assert await services.graph.watermark() == watermark
    report = await imported(services, path, accept_delisting=True)
    assert report.withdrawn == 3 - len({A, B, C} & set(rest))


async def test_a_delisted_address_is_withdrawn_however_often_it_stands(services: Services, tmp_path: Path) -> None:
    path = written(tmp_path, LIST, A, B, C)
    await imported(services, path)
    [listed] = await about(services, B)
    # As two imports at the same moment leave it, one of them with --listed-at.
    twin = replace(listed, valid_from=datetime(2024, 1, 1, tzinfo=UTC))
    await commit_attributions(services, [twin], actor="test", source_name="drawn")

    report = await imported(services, written(tmp_path, LIST, A, C))

    assert report.withdrawn == 2
    assert [a for a in await about(services, B) if a.withdrawn_at is None] == []


async def test_a_list_with_lines_that_cannot_be_read_withdraws_nothing(services: Services, tmp_path: Path) -> None:
    path = written(tmp_path, LIST, A, B, C)
    await imported(services, path)
    written(tmp_path, LIST, A, C, f"{B[:-1]}x")

    report = await imported(services, path)

    assert counts(report) == (0, 2, 0, 1)
    assert "none was withdrawn" in report.plan.remarks[0].reason
    assert (await imported(services, path, accept_delisting=True)).withdrawn == 1


async def test_a_withdrawal_that_the_ledger_missed_is_recorded_by_repeating(services: Services, tmp_path: Path) -> None:
    from graph.attributions import withdraw_attributions as withdraw_from_graph

    path = written(tmp_path, LIST, A, B, C)
    await imported(services, path)
    [gone] = await about(services, B)
    await withdraw_from_graph(services.graph, [gone.id], services.taxonomy)
    written(tmp_path, LIST, A, C)

    report = await imported(services, path)

    assert report.withdrawn == 0
    async with services.ledger.read() as connection:
        changes = await list_attribution_changes(connection, gone.id)
    assert [c.kind for c in changes] == ["recorded", "withdrawn"]


async def test_rejected_rows_that_cannot_be_written_stop_the_import_before_it_begins(
    services: Services, tmp_path: Path
) -> None:
    path = written(tmp_path, "in.csv", CSV + f"{A},scam,x,list,btc", f"{A}x,scam,x,list,btc")

    with pytest.raises(FileRefused, match="cannot be written"):
        await imported(services, path, rejected_to=tmp_path / "none" / "out")
    assert await recorded(services) == 0


async def test_rejected_rows_lie_beside_the_name_that_was_given(services: Services, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    link = tmp_path / "in.csv"
    link.symlink_to(written(tmp_path / "store", "real.csv", CSV + f"{A}x,scam,,s,btc"))

    await imported(services, link)

    assert (tmp_path / "in.csv.rejected").exists()
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["real.csv"]


async def test_rejected_rows_never_take_the_place_of_the_file(services: Services, tmp_path: Path) -> None:
    path = written(tmp_path, "in.csv", CSV + f"{A},scam,,s,btc")
    (tmp_path / "link").symlink_to(path)

    with pytest.raises(FileRefused, match="a file of their own"):
        await imported(services, path, rejected_to=tmp_path / "link")

    assert path.read_text().startswith(CSV) and await recorded(services) == 0


async def test_what_is_no_file_of_a_folder_is_told(services: Services, tmp_path: Path) -> None:
    written(tmp_path, "in.csv", CSV + f"{A},scam,,s,btc")
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.csv")
    os.mkfifo(tmp_path / "other")

    report = await imported(services, tmp_path, rejected_to=tmp_path / "out")

    assert [(row.file, row.reason) for row in report.plan.rejected] == [
        ("gone.yaml", "cannot be read: it is no file, or a link to none"),
        ("pipe.csv", "cannot be read: it is no file, or a link to none"),
    ]
    assert (report.landed, report.plan.skipped) == (1, ["other"])


async def test_a_broken_actor_pack_beside_it_does_not_keep_out_a_csv_file(services: Services, tmp_path: Path) -> None:
    written(tmp_path, "x.actorpack.yaml", "actors: [")
    path = written(tmp_path, "in.csv", CSV + f"{A},scam,,s,btc")

    assert counts(await imported(services, path)) == (1, 0, 0, 0)
    with pytest.raises(FileRefused, match=r"x\.actorpack\.yaml is not YAML"):
        await imported(services, tmp_path)
