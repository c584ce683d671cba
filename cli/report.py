"""`headwater report CASE`."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from cli.running import ACTOR, with_services
from graph.errors import HeadwaterError
from jobs.filing import Filing, draft_filing
from jobs.goaml import GoamlHeader
from jobs.narrative import narrate
from jobs.reporting import draw_up_report
from jobs.services import Services

OUT = click.Path(path_type=Path, dir_okay=False)
GIVEN = click.Path(path_type=Path, dir_okay=False, exists=True)


class NotValid(HeadwaterError):
    """The XSD refuses the document; each violation was printed, nothing was written."""


@click.command()
@click.argument("case")
@click.option("--format", "as_format", type=click.Choice(["text", "json", "goaml"]), default="text", show_default=True)
@click.option("--header", type=GIVEN, help="JSON of what only the reporting entity knows, for goaml.")
@click.option("--xsd", type=GIVEN, help="The authority's XSD, for goaml.  [default: HEADWATER_GOAML_XSD]")
@click.option("-o", "--output", type=OUT, help="Write to this file instead of standard output.")
def report(case: str, *, as_format: str, header: Path | None, xsd: Path | None, output: Path | None) -> None:
    """Draft a report about CASE; a goAML draft that its XSD refuses is not written."""

    async def run(services: Services) -> bytes:
        if as_format == "goaml":
            return _written(await draft_filing(services, case, given, xsd=xsd or _set(services), actor=ACTOR))
        found = await draw_up_report(services, case)
        return narrate(found).encode() if as_format == "text" else _json(found)

    given = _header(header)
    document = with_services(run)
    if output is None:
        click.echo(document, nl=False)
    else:
        output.write_bytes(document)


def _header(path: Path | None) -> GoamlHeader:
    if path is None:
        return GoamlHeader()
    try:
        return msgspec.json.decode(path.read_bytes(), type=GoamlHeader)
    except msgspec.MsgspecError as error:
        raise click.BadParameter(str(error), param_hint="--header") from None


def _set(services: Services) -> Path | None:
    return Path(services.settings.api.goaml_xsd) if services.settings.api.goaml_xsd else None


def _written(filing: Filing) -> bytes:
    """Say what is missing and what is wrong; raises NotValid if the XSD refuses it."""
    for line in filing.missing:
        click.echo(f"missing: {line}", err=True)
    for one in filing.violations:
        click.echo(f"line {one.line}, {one.element}: {one.message}", err=True)
    if filing.valid is False:
        raise NotValid("the XSD refuses the document, see above; nothing was written")
    if filing.valid is None:
        click.echo("not validated: give the authority's schema with --xsd", err=True)
    return filing.document


def _json(found: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"
