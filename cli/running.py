"""How commands reach the services: settings filled from the running stack, doors opened and closed again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from jobs.services import PATIENT_S, Services, open_services
from settings import Settings, load_settings
from stack.discovery import connect

T = TypeVar("T")
ACTOR = "cli"


def connected_settings() -> Settings:
    """Settings of the environment, empty URLs taken from the stack that runs under DATA_DIR."""
    return connect(load_settings())


def with_services(work: Callable[[Services], Awaitable[T]]) -> T:
    """Run `work` with open services."""

    async def run() -> T:
        async with open_services(connected_settings(), retry_s=PATIENT_S) as services:
            return await work(services)

    return asyncio.run(run())


def print_whole(table: Table) -> None:
    """Print a table as wide as it is, beyond the terminal too: its ids are what other commands ask for."""
    width = Console(width=10_000).measure(table).maximum
    Console(width=width).print(table)
