"""TagPacks in, attributions out: inheritance, concepts, actors; a bad tag has its line, path and reason."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from graph.errors import InvalidInput
from graph.model import Attribution
from graph.taxonomy import load_taxonomy
from jobs.attribution_files import Reading, read_files
from jobs.concepts import load_concepts
from jobs.file_errors import FileRefused
from jobs.tagpacks import read_actors, read_tags

SAMPLES = Path(__file__).parent / "samples" / "packs"
A, B, C, D = (
    "1NBP2e6A8PAtQZuogGgKs7irfEATEfWL3M",
    "19FvbkvjFRSb5oRuHcg9LYcN7iV9R9X9RZ",
    "15ynEVXwJjmxXYEdyiQNjnfrr1CFrEdyQB",
    "1BpGVxH62FsWBJMBxKmDoq63tjUL5b1qhw",
)
ETH = "0x980816f36b77e58d342de41f85854376d10cf9bf"
HEADER = "title: t\ncreator: c\ncurrency: BTC\nsource: s\nlabel: l\ntags:\n"


@pytest.fixture
def tags(tmp_path):
    def read(text: str | bytes, actors=None):
        path = tmp_path / "pack.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return list(read_tags(path, actors or {}))

    return read


def test_a_pack_with_all_there_is():
    rows = list(read_tags(SAMPLES / "market.yaml", read_actors([SAMPLES / "sample.actorpack.yaml"])))
    lines, found = zip(*rows, strict=True)

    assert lines == (10, 14, 17, 24, 29, 32)
    market, other, mixer, desk, misprint, unsaid = found
    assert market == Attribution(
        id="",
        wallet=f"btc:{A}",
        category="darknet_market",
        source="https://example.org/report",
        actor="North Market Ltd",
        confidence=0.5,
        note="North Market [market]",
    )
    assert (other.wallet, other.category, other.actor) == (f"btc:{B}", "market", None)
    assert (mixer.category, mixer.confidence, mixer.source) == ("sanctions", 1.0, "https://example.org/other")
    assert (mixer.note, mixer.official) == ("Wash [sanction, service, mixing_service]", False)
    assert (desk.wallet, desk.category) == (f"eth:{ETH}", "exchange")
    assert (desk.valid_from, desk.valid_to) == (
        datetime(2021, 2, 3, tzinfo=UTC),
        datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC),
    )
    assert isinstance(misprint, InvalidInput)
    assert [e.field for e in misprint.errors] == ["tags[4].address"]
    assert (unsaid.category, unsaid.note) == ("uncategorised", "Nobody said what")


def test_without_an_actor_pack_the_actor_is_its_id_and_the_market_waits_for_review():
    market = next(row for _, row in read_tags(SAMPLES / "market.yaml", {}))

    assert (market.actor, market.category) == ("northmarket", "market")
    assert "market" not in load_taxonomy().categories


def test_actor_packs_beside_the_files_are_found_and_attribute_nothing_themselves():
    for path in (SAMPLES, SAMPLES / "market.yaml"):
        given = read_files(path, Reading())
        assert given.rows[0].actor == "North Market Ltd"
        assert (len(given.rows), len(given.rejected), given.skipped) == (5, 1, [])
    with pytest.raises(FileRefused, match="it is an ActorPack"):
        read_files(SAMPLES / "sample.actorpack.yaml", Reading())


def test_an_unquoted_address_stays_text_and_a_tag_overrides_the_header(tags):
    [(line, row)] = tags(HEADER + f"- address: {ETH}\n  currency: ETH\n  source: own\n")

    assert (line, row.wallet, row.source, row.confidence) == (7, f"eth:{ETH}", "own", 0.05)


def test_a_silent_tag_takes_the_concepts_of_its_actor_and_one_that_speaks_does_not(tags):
    actors = "title: a\nactors:\n- id: x\n  label: X\n  categories: [service, exchange]\n---\n"
    (_, silent), (_, speaking) = tags(
        actors + HEADER + f"- address: {A}\n  actor: x\n- address: {B}\n  actor: x\n  category: market\n"
    )

    assert (silent.category, silent.actor) == ("other_service", "X")
    assert speaking.category == "market"


def test_each_document_is_a_pack_of_its_own(tags):
    rows = tags(HEADER + f"- address: {A}\n---\ntitle: u\nsource: v\ntags:\n- address: {B}\n")

    assert rows[0][1].wallet == f"btc:{A}"
    assert [e.field for e in rows[1][1].errors] == ["tags[0].network"]


@pytest.mark.parametrize(
    ("currency", "address", "wallet"),
    [
        ("XBT", A, f"btc:{A}"),
        ("trx", "TX9b2hTtH7HqZjySGYL3PGQza1umUc8fZe", "trx:TX9b2hTtH7HqZjySGYL3PGQza1umUc8fZe"),
        ("USDC", "TX9b2hTtH7HqZjySGYL3PGQza1umUc8fZe", "trx:TX9b2hTtH7HqZjySGYL3PGQza1umUc8fZe"),
        ("USDT", A, f"btc:{A}"),
        ("L-BTC", "VTq1", "l_btc:VTq1"),
        ("EOS", "betdiceadmin", "eos:betdiceadmin"),
        ("BTC", f"' {A} '", f"btc:{A}"),
    ],
)
def test_currencies_become_networks(tags, currency, address, wallet):
    assert tags(HEADER + f"- address: {address}\n  currency: {currency}\n")[0][1].wallet == wallet


@pytest.mark.parametrize(
    ("tag", "field", "why"),
    [
        (f"address: {A}\n  abbuse: sanction", "abbuse", "is no field of a tag"),
        (f"address: {A}\n  abuse:", "abuse", "is empty"),
        (f"address: {A}\n  abuse: scam\n  abuse: sanction", "abuse", "there twice"),
        (f"address: {A}\n  category: [exchange]", "category", "single text"),
        (f"address: {A}\n  confidence: very", "confidence", "the levels are override"),
        ("label: nothing", "address", "is empty"),
        ("tx_hash: abc", "tx_hash", "transaction"),
        ("address: GnCRxKqUEPouYMvTb5nJMGrDB3VkTXZnDTaDuVZdnWA3\n  currency: USDT", "network", "name its network"),
        (f"address: {ETH}\n  currency: V ery-long-name", "network", "2 to 12"),
    ],
)
def test_a_bad_tag_is_named_and_the_next_is_read(tags, tag, field, why):
    (line, error), (_, good) = tags(HEADER + f"- {tag}\n- address: {B}\n")

    assert line == 7
    assert [e.field for e in error.errors][:1] == [f"tags[0].{field}"]
    assert why in str(error)
    assert good.wallet == f"btc:{B}"


def test_every_wrong_field_of_a_tag_is_named(tags):
    [(_, error)] = tags(f"title: t\ntags:\n- address: {A}\n  confidence: very\n  label: [a]\n")

    assert [e.field for e in error.errors] == [
        f"tags[0].{name}" for name in ("label", "network", "confidence", "source")
    ]


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        ("", "no list of tags", 1),
        ("- a\n- b\n", "no list of tags", 1),
        ("title: t\ntags: many\n", "not a list", 2),
        ("title: t\nabbuse: scam\ntags: []\n", "'abbuse', which is no field", 2),
        ("title: t\ntitle: u\ntags: []\n", "'title' twice", 1),
        ("title: t\ntags:\n- address: 'a\n", "not YAML", 4),
        ("title: &a t\ntags: [*a]\n", r"refers to \*a", 2),
        ("header: !include header.yaml\ntags: []\n", "tagged !include", 1),
        ("a: !!python/object/apply:os.system [ls]\ntags: []\n", "tagged tag:yaml.org,2002:python", 1),
        ("title: t\ntags: " + "[" * 30 + "]" * 30, "deep", 2),
        (b"title: t\ntags:\n- address: \xff\xfe\n", "YAML|UTF-8", 3),
    ],
)
def test_a_file_that_is_no_pack_is_refused_with_its_line(tags, text, why, line):
    with pytest.raises(FileRefused, match=why) as refused:
        tags(text)
    assert "pack.yaml" in str(refused.value)
    assert abs(refused.value.line - line) <= 2


def test_a_bomb_of_aliases_is_refused_at_its_first(tags):
    bomb = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9) if n else 'a'}]\n" for n in range(9))

    with pytest.raises(FileRefused, match=r"refers to \*x0"):
        tags(bomb + "tags: []\n")


def test_the_table_of_concepts_names_categories_of_the_taxonomy():
    table = load_concepts()

    named = {*table.categories.values(), *(rule.category for rule in table.together)}
    assert named <= set(load_taxonomy().names)
    assert all(0 < level <= 1 for level in table.confidence.values())
    assert min(table.confidence, key=table.confidence.__getitem__) == "unknown"


@pytest.mark.parametrize(
    ("said", "category"),
    [
        (["exchange", "service_hack"], "theft"),
        (["user", "sanction"], "sanctions"),
        (["market", "drugs"], "darknet_market"),
        (["user"], "user"),
        (["extremism", "organization"], "extremism"),
        (["coinjoin"], "mixer"),
    ],
)
def test_the_gravest_concept_that_means_a_category_counts(said, category):
    assert load_concepts().category_of(said, []) == category
