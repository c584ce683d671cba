"""Files of attributions, one or a folder of them, in any format: read whole, good rows and bad."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from msgspec import Struct

from graph.errors import FieldError, InvalidInput
from graph.model import Attribution
from jobs.csv_files import open_attributions
from jobs.file_errors import FileRefused
from jobs.ofac import OfacList, asset_of, read_list
from jobs.rejected_rows import Rejected
from jobs.tagpack_tags import Actors
from jobs.tagpacks import read_actors, read_tags

Format = Literal["csv", "tagpack", "ofac"]
# All of an import is held in memory, so that it can be previewed, or refused as a whole.
MAX_ROWS = 1_000_000

_YAML, _CSV = (".yaml", ".yml"), (".csv", ".csv.gz")


class Reading(Struct, frozen=True, kw_only=True):
    """How files are read: a format that is None is guessed by each file's name.

    `network` is that of CSV rows that name none, `actors` an ActorPack (those beside the files if None), `asset` what
    an OFAC list is of (its name tells if None), `listed_at` since when what is new on it is true (always if None).
    """

    format: Format | None = None
    network: str = "eth"
    actors: Path | None = None
    asset: str | None = None
    listed_at: datetime | None = None


class Given(Struct):
    """All that files say. `skipped` are files of a folder in no format we read."""

    rows: list[Attribution]
    lists: list[OfacList]
    rejected: list[Rejected]
    skipped: list[str]


def read_files(path: Path, reading: Reading) -> Given:
    """Read a file, or every file below a folder. A file of a folder that cannot be read is one rejected row.

    Raises FileRefused when a single file or an ActorPack cannot be read or a folder has nothing to read, InvalidInput
    naming `file` when there are over 1,000,000 rows, or two lists of one asset that differ.
    """
    given = Given([], [], [], [])
    if not path.is_dir():
        format_ = reading.format or guess_format(path) or "csv"
        actors = _actors(path, reading) if format_ == "tagpack" else {}
        _Reading(reading, path.parent, actors, given).read(path, format_)
        return given
    work = _Reading(reading, path, _actors(path, reading), given)
    for file in sorted(path.rglob("*")):
        if not file.is_dir():
            work.read_one_of_many(file)
    if not (given.rows or given.lists or given.rejected):
        raise FileRefused(f"{path} has nothing to import; files end in .yaml or .csv, or are sanctioned_addresses_…")
    return given


class _Reading(Struct):
    """Files being read; rows tell them by their path within `folder`."""

    reading: Reading
    folder: Path
    actors: Actors
    given: Given

    def read_one_of_many(self, file: Path) -> None:
        name, format_ = self._name(file), guess_format(file)
        if _is_aside(file, self.folder):
            return
        if format_ is None or self.reading.format not in (None, format_):
            self.given.skipped.append(name)
            return
        try:
            if not file.is_file():
                raise FileRefused(f"{file} cannot be read: it is no file, or a link to none")
            self.read(file, format_)
        except FileRefused as error:
            # The row names the file already.
            reason = str(error).removeprefix(str(file)).lstrip(": ")
            self.given.rejected.append(Rejected(name, error.line, reason))

    def read(self, file: Path, format_: Format) -> None:
        if format_ == "ofac":
            self._add_list(read_list(file, self.reading.asset, self.reading.listed_at))
            return
        rows = read_tags(file, self.actors) if format_ == "tagpack" else _csv_rows(file, self.reading.network)
        for line, row in rows:
            if isinstance(row, InvalidInput):
                self.given.rejected.append(Rejected(self._name(file), line, str(row)))
            else:
                self.given.rows.append(row)
            if len(self.given.rows) + len(self.given.rejected) > MAX_ROWS:
                raise InvalidInput(FieldError("file", f"over {MAX_ROWS:,} rows are too many at once; split them"))

    def _add_list(self, found: OfacList) -> None:
        """Lists come as lines and as JSON: the same, or one of the two is out of date."""
        same = next((other for other in self.given.lists if other.asset == found.asset), None)
        if same is None:
            self.given.lists.append(found)
            self.given.rejected += [Rejected(self._name(found.path), n, str(error)) for n, error in found.rejected]
        elif {a.wallet for a in same.given} != {a.wallet for a in found.given}:
            message = f"{found.path.name} and {same.path.name} name different addresses; keep the newer one"
            raise InvalidInput(FieldError("file", message))

    def _name(self, file: Path) -> str:
        return str(file.relative_to(self.folder))


def _csv_rows(file: Path, network: str) -> Iterator[tuple[int, Attribution | InvalidInput]]:
    with open_attributions(file, network=network) as rows:
        yield from rows


def guess_format(path: Path) -> Format | None:
    """Return the format that a file's name tells, None if it tells none."""
    name = path.name.lower()
    if asset_of(path) or name.startswith("sdn"):
        return "ofac"
    if name.endswith(_YAML):
        return "tagpack"
    return "csv" if name.endswith(_CSV) else None


def _is_aside(file: Path, folder: Path) -> bool:
    """Hidden files, ActorPacks, and what an earlier import rejected are not there to be imported."""
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return hidden or file.name.endswith(".rejected") or _is_actor_pack(file)


def _is_actor_pack(file: Path) -> bool:
    return "actorpack" in file.name.lower() and file.name.lower().endswith(_YAML)


def _actors(path: Path, reading: Reading) -> Actors:
    """Those of the ActorPack that is named, else of all that lie beside the file or in the folder."""
    if reading.actors:
        return read_actors([reading.actors])
    beside = path.rglob("*") if path.is_dir() else path.parent.iterdir()
    return read_actors(sorted(file for file in beside if _is_actor_pack(file) and file != path))
