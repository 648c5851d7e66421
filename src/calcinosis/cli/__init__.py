"""The command line: one verb a module, each loaded only when it is called.

Results go to stdout, everything else to stderr. Exit status: 0 answered, 2 unreadable input or
misuse, 1 an internal fault.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import cast

import click

from calcinosis.errors import CalcinosisError

# Verb -> module that holds a click command of the same name (dashes become underscores).
VERBS = {
    "consult": "calcinosis.cli.consult",
    "evaluate": "calcinosis.cli.evaluate",
    "knowledge": "calcinosis.cli.knowledge",
    "evidence": "calcinosis.cli.evidence",
    "plan-injection": "calcinosis.cli.plan",
    "report": "calcinosis.cli.report",
    "leaflet": "calcinosis.cli.leaflet",
    "measure": "calcinosis.cli.measure",
    "follow": "calcinosis.cli.follow",
    "simulate-ct": "calcinosis.cli.simulate_ct",
}


class LazyGroup(click.Group):
    """A group whose commands are imported on use, so that one verb never pays for another."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every verb, in the order of the pathway."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command named, imported now; None when there is no such verb."""
        if cmd_name not in VERBS:
            return None
        module = import_module(VERBS[cmd_name])
        return cast("click.Command", getattr(module, cmd_name.replace("-", "_")))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="calcinosis")
def cli() -> None:
    """Calcinosis cutis, from one patient's record down the care pathway."""


def main() -> None:
    """Entry point: a user's mistake ends with one message and status 2."""
    try:
        cli(standalone_mode=True)
    except CalcinosisError as error:
        click.echo(f"calcinosis: {error}", err=True)
        sys.exit(2)
