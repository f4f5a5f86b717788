"""What the commands that start work share: options, waiting with progress, the report, the exit status."""

import json
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from connector.errors import IntegrationError
from sync.choices import RUN_ENDS, JobQueueStatus, RunStatus
from sync.models import SynchRun, SynchRunLine
from sync.services.planstore import plan_lines
from sync.services.report import COULD_NOT_RUN, HELD, exit_status, run_report
from sync.services.runs import RunRefused

POLL_SECONDS = 0.5
NO_WORKER_SECONDS = 30


class RunCommand(BaseCommand, ABC):
    """A command that starts a run; subclasses say which."""

    name = ""
    can_preview = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options that all of them take."""
        parser.add_argument("--json", action="store_true", help="Print exactly one JSON object on standard output.")
        parser.add_argument("--wait", action="store_true", help="Wait for the end, with progress.")
        parser.add_argument(
            "--preview", action="store_true", help="Compare only: show what would be done, write nothing."
        )
        parser.add_argument("--plan", metavar="FILE", help="Write the plan to FILE as JSON Lines; implies --wait.")
        parser.add_argument(
            "--allow-mass-change", action="store_true", help="Let a plan through that touches a large share."
        )

    @abstractmethod
    def start(self, options: dict[str, Any]) -> SynchRun:
        """Start the run."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Start, wait if asked, report, and leave with the exit status of the run."""
        try:
            run = self.start(options)
        except RunRefused as error:
            self._refuse(options, error, HELD, str(error.run.pk))
        except IntegrationError as error:
            self._refuse(options, error, COULD_NOT_RUN, "")
        wait = options["wait"] or options["preview"] or bool(options["plan"])
        if wait:
            self._wait(run, quiet=options["json"])
        if options["plan"]:
            self._write_plan(run, Path(options["plan"]))
        self._report(run, options, waited=wait)
        sys.exit(exit_status(run) if wait else 0)

    def _refuse(self, options: dict[str, Any], error: IntegrationError, status: int, run: str) -> None:
        if options["json"]:
            errors = [{"mapping": "", "direction": "", "erp": "", "crm": "", "code": error.code, "message": str(error)}]
            answer = {
                "schema": 1,
                "command": self.name,
                "run": run,
                "status": "refused",
                "mappings": [],
                "requests": {"erp": 0, "crm": 0},
                "seconds": 0.0,
                "errors": errors,
                "plan_sha256": "",
            }
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            self.stderr.write(str(error))
        sys.exit(status)

    def _wait(self, run: SynchRun, *, quiet: bool) -> None:
        shown: dict[str, str] = {}
        silent_since, mark = time.monotonic(), ""
        while True:
            run.refresh_from_db()
            lines = list(run.lines.order_by("position", "pass_number"))
            for line in lines:
                text = progress_text(line)
                if shown.get(f"{line.name}/{line.pass_number}") != text:
                    shown[f"{line.name}/{line.pass_number}"] = text
                    if not quiet and line.job_queue_entry_status != JobQueueStatus.BLANK:
                        self.stderr.write(text)
            if run.status in RUN_ENDS:
                return
            now_mark = "".join(shown.values()) + str(run.erp_requests + run.crm_requests)
            if now_mark != mark:
                mark, silent_since = now_mark, time.monotonic()
            elif time.monotonic() - silent_since > NO_WORKER_SECONDS and _nobody_works(lines):
                self.stderr.write(
                    "No worker has taken up the work for half a minute. Start the workers with `make run` (or see that they "
                    "run); the work is kept and goes on then."
                )
                silent_since = time.monotonic()
            time.sleep(POLL_SECONDS)

    def _write_plan(self, run: SynchRun, path: Path) -> None:
        with path.open("w", encoding="utf-8") as file:
            for line in plan_lines(run):
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _report(self, run: SynchRun, options: dict[str, Any], *, waited: bool) -> None:
        report = run_report(run, self.name)
        if not waited:
            report["status"] = "queued"
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
            return
        if not waited:
            self.stdout.write(f"{run} is queued. Follow it with synch_status, or on the page CRM Full Synch. Review.")
            return
        for row in report["mappings"]:
            counts = ", ".join(f"{number} {name}" for name, number in row["counters"].items() if number)
            self.stdout.write(f"{row['name']:<20} {row['direction']:<5} {row['status']:<8} {counts or 'nothing to do'}")
        for error in report["errors"][:50]:
            self.stdout.write(f"  {error['mapping']} {error['erp'] or error['crm']}: {error['message']}")
        if len(report["errors"]) > 50:
            self.stdout.write(f"  … and {len(report['errors']) - 50} more; `dump errors` lists all.")
        self.stdout.write(f"{RunStatus(run.status).label}. {run.message}".strip())


def progress_text(line: SynchRunLine) -> str:
    """Return one line of progress for the terminal."""
    status = line.get_job_queue_entry_status_display() or "Not started"
    count = f" {line.done} of {line.total}" if line.total else ""
    part = " (second pass)" if line.pass_number == 2 else ""
    return f"{line.name + part:<34} {status}{count} {line.message}".rstrip()


def _nobody_works(lines: list[SynchRunLine]) -> bool:
    from sync.services.leases import database_now

    now = database_now()
    return not any(line.leased_until and line.leased_until > now for line in lines) and not any(
        chunk.leased_until and chunk.leased_until > now for line in lines for chunk in line.chunks.all()
    )
