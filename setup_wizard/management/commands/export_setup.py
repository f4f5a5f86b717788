"""Write the whole set-up as one readable file, without secrets."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from connector.errors import IntegrationError
from setup_wizard.reporting import WELL, empty_report, refuse
from setup_wizard.setup_text.document import document_bytes, document_sha256, setup_document


class Command(BaseCommand):
    """The same set-up gives the same bytes."""

    help = "Write connections without secrets, options and mappings as one file that apply_setup reads."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add where it goes."""
        parser.add_argument("file", metavar="FILE", nargs="?", help="Standard output if left out.")
        parser.add_argument("--json", action="store_true", help="Print exactly one JSON object on standard output.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write, report, and leave with 0 or 2."""
        try:
            document = setup_document()
        except IntegrationError as error:
            sys.exit(refuse(self.stdout, self.stderr, "export_setup", error, as_json=options["json"]))
        if options["file"]:
            Path(options["file"]).write_bytes(document_bytes(document))
        if options["json"]:
            answer = empty_report("export_setup", "finished") | {
                "file": options["file"] or "",
                "sha256": document_sha256(document),
                "setup": document,
            }
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        elif options["file"]:
            self.stdout.write(f"The set-up is in {options['file']} ({len(document['mappings'])} mappings, no secrets).")
        else:
            self.stdout.write(document_bytes(document).decode(), ending="")
        sys.exit(WELL)
