"""Test both connections and look at their metadata again."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from connector.errors import IntegrationError
from setup_wizard.proof.checks import read_only_made, stored_connections
from setup_wizard.reporting import finish, refuse
from setup_wizard.services import check_run
from sync.models import IntegrationTableMapping


class Command(BaseCommand):
    """Test, make the proof's checks that write nothing, and note what a server does not serve."""

    help = "Test both connections; find newly published page services and columns."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the output form."""
        parser.add_argument("--json", action="store_true", help="Print exactly one JSON object on standard output.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Test, report, and leave with 0 or 2."""
        try:
            result = check_run()
            proof = read_only_made(*stored_connections(), _installed())
        except IntegrationError as error:
            sys.exit(refuse(self.stdout, self.stderr, "check_connection", error, as_json=options["json"]))
        sys.exit(finish(self.stdout, "check_connection", result, as_json=options["json"], proof=proof))


def _installed() -> dict[str, str]:
    return dict(IntegrationTableMapping.objects.values_list("name", "direction"))
