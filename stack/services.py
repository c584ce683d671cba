"""Where the servers of a running stack are, and how to log in."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from stack.files import write_private


class Services(Struct, frozen=True):
    """Addresses and logins of the started servers; empty for a server that is not part of the stack."""

    neo4j_uri: str = ""
    neo4j_http: str = ""
    neo4j_user: str = ""
    neo4j_password: str = ""
    postgres_url: str = ""
    postgres_admin_url: str = ""
    redis_url: str = ""
    kafka_url: str = ""

    @property
    def neo4j_browser_url(self) -> str:
        """Neo4j Browser; empty without a Neo4j of ours."""
        return f"{self.neo4j_http}/browser/" if self.neo4j_http else ""


def save_services(data_dir: Path, services: Services) -> None:
    """Keep them for later commands, readable by their owner only."""
    write_private(data_dir / "run" / "services.json", msgspec.json.encode(services).decode())


def find_services(data_dir: Path) -> Services | None:
    """Return what the last start kept; None when nothing was started, or all of it was stopped."""
    try:
        return msgspec.json.decode((data_dir / "run" / "services.json").read_bytes(), type=Services)
    except (OSError, msgspec.DecodeError):
        return None


def forget_services(data_dir: Path) -> None:
    """Drop what was kept: the stack is stopped."""
    (data_dir / "run" / "services.json").unlink(missing_ok=True)
