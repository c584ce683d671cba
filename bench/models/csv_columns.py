"""Columns of a CSV file by name, plain or gzipped; what is wrong names the file, and the row or the column."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from bench.ground import BenchError
from ml.movements import Floats

Value = TypeVar("Value")


def find_csv(folder: Path, name: str) -> Path | None:
    """`name` in a folder, or `name.gz`."""
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def _need_csv(folder: Path, name: str) -> Path:
    if (path := find_csv(folder, name)) is None:
        raise BenchError(f"{folder} holds neither {name} nor {name}.gz")
    return path


def read_columns(folder: Path, name: str, columns: Sequence[str]) -> list[list[str]]:
    """The text of some columns, whatever others there are; raises BenchError where one is missing."""
    path = _need_csv(folder, name)
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8-sig", newline="")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8-sig", newline="") as lines
        ):
            rows = list(csv.reader(lines))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise BenchError(f"{path} cannot be read: {error}") from None
    header = [title.strip() for title in rows[0]] if rows else []
    if missing := [column for column in columns if column not in header]:
        raise BenchError(f"{path} has no column {', '.join(missing)}; it has {', '.join(header) or 'none'}")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            raise BenchError(f"{path}, line {number}: {len(row)} values where the header has {len(header)}")
    return [[row[place] for row in rows[1:]] for place in map(header.index, columns)]


def read_numbers(folder: Path, name: str) -> Floats:
    """All of a file that has no header and holds nothing but finite numbers; raises BenchError."""
    path = _need_csv(folder, name)
    try:
        rows = np.loadtxt(path, delimiter=",", ndmin=2)
    except (OSError, EOFError, ValueError) as error:
        raise BenchError(f"{path} cannot be read: {error}") from None
    if not np.isfinite(rows).all():
        line, column = np.argwhere(~np.isfinite(rows))[0] + 1
        raise BenchError(f"{path}, line {line}: value {column} must be a finite number")
    return rows


def parsed(values: Sequence[str], parse: Callable[[str], Value], what: str) -> list[Value]:
    """Every value of a column; `what` says which and what would be right. Raises BenchError."""
    found = []
    for line, text in enumerate(values, start=2):
        try:
            found.append(parse(text.strip()))
        except ValueError:
            raise BenchError(f"{what}; line {line} has {text!r}") from None
    return found
