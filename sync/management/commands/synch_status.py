"""Show where the last run stands."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from sync.management.running import progress_text
from sync.models import SynchRun


class Command(BaseCommand):
    """Print the lines of the last run."""

    help = "Show the last run, line by line."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the output form."""
        parser.add_argument("--json", action="store_true", help="Print exactly one JSON object on standard output.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print, and leave with 0, or with 2 when there was no run yet."""
        run = SynchRun.objects.order_by("-created_at").first()
        lines = list(run.lines.order_by("position", "pass_number")) if run else []
        if options["json"]:
            self.stdout.write(json.dumps(_status(run, lines), ensure_ascii=False))
        elif run is None:
            self.stdout.write("Nothing has been synchronized yet. Start with full_synch.")
        else:
            self.stdout.write(f"{run}: {run.get_status_display()}. {run.message}".strip())
            for line in lines:
                self.stdout.write(progress_text(line))
        sys.exit(0 if run else 2)


def _status(run: SynchRun | None, lines: list[Any]) -> dict[str, Any]:
    return {
        "schema": 1,
        "run": str(run.pk) if run else "",
        "status": run.status if run else "",
        "lines": [
            {
                "name": line.name,
                "pass": line.pass_number,
                "job_queue_entry_status": line.job_queue_entry_status,
                "to_int_table_job_status": line.to_status,
                "from_int_table_job_status": line.from_status,
                "done": line.done,
                "total": line.total,
                "recommendation": line.recommendation,
                "waits_for": line.waits_for,
            }
            for line in lines
        ],
    }
