"""The options `--as-of` and `--known-at` of commands that answer for another time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import click

from api.parameters import read_clock
from graph.clock import Clock
from graph.errors import FieldError, InvalidInput

F = TypeVar("F", bound=Callable[..., object])


def clock_options(command: F) -> F:
    """Add both options; the command takes them as texts `as_of` and `known_at`, for `clock_of`."""
    command = click.option("--known-at", metavar="TIME", help="Only what had been recorded by then.")(command)
    return click.option("--as-of", metavar="TIME", help="Only what had moved by then: 2019-03-01T12:00:00Z.")(command)


def clock_of(as_of: str | None, known_at: str | None) -> Clock:
    """Return the clock of both texts; raises InvalidInput naming the one that is no time."""
    return read_clock(_time("as_of", as_of), _time("known_at", known_at))


def _time(name: str, text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(FieldError(name, "is RFC 3339, such as 2019-03-01T12:00:00Z")) from None
