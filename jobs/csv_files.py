"""CSV files of transactions and attributions, plain or gzipped, read row by row; bad rows are told apart.

A file that cannot be read to its end at all is refused when it is opened, before anything of it is landed.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Generic, Self, TextIO, TypeVar

from graph.bodies import TransactionInput
from graph.errors import FieldError, InvalidInput
from graph.model import Attribution
from jobs.attribution_rows import attribution_maker
from jobs.csv_rows import transaction_maker
from jobs.file_errors import FileRefused

T = TypeVar("T")
Maker = Callable[[Sequence[str]], T]

TRANSACTION_REQUIRED = ("id", "at", "sender", "receiver", "amount")
TRANSACTION_OPTIONAL = ("network", "asset", "value", "purpose")
ATTRIBUTION_REQUIRED = ("address", "category", "actor", "source")
ATTRIBUTION_OPTIONAL = ("network", "confidence", "valid_from", "valid_to", "note")

_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 20


class CsvFileError(FileRefused):
    """A CSV file cannot be imported at all."""


class CsvRows(Generic[T]):
    """The rows of one open file: (line, what the row says or InvalidInput). Use it as a context manager.

    `position` and `size` are bytes of the file as it lies on disk, for progress.
    """

    def __init__(self, path: Path, columns: Callable[[Sequence[str]], Maker[T]]) -> None:
        self.path = path
        self.size = _check_readable(path)
        self._raw, self._text = _open_text(path)
        try:
            self._rows = csv.reader(self._text, strict=True)
            self._header = self._read_header()
            self._make = columns(self._header)
        except CsvFileError:
            self.close()
            raise

    @property
    def position(self) -> int:
        """Bytes of the file read so far."""
        return min(self._raw.tell(), self.size)

    def __iter__(self) -> Iterator[tuple[int, T | InvalidInput]]:
        rows, make, width = self._rows, self._make, len(self._header)
        while True:
            line = rows.line_num + 1
            try:
                cells = next(rows)
                if len(cells) == width:
                    yield line, make(cells)
                elif cells:
                    message = f"has {len(cells)} cells; the header has {width}"
                    yield line, InvalidInput(FieldError("row", message))
            except StopIteration:
                return
            except InvalidInput as error:
                yield line, error
            except csv.Error as error:
                yield line, InvalidInput(FieldError("row", f"is not CSV: {error}"))

    def close(self) -> None:
        """Close the file."""
        self._text.close()
        self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read_header(self) -> list[str]:
        try:
            header = next(self._rows, None)
        except csv.Error as error:
            raise CsvFileError(f"{self.path}: the first line is not CSV: {error}") from None
        if not header:
            raise CsvFileError(f"{self.path} is empty; the first line must name the columns")
        return [name.strip() for name in header]


def open_transactions(
    path: Path, *, network: str, asset: str, mapping: Mapping[str, str] | None = None
) -> CsvRows[TransactionInput]:
    """Open a file of transactions; `mapping` says which column each field is read from.

    Required fields not in it are read from the column of their own name; optional ones only where there is no
    mapping at all, so that a column that happens to be called `value` is not taken for money of another unit.
    Empty cells of network and asset take the given ones. Raises CsvFileError.
    """
    chosen = dict(mapping or {})
    _check_fields(chosen)
    wanted = {field: chosen.get(field, field) for field in TRANSACTION_REQUIRED}
    wanted |= {field: chosen[field] for field in TRANSACTION_OPTIONAL if field in chosen}
    by_name = () if chosen else TRANSACTION_OPTIONAL

    def columns(header: Sequence[str]) -> Maker[TransactionInput]:
        places = _places(path, header, wanted, by_name)
        return transaction_maker(places, network=network, asset=asset)

    return CsvRows(path, columns)


def open_attributions(path: Path, *, network: str) -> CsvRows[Attribution]:
    """Open a file of attributions; rows have an empty id and no recorded_at yet. Raises CsvFileError."""
    wanted = {field: field for field in ATTRIBUTION_REQUIRED}

    def columns(header: Sequence[str]) -> Maker[Attribution]:
        return attribution_maker(_places(path, header, wanted, ATTRIBUTION_OPTIONAL), network=network)

    return CsvRows(path, columns)


def parse_mapping(text: str) -> dict[str, str]:
    """Read `field=column,field=column`; raises CsvFileError naming what is not a pair or not a field."""
    mapping: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        field, equals, column = (part.strip() for part in pair.partition("="))
        if not equals or not field or not column:
            raise CsvFileError(f"--map: {pair!r} is not field=column")
        if field in mapping:
            raise CsvFileError(f"--map: {field} is mapped twice")
        mapping[field] = column
    _check_fields(mapping)
    return mapping


def _check_fields(mapping: Mapping[str, str]) -> None:
    known = (*TRANSACTION_REQUIRED, *TRANSACTION_OPTIONAL)
    for field in mapping:
        if field not in known:
            raise CsvFileError(f"--map: {field} is not a field; the fields are {', '.join(known)}")


def _places(path: Path, header: Sequence[str], wanted: Mapping[str, str], by_name: Sequence[str]) -> dict[str, int]:
    """Where each field stands in a row."""
    wanted = {**wanted, **{field: field for field in by_name if field in header}}
    for field, column in wanted.items():
        if header.count(column) == 1:
            continue
        wrong = "appears more than once" if column in header else "is missing"
        raise CsvFileError(f"{path}: column {column!r} (for {field}) {wrong}; the columns are {', '.join(header)}")
    return {field: header.index(column) for field, column in wanted.items()}


def _check_readable(path: Path) -> int:
    """Read the file once, without parsing, so that a broken one is refused as a whole; return its size."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    read = 0
    try:
        with path.open("rb") as raw, _unzipped(raw) as stream:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
                read += len(chunk)
            decoder.decode(b"", final=True)
        return path.stat().st_size
    except UnicodeDecodeError as error:
        where = f"near byte {read + error.start:,}"
        raise CsvFileError(f"{path} is not UTF-8 text ({where}); save it as UTF-8") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CsvFileError(f"{path} is a broken gzip file after {read:,} bytes of text: {error}") from None
    except OSError as error:
        raise CsvFileError(f"{path} cannot be read: {error.strerror or error}") from None


def _open_text(path: Path) -> tuple[IO[bytes], TextIO]:
    raw = path.open("rb")
    return raw, io.TextIOWrapper(_unzipped(raw), encoding="utf-8-sig", newline="")


def _unzipped(raw: Any) -> Any:
    """The bytes of a file, unpacked if they begin as gzip does, whatever the file is called."""
    zipped = raw.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    raw.seek(0)
    return gzip.GzipFile(fileobj=raw, mode="rb") if zipped else raw
