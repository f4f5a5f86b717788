"""Compare the set-up with a file, and make it so."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from connector.errors import IntegrationError
from setup_wizard.reporting import COULD_NOT_RUN, WELL, empty_report, refusal_of, refuse
from setup_wizard.setup_text.applying import SetupChange, only_parts, setup_apply, setup_preview
from setup_wizard.setup_text.document import document_read
from sync.services.report import HELD
from sync.services.runs import RunRefused


class Command(BaseCommand):
    """All of the file or nothing."""

    help = "Make the set-up like a file of export_setup; --preview shows the difference and stores nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file and how far to go."""
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--preview", action="store_true", help="Show the difference, store nothing.")
        parser.add_argument("--parts", metavar="A,B", help="Only these of connections, options, mappings.")
        parser.add_argument("--json", action="store_true", help="Print exactly one JSON object on standard output.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare or apply, report, and leave with 0, 2 or 4."""
        try:
            document = document_read(Path(options["file"]))
            if options["parts"]:
                document = only_parts(document, [part.strip() for part in options["parts"].split(",")])
            change = setup_preview(document) if options["preview"] else setup_apply(document, "command line")
        except RunRefused as error:
            sys.exit(self._held(error, as_json=options["json"]))
        except IntegrationError as error:
            sys.exit(refuse(self.stdout, self.stderr, "apply_setup", error, as_json=options["json"]))
        self._report(change, is_preview=options["preview"], as_json=options["json"])
        sys.exit(WELL)

    def _held(self, error: RunRefused, *, as_json: bool) -> int:
        status = refuse(self.stdout, self.stderr, "apply_setup", error, as_json=False) if not as_json else COULD_NOT_RUN
        if as_json:
            answer = refusal_of("apply_setup", error) | {"run": str(error.run.pk)}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        return HELD if status == COULD_NOT_RUN else status

    def _report(self, change: SetupChange, *, is_preview: bool, as_json: bool) -> None:
        status = "previewed" if is_preview else "finished"
        if as_json:
            answer = empty_report("apply_setup", status) | {"applied": not is_preview, "change": change.as_json()}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        for line in change.words:
            self.stdout.write(line)
        if change.is_empty:
            self.stdout.write("The set-up is like the file already.")
        else:
            self.stdout.write(
                "Nothing has been stored." if is_preview else "Applied. The set-up before is kept as a version."
            )
