"""The `headwater` command: a table of contents; each subcommand is imported when it is used."""

from __future__ import annotations

import importlib
import sys

import click

from graph.errors import HeadwaterError
from settings import SettingsError
from stack.errors import StackError

# name -> (module, attribute, one line for `headwater --help`)
COMMANDS = {
    "up": ("cli.stack", "up", "Start the local stack, the API and a worker."),
    "down": ("cli.stack", "down", "Stop the stack of DATA_DIR."),
    "env": ("cli.stack", "env", "Print the settings of the running stack."),
    "demo": ("cli.demo", "demo", "Load real Ethereum transfers, score them, show the riskiest wallets."),
    "serve": ("cli.serve", "serve", "Run the API."),
    "worker": ("cli.worker", "worker", "Run a worker."),
    "consume": ("cli.consume", "consume", "Screen the payments of a Kafka topic."),
    "import": ("cli.importing", "import_", "Import transactions or attributions from a file."),
    "withdraw": ("cli.withdraw", "withdraw", "Withdraw a transaction, as after a chain reorganisation."),
    "score": ("cli.score", "score", "Score all wallets."),
    "cluster": ("cli.cluster", "cluster", "Find wallets that share an owner."),
    "entity": ("cli.cluster", "entity", "Show an entity, and the transactions that hold it together."),
    "jobs": ("cli.jobs", "jobs", "Show background work, cancel it, give it new attempts."),
    "features": ("cli.features", "features", "List what models look at, and what each tells."),
    "train": ("cli.train", "train", "Train a model."),
    "models": ("cli.models", "models", "List models, have one serve, go back to the one before."),
    "exposure": ("cli.exposure", "exposure", "Show where a wallet's money came from or went to."),
    "paths": ("cli.paths", "paths", "Show the transactions that lead from illicit wallets to a wallet."),
    "methods": ("cli.methods", "methods", "Show a wallet's exposure by every method, side by side."),
    "compare-methods": (
        "cli.compare_methods",
        "compare_methods",
        "Compare all wallets by every method, list where it matters.",
    ),
    "sources": ("cli.sources", "sources", "Show who says what a wallet's exposure rests on."),
    "what-if": ("cli.what_if", "what_if", "Show what a wallet's exposure would be if something were different."),
    "counterfactual": ("cli.counterfactual", "counterfactual", "Show what carries a wallet over its threshold."),
    "simulate": ("cli.simulate", "simulate", "Write a seeded transaction graph to a file."),
    "report": ("cli.report", "report", "Draft a report about a case, in words, as JSON or as goAML."),
    "evidence": ("cli.evidence", "evidence", "Export the evidence behind an alert or a case as one zip."),
    "reconcile": ("cli.reconcile", "reconcile", "Compare ledger and graph, and repair what does not agree."),
    "rebuild": ("cli.rebuild", "rebuild", "Fill an empty graph from the ledger."),
    "digest": ("cli.rebuild", "digest", "Print one hash over all that the graph holds."),
    "backup": ("cli.backup", "backup", "Write the ledger to a file."),
    "restore": ("cli.backup", "restore", "Fill an empty ledger from a backup, then the graph from the ledger."),
    "erase": ("cli.erase", "erase", "Erase the personal text of a transaction."),
    "events": ("cli.events", "events", "Print the feed of events, and follow it."),
    "verify": (
        "cli.verify",
        "verify",
        "Verify an evidence bundle; or the audit log, and the decisions against the graph.",
    ),
    "checkpoint": ("cli.checkpoint", "checkpoint", "Sign checkpoints of the audit log; keys that do."),
    "users": ("cli.users", "users", "Make, list and disable people who sign in."),
    "keys": ("cli.keys", "keys", "Make, list and revoke API keys."),
    "openapi": ("cli.openapi", "openapi", "Print the description of the API."),
    "bench": ("cli.bench", "bench", "Measure the figures of the README."),
}


class Contents(click.Group):
    """A group that loads a subcommand's module only when it runs, so that every command starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(cls=Contents, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="headwater")
def headwater() -> None:
    """Investigate money that moves between wallets."""


def main() -> None:
    """Run the command; what we know how to say is said in one line, without a traceback."""
    try:
        headwater(standalone_mode=True)
    except (HeadwaterError, SettingsError, StackError) as error:
        click.echo(f"headwater: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
