"""Change settings of one mapping."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from connector.errors import ConfigurationError, IntegrationError
from sync.services.mapping_changes import mapping_set
from sync.services.report import COULD_NOT_RUN, HELD, WELL
from sync.services.runs import RunRefused


class Command(BaseCommand):
    """`set_mapping NAME key=value…`: all or nothing."""

    help = "Change settings of a mapping, such as direction=to update_conflict=erp schedule=ready."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the name and the settings."""
        parser.add_argument("name", metavar="NAME")
        # Not "settings": that is an option of every command.
        parser.add_argument("changes", metavar="key=value", nargs="+")
        parser.add_argument("--json", action="store_true", help="Print exactly one JSON object on standard output.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Change, report, and leave with 0, 2 or 4."""
        try:
            changes = mapping_set(options["name"], settings_of(options["changes"]), "command line")
        except IntegrationError as error:
            sys.exit(self._refuse(error, as_json=options["json"]))
        if options["json"]:
            found = [{"key": key, "before": before, "after": after} for key, before, after in changes]
            self.stdout.write(json.dumps(answer("finished") | {"changes": found}, ensure_ascii=False))
        else:
            for key, before, after in changes:
                self.stdout.write(f"{options['name']}: {key} was {before}, is {after}.")
            if not changes:
                self.stdout.write(f"{options['name']} is set like that already.")
        sys.exit(WELL)

    def _refuse(self, error: IntegrationError, *, as_json: bool) -> int:
        run = str(error.run.pk) if isinstance(error, RunRefused) else ""
        if as_json:
            row = {
                "mapping": "",
                "direction": "",
                "erp": "",
                "crm": "",
                "code": error.code,
                "message": str(error),
            }
            self.stdout.write(json.dumps(answer("refused") | {"run": run, "errors": [row]}, ensure_ascii=False))
        else:
            self.stderr.write(str(error))
        return HELD if run else COULD_NOT_RUN


def settings_of(parts: list[str]) -> dict[str, str]:
    """Return key=value parts by key. Raises ConfigurationError for a part without a sign, and for a key that comes twice."""
    found: dict[str, str] = {}
    for part in parts:
        key, sign, text = part.partition("=")
        if not sign or key in found:
            what = "comes twice" if sign else "has no value"
            raise ConfigurationError(f"{key} {what}. Write each setting once, as key=value.", code="settings_form")
        found[key] = text
    return found


def answer(status: str) -> dict[str, Any]:
    """Return the object of design 9 without anything in it."""
    return {
        "schema": 1,
        "command": "set_mapping",
        "run": "",
        "status": status,
        "mappings": [],
        "requests": {"erp": 0, "crm": 0},
        "seconds": 0.0,
        "errors": [],
        "plan_sha256": "",
    }
