"""Write our Dataverse solution package, built from source: the same bytes every time."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from setup_wizard.solution.names import SOLUTION, VERSION
from setup_wizard.solution.package import FILE_NAME, package_build
from sync.defaults import MAPPINGS


class Command(BaseCommand):
    """The package that the set-up imports, for who wants to import it by hand."""

    help = "Build the solution package that is imported into Dynamics 365 for Sales."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file and the kind."""
        parser.add_argument(
            "--output", default=FILE_NAME, metavar="FILE", help=f"where to write it (default: {FILE_NAME})"
        )
        parser.add_argument(
            "--unmanaged", action="store_true", help="build it unmanaged, for a development environment"
        )
        parser.add_argument(
            "--deletions",
            default="",
            metavar="MAPPING,…",
            help="mappings whose deletion policy deletes records in Sales: the integration user gets the right to",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the package and say what it is."""
        deleting = [name.strip() for name in str(options["deletions"]).split(",") if name.strip()]
        known = {mapping.name for mapping in MAPPINGS}
        if unknown := sorted(set(deleting) - known):
            raise CommandError(
                f"There is no mapping called {unknown[0]}. The mappings are: {', '.join(sorted(known))}."
            )
        target = Path(options["output"])
        data = package_build(managed=not options["unmanaged"], deleting=deleting)
        try:
            target.write_bytes(data)
        except OSError as error:
            raise CommandError(f"{target} cannot be written: {error.strerror}.") from error
        kind = "unmanaged" if options["unmanaged"] else "managed"
        self.stdout.write(f"{target}: {SOLUTION} {VERSION}, {kind}, {len(data)} bytes.")
