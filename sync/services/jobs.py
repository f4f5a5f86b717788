"""Jobs: one direction of one line, its counters, entries and errors."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import F
from django.utils import timezone

from sync.choices import Direction, JobStatus
from sync.models import PlanItem, SynchJob, SynchJobEntry, SynchJobError, SynchRunLine


def jobs_open(line: SynchRunLine) -> None:
    """Make sure that the line has its job per direction, and show them on the line."""
    for direction, job_field, status_field in (
        (Direction.TO, "to_job", "to_status"),
        (Direction.FROM, "from_job", "from_status"),
    ):
        if line.direction not in (direction, Direction.BOTH):
            continue
        job, _new = SynchJob.objects.get_or_create(
            line=line, direction=direction, defaults={"run": line.run, "mapping": line.mapping}
        )
        setattr(line, job_field, job)
        setattr(line, status_field, job.status)
    line.save(update_fields=["to_job", "from_job", "to_status", "from_status"])


def job_of(line: SynchRunLine, direction: str) -> SynchJob:
    """Return the job of one direction of a line."""
    return SynchJob.objects.get(line=line, direction=direction)


def counters_add(job: SynchJob, counts: Counter[str] | dict[str, int]) -> None:
    """Add to a job's counters, inside the transaction that commits the work counted."""
    changes: dict[str, Any] = {name: F(name) + number for name, number in counts.items() if number}
    if changes:
        SynchJob.objects.filter(pk=job.pk).update(**changes)


def entries_add(job: SynchJob, items: Iterable[tuple[PlanItem, str]]) -> None:
    """Write the journal: what was done to which record, as (item, id of the record it became or was).

    Creations are kept as ids only: undoing one needs no more.
    """
    SynchJobEntry.objects.bulk_create(
        (
            SynchJobEntry(
                job=job,
                action=item.action,
                erp_key=item.erp_key if not item.erp_key.startswith("new:") else other,
                crm_id=item.crm_id if not item.crm_id.startswith("new:") else other,
                name=item.name,
                fields={} if item.action == "insert" else item.fields,
                reason=item.reason,
            )
            for item, other in items
        ),
        batch_size=500,
    )


def error_of(job: SynchJob, item: PlanItem, message: str, code: str, cause: str, *, waits: bool) -> SynchJobError:
    """Return the error of a record, not saved."""
    return SynchJobError(
        job=job,
        mapping_id=job.mapping_id,
        direction=job.direction,
        erp_key=item.erp_key,
        crm_id="" if item.crm_id.startswith("new:") else item.crm_id,
        name=item.name,
        code=code[:60],
        message=message,
        cause=cause[:120],
        waits=waits,
    )


def jobs_close(line: SynchRunLine, *, failed: bool = False, message: str = "") -> None:
    """End the jobs of a line: Error when a record failed or the job itself did, else Success."""
    for direction, status_field in ((Direction.TO, "to_status"), (Direction.FROM, "from_status")):
        job = SynchJob.objects.filter(line=line, direction=direction).first()
        if job is None:
            continue
        job.status = JobStatus.ERROR if failed or job.failed else JobStatus.SUCCESS
        job.finished_at = timezone.now()
        job.message = message
        job.save(update_fields=["status", "finished_at", "message"])
        setattr(line, status_field, job.status)
    line.save(update_fields=["to_status", "from_status"])
