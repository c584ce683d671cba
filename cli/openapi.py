"""`headwater openapi`: the description of the API for those who make clients of it; no server is needed."""

from __future__ import annotations

import click
import msgspec

from api.app import create_app
from api.openapi import complete
from settings import load_settings


@click.command()
def openapi() -> None:
    """Print the OpenAPI document of the API."""
    document = complete(create_app(load_settings({})).openapi_schema.to_schema())
    click.echo(msgspec.json.encode(document).decode())
