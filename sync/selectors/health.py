"""Whether the site and its workers are alive: the database, the last sign of a worker, the runs that are open."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Max
from django.utils import timezone

from sync.choices import RUN_ENDS, JobQueueStatus
from sync.models import JobQueueLogEntry, SynchRun

SILENCE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Health:
    """What /health/ answers. `worker_at` is None as long as no worker has ever taken a turn."""

    database: bool
    worker_at: datetime | None
    open_runs: int
    silent_runs: int

    @property
    def is_well(self) -> bool:
        """Whether the site answers 200: the database is there, and no open run has gone silent."""
        return self.database and not self.silent_runs

    @property
    def worker_age(self) -> float | None:
        """Seconds since the last sign of a worker."""
        return (timezone.now() - self.worker_at).total_seconds() if self.worker_at else None

    def as_json(self) -> dict[str, Any]:
        """Return the answer as plain values; nothing in it tells a stranger about records or people."""
        return {
            "status": "ok" if self.is_well else "failing",
            "database": self.database,
            "worker_age_seconds": round(self.worker_age, 1) if self.worker_age is not None else None,
            "open_runs": self.open_runs,
            "silent_runs": self.silent_runs,
        }


def health() -> Health:
    """Look at the database and at the workers' traces."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        worker_at = _worker_at()
        runs = list(SynchRun.objects.exclude(status__in=RUN_ENDS))
        return Health(True, worker_at, len(runs), sum(_is_silent(run, worker_at) for run in runs))
    except DatabaseError:
        return Health(False, None, 0, 0)


def _worker_at() -> datetime | None:
    seen = JobQueueLogEntry.objects.aggregate(started=Max("started_at"), finished=Max("finished_at"))
    return max(filter(None, (seen["started"], seen["finished"])), default=None)


def _is_silent(run: SynchRun, worker_at: datetime | None) -> bool:
    """Tell whether a run that should move has seen no worker for a while: silence is an alarm."""
    if run.pause_requested:
        return False
    waiting = run.lines.filter(
        job_queue_entry_status__in=[JobQueueStatus.READY, JobQueueStatus.IN_PROCESS], not_before__gt=timezone.now()
    )
    last = max(filter(None, (worker_at, run.started_at, run.created_at)))
    seconds = getattr(settings, "HEALTH_SILENCE_SECONDS", SILENCE_SECONDS)
    return (timezone.now() - last).total_seconds() > seconds and not waiting.exists()
