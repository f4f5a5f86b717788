"""Whether anybody does the work: queues that do not answer, and an open run that no worker has taken up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from sync.choices import RUN_ENDS, JobQueueStatus
from sync.models import JobQueueLogEntry, QueuePulse, SynchChunk, SynchRun
from sync.services.dispatch import queue_of
from sync.services.workers import SilentQueue, silent_queues

# A worker that is there takes a piece of work within a second, and the sweep repeats a lost message within fifteen.
PATIENCE = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class WorkersAlarm:
    """Nobody does the work; `since` is when a worker was last heard of, None when none ever was."""

    title: str
    text: str
    since: datetime | None


def queue_words(queue: str) -> str:
    """Return what a queue is for."""
    words = {
        "full": _("Full synchronizations"),
        "incremental": _("Scheduled synchronizations"),
        "interactive": _("Work that a person waits for"),
        "maintenance": _("Schedules and housekeeping"),
    }
    return words.get(queue, queue)


def open_run() -> SynchRun | None:
    """Return the run that goes on, if there is one."""
    return SynchRun.objects.exclude(status__in=RUN_ENDS).order_by("-number").first()


def workers_alarm(run: SynchRun | None) -> WorkersAlarm | None:
    """Return the alarm about an open run, or without one about any queue that does not answer; None when all is well."""
    silent = {found.queue: found for found in _silent()}
    if run is not None:
        return _alarm_of_run(run, silent)
    if not silent:
        return None
    names = ", ".join(queue_words(queue) for queue in sorted(silent))
    since = max(filter(None, (found.since for found in silent.values())), default=None)
    text = _("Without an answer: %(names)s. What is started waits until they run again; nothing is lost.")
    return WorkersAlarm(_("No worker answers"), text % {"names": names}, since)


def _silent() -> list[SilentQueue]:
    """Return the silent queues; one question tells in most cases that there are none."""
    unanswered = Q(answered_at__isnull=True) | Q(answered_at__lt=F("asked_at"))
    return silent_queues() if QueuePulse.objects.filter(unanswered, asked_at__isnull=False).exists() else []


def _alarm_of_run(run: SynchRun, silent: dict[str, SilentQueue]) -> WorkersAlarm | None:
    queue = queue_of(run)
    since = _last_heard(run, queue)
    if queue not in silent and not (_is_due(run) and _is_quiet(run, since)):
        return None
    text = _(
        "The run is stored and goes on by itself as soon as the workers run. "
        "Who looks after the server starts them; nothing is lost."
    )
    return WorkersAlarm(_("No worker has taken up the work"), text, since)


def _is_due(run: SynchRun) -> bool:
    """Tell whether a line of the run could be worked on now, and nobody holds it or a piece of it."""
    if run.pause_requested and not run.cancel_requested:
        return False
    now = timezone.now()
    open_lines = run.lines.filter(job_queue_entry_status__in=[JobQueueStatus.READY, JobQueueStatus.IN_PROCESS])
    if open_lines.filter(leased_until__gt=now).exists():
        return False
    if SynchChunk.objects.filter(line__run=run, leased_until__gt=now).exists():
        return False
    due = Q(not_before__isnull=True) | Q(not_before__lte=now)
    waiting = SynchChunk.objects.filter(line__run=run, not_before__gt=now)
    return open_lines.filter(due).exists() and not waiting.exists()


def _is_quiet(run: SynchRun, since: datetime | None) -> bool:
    last = max(filter(None, (since, run.started_at, run.created_at)))
    return timezone.now() - last > PATIENCE


def _last_heard(run: SynchRun, queue: str) -> datetime | None:
    """Return the last sign of a worker that serves the queue of a run."""
    seen = JobQueueLogEntry.objects.filter(line__run__kind=run.kind).aggregate(
        started=Max("started_at"), finished=Max("finished_at")
    )
    answered = QueuePulse.objects.filter(queue=queue).values_list("answered_at", flat=True).first()
    return max(filter(None, (seen["started"], seen["finished"], answered)), default=None)
