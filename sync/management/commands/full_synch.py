"""Run a full synchronization: everything, in dependency order."""

from typing import Any

from django.core.management.base import CommandParser

from sync.management.running import RunCommand
from sync.models import SynchRun
from sync.services.runs import full_synch_start


class Command(RunCommand):
    """Start a full synchronization, or show what it would do."""

    name = "full_synch"
    help = "Synchronize every record of all mappings (or of those named) in dependency order."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the choice of mappings."""
        super().add_arguments(parser)
        parser.add_argument("--mappings", metavar="A,B", help="Only these mappings, parted by commas.")

    def start(self, options: dict[str, Any]) -> SynchRun:
        """Start the run."""
        names = (
            [name.strip() for name in options["mappings"].split(",") if name.strip()] if options["mappings"] else None
        )
        return full_synch_start(
            user="command line",
            mappings=names,
            preview=options["preview"],
            allow_mass_change=options["allow_mass_change"],
        )
