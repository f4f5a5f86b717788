"""Set both connections up without a browser."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from connector.errors import IntegrationError
from setup_wizard.answers import answers_from_file, answers_from_stand_ins
from setup_wizard.reporting import finish, refuse
from setup_wizard.scripted import setup_all
from setup_wizard.services import setup_run


class Command(BaseCommand):
    """The whole wizard from a file."""

    help = "Set up both connections and the mappings from a file (docs/setup.schema.json), or for the stand-in servers."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the two sources of answers."""
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("--file", metavar="setup.toml", help="Answers as TOML or JSON.")
        source.add_argument(
            "--sandbox", metavar="READY.json", help="What the stand-in servers print when they are ready."
        )
        parser.add_argument("--json", action="store_true", help="Print exactly one JSON object on standard output.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, set up, report, and leave with 0 or 2."""
        as_json = options["json"]
        try:
            if options["sandbox"]:
                result = setup_run(answers_from_stand_ins(Path(options["sandbox"])), "command line")
            else:
                result = setup_all(answers_from_file(Path(options["file"])), "command line")
        except IntegrationError as error:
            sys.exit(refuse(self.stdout, self.stderr, "setup_connection", error, as_json=as_json))
        sys.exit(finish(self.stdout, "setup_connection", result, as_json=as_json))
