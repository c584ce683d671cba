"""What the servers have in common."""

from __future__ import annotations

from typing import Protocol

from stack.process import Process


class Server(Protocol):
    """A server of the local stack: prepares its files, starts its process, tells when it answers."""

    process: Process
    patience_s: float

    def ports(self) -> list[int]:
        """Return the ports it was told to listen on."""

    def addresses(self) -> dict[str, str]:
        """Return its part of `Services`."""

    def start(self, *, detach: bool) -> None:
        """Write its files and start its process; safe to repeat. Raises StackError."""

    def is_ready(self) -> bool:
        """Tell whether it answers with our login. Raises StackError when it refuses the login."""
