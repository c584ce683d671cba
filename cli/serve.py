"""`headwater serve`."""

from __future__ import annotations

import click

from api.access import LOOPBACK
from cli.garbage import collect_rarely
from settings import ApiSettings, SettingsError, load_settings
from stack.discovery import connect


@click.command()
@click.option("--host", help="Address to listen on; HEADWATER_HOST otherwise.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; HEADWATER_PORT otherwise.")
def serve(host: str | None, port: int | None) -> None:
    """Run the API in one process until it is told to stop; requests under way are finished first."""
    from api.app import create_app
    from api.logs import configure_logging
    from api.serving import server_of

    overrides = {"host": host, "port": None if port is None else str(port)}
    given = {name: value for name, value in overrides.items() if value is not None}
    asked = load_settings(**given)
    require_loopback(asked.api)
    settings = connect(asked)
    configure_logging()
    server = server_of(create_app(settings), settings)
    collect_rarely()
    server.run()


def require_loopback(api: ApiSettings) -> None:
    """Raise SettingsError where anybody on the network would be an admin."""
    if api.auth == "off" and api.host not in LOOPBACK:
        raise SettingsError(
            f"HEADWATER_AUTH=off makes every caller an admin, so it is refused on HEADWATER_HOST={api.host};"
            " listen on 127.0.0.1, or set HEADWATER_AUTH=keys and make keys with `headwater keys create`"
        )
