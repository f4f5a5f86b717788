"""What a run says of itself to other programs: the one object that the commands print."""

from typing import Any

from sync.choices import COUNTERS, RunStatus
from sync.models import SynchJob, SynchJobError, SynchRun
from sync.models.plans import PlanItem

WELL, WITH_ERRORS, COULD_NOT_RUN, MASS_CHANGE, HELD = 0, 1, 2, 3, 4
_COUNTED = {
    "insert": "inserted",
    "modify": "modified",
    "delete": "deleted",
    "couple": "coupled",
    "uncouple": "uncoupled",
    "fail": "failed",
    "wait": "waiting",
    "conflict": "conflicts",
    "skip": "skipped",
}


def run_report(run: SynchRun, command: str) -> dict[str, Any]:
    """Return the report of a run: per mapping and direction its counters, the requests sent, and every error."""
    run.refresh_from_db()
    seconds = (run.finished_at - run.started_at).total_seconds() if run.finished_at and run.started_at else 0.0
    return {
        "schema": 1,
        "command": command,
        "run": str(run.pk),
        "status": run.status,
        "message": run.message,
        "mappings": _preview_mappings(run) if run.preview else _job_mappings(run),
        "requests": {"erp": run.erp_requests, "crm": run.crm_requests},
        "seconds": round(seconds, 3),
        "errors": _errors(run),
        "plan_sha256": run.plan_sha256,
    }


def _job_mappings(run: SynchRun) -> list[dict[str, Any]]:
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for job in (
        SynchJob.objects.filter(run=run)
        .select_related("line")
        .order_by("line__position", "line__pass_number", "-direction")
    ):
        row = rows.setdefault(
            (job.line.name, job.direction),
            {
                "name": job.line.name,
                "direction": job.direction,
                "status": job.status,
                "counters": dict.fromkeys(COUNTERS, 0),
            },
        )
        row["status"] = "error" if "error" in (row["status"], job.status) else job.status
        for counter in COUNTERS:
            row["counters"][counter] += getattr(job, counter)
    return list(rows.values())


def _preview_mappings(run: SynchRun) -> list[dict[str, Any]]:
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for line in run.lines.order_by("position", "pass_number"):
        directions = ("to", "from") if line.direction == "both" else (line.direction,)
        for direction in directions:
            row = rows.setdefault(
                (line.name, direction),
                {
                    "name": line.name,
                    "direction": direction,
                    "status": "preview",
                    "counters": dict.fromkeys(COUNTERS, 0),
                },
            )
            for chunk in line.chunks.all():
                for counter, number in chunk.counters.get(direction, {}).items():
                    row["counters"][counter] += number
            for action, number in _planned(line.pk, direction).items():
                if action in _COUNTED:
                    row["counters"][_COUNTED[action]] += number
    return list(rows.values())


def _planned(line_id: int, direction: str) -> dict[str, int]:
    from django.db.models import Count

    counts = PlanItem.objects.filter(line_id=line_id, direction=direction).values("action").annotate(number=Count("pk"))
    return {row["action"]: row["number"] for row in counts}


def _errors(run: SynchRun) -> list[dict[str, Any]]:
    errors = [
        {
            "mapping": line.name,
            "direction": line.direction,
            "erp": "",
            "crm": "",
            "code": "line_error",
            "message": line.message,
        }
        for line in run.lines.filter(job_queue_entry_status="error")
    ]
    if run.preview:
        items = PlanItem.objects.filter(plan__run=run, action__in=["fail", "wait"]).select_related("line")
        return errors + [
            {
                "mapping": item.line.name,
                "direction": item.direction,
                "erp": item.erp_key,
                "crm": item.crm_id,
                "code": item.code,
                "message": item.reason,
            }
            for item in items
        ]
    found = SynchJobError.objects.filter(job__run=run).select_related("mapping").order_by("pk")
    return errors + [
        {
            "mapping": error.mapping.name,
            "direction": error.direction,
            "erp": error.erp_key,
            "crm": error.crm_id,
            "code": error.code,
            "message": error.message,
        }
        for error in found
    ]


def exit_status(run: SynchRun) -> int:
    """Return the exit status that belongs to the end of a run."""
    return {
        RunStatus.FINISHED: WELL,
        RunStatus.FINISHED_WITH_ERRORS: WITH_ERRORS,
        RunStatus.STOPPED: MASS_CHANGE,
        RunStatus.QUEUED: WELL,
        RunStatus.RUNNING: WELL,
    }.get(RunStatus(run.status), COULD_NOT_RUN)
