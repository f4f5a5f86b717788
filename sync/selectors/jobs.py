"""Jobs, the records they acted on, and the log of the workers' turns."""

from django.db.models import Count, QuerySet

from sync.models import JobQueueLogEntry, SynchJob, SynchJobEntry, SynchJobError, SynchRunLine


def jobs() -> QuerySet[SynchJob]:
    """Return all jobs with what a list row shows of them."""
    return SynchJob.objects.select_related("mapping", "run", "line")


def entries(job: SynchJob, action: str = "") -> QuerySet[SynchJobEntry]:
    """Return the records that a job acted on, narrowed down to one action when asked."""
    found = SynchJobEntry.objects.filter(job=job)
    return found.filter(action=action) if action else found


def entry_counts(job: SynchJob) -> list[tuple[str, int]]:
    """Return how many entries of which action a job wrote."""
    rows = SynchJobEntry.objects.filter(job=job).values_list("action").annotate(number=Count("pk")).order_by("action")
    return [(str(action), int(number)) for action, number in rows]


def job_errors(job: SynchJob) -> QuerySet[SynchJobError]:
    """Return the records that did not get through in a job."""
    return SynchJobError.objects.filter(job=job).select_related("mapping")


def log_entries() -> QuerySet[JobQueueLogEntry]:
    """Return the workers' turns with what a list row shows of them."""
    return JobQueueLogEntry.objects.select_related("line", "line__run")


def line_name(pk: str) -> str:
    """Return the name of a line of a run; blank when there is none with this id."""
    if not pk.isdecimal():
        return ""
    return SynchRunLine.objects.filter(pk=int(pk)).values_list("name", flat=True).first() or ""
