"""The README is true to the letter: settings, commands, options, files and links are those of the code."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from cli.bench_models import models
from cli.main import headwater
from graph.canonical import canonical_transaction, decode_transaction
from graph.catalog import load_catalog
from settings import load_settings, setting_rows

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "cypher/*.md", "data/*/*.md", "docs/**/*.md")
    for path in ROOT.glob(pattern)
)


def settings_table() -> str:
    """What stands between the README's markers."""
    rows = [f"| `{name}` | {f'`{default}`' if default else ''} | {why} |" for name, default, why in setting_rows()]
    return "\n".join(["| variable | default | what it is |", "| --- | --- | --- |", *rows])


def shell_lines(text: str) -> list[str]:
    """Commands of the `sh` blocks, continued lines joined, and inline code that begins with `headwater`."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.S | re.M)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return lines + re.findall(r"`((?:\.venv/bin/)?headwater [^`]+)`", text)


def headwater_calls() -> list[list[str]]:
    lines = [line for name in DOCUMENTS for line in shell_lines((ROOT / name).read_text())]
    calls = [shlex.split(line) for line in lines if re.match(r"(\.venv/bin/)?headwater ", line)]
    unique = dict.fromkeys(tuple(call[1:]) for call in calls)
    return [list(call) for call in unique]


def test_settings_table_is_current() -> None:
    shown = README.split("<!-- settings -->\n")[1].split("\n<!-- /settings -->")[0]
    assert shown == settings_table(), f"put this between the markers:\n{settings_table()}"


@pytest.mark.parametrize("call", headwater_calls(), ids=" ".join)
def test_every_headwater_command_and_option_exists(call: list[str]) -> None:
    command: click.Command = headwater
    rest = list(call)
    with click.Context(headwater) as context:
        while isinstance(command, click.Group):
            found = command.get_command(context, rest[0])
            assert found is not None, f"headwater has no {rest[0]}"
            command, rest = found, rest[1:]
    if command.name == "bench" and rest[:1] == ["models"]:
        command = models  # `bench` hands the rest of the line to it
    known = {option for parameter in command.params for option in parameter.opts}
    for word in rest:
        assert not word.startswith("-") or word.split("=")[0] in known, f"{command.name} has no {word}"


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    texts = [(ROOT / name).read_text() for name in DOCUMENTS]
    named = {
        target
        for text in texts
        for target in re.findall(r"^make ([a-z]+)", "\n".join(shell_lines(text)), re.M)
        + re.findall(r"`make ([a-z]+)", text)
    }
    assert named
    assert named <= targets


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_resolve(name: str) -> None:
    text, folder = (ROOT / name).read_text(), (ROOT / name).parent
    for target in re.findall(r"\]\(([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        assert (folder / path).exists(), f"{name} links to {target}"
        if anchor and not path:
            headings = re.findall(r"^#+ (.+)$", text, re.M)
            assert anchor in {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}


def test_every_folder_has_its_line() -> None:
    table = README.split("## Folders")[1].split("\n## ")[0]
    listed = set(re.findall(r"^\| \[\w+\]\((\w+)\)", table, re.M))
    there = {path.name for path in ROOT.iterdir() if path.is_dir() and any(path.iterdir())}
    made = {name for name in there if name.startswith((".", "__")) or name.endswith(".egg-info")}
    assert listed == there - made - {"build", "dist", "reports"}


def test_the_first_transaction_is_accepted() -> None:
    body = re.search(r"-d '(\{.*?\})'", README, re.S)
    assert body is not None
    given = decode_transaction(body[1].encode())
    for currency in ("ETH", load_settings({}).reference_currency):
        landed = canonical_transaction(given, reference_currency=currency, now=datetime.now(UTC), max_future_s=0)
        assert landed.key == "eth:first-1"
        assert landed.value == 1_500_000


def test_every_browser_query_is_named_with_its_parameters() -> None:
    queries = {query.name: query for query in load_catalog().values() if query.folder == "browser"}
    table = (ROOT / "cypher" / "README.md").read_text()
    for name, query in queries.items():
        assert f"(cypher/browser/{name}.cypher)" in README
        row = next(line for line in table.splitlines() if f"(browser/{name}.cypher)" in line)
        assert re.findall(r"`(\w+)`", row.rsplit("|", 2)[1]) == list(query.parameters)


def test_every_cypher_folder_has_its_line() -> None:
    text = (ROOT / "cypher" / "README.md").read_text()
    for query in load_catalog().values():
        assert f"[{query.folder}]({query.folder})" in text
