"""Synchronize what changed."""

from typing import Any

from django.core.management.base import CommandParser

from sync.management.running import RunCommand
from sync.models import SynchRun
from sync.services.runs import synch_start


class Command(RunCommand):
    """Start a synchronization of what changed since the last run."""

    name = "synch"
    help = "Synchronize what changed on either side since the last run, for these mappings."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the mappings."""
        parser.add_argument("mappings", nargs="+", metavar="MAPPING")
        super().add_arguments(parser)

    def start(self, options: dict[str, Any]) -> SynchRun:
        """Start the run."""
        return synch_start(
            user="command line",
            mappings=options["mappings"],
            preview=options["preview"],
            allow_mass_change=options["allow_mass_change"],
        )
