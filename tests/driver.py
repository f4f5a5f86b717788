"""Does the workers' work in this process: every turn that is due, until a run ends. No queue, no clock, no waiting."""

from collections.abc import Callable

from django.db.models import Q

from sync.choices import RUN_ENDS, ChunkStage, JobQueueStatus
from sync.models import MirrorTable, SynchChunk, SynchRun, SynchRunLine
from sync.services import lines, runs

OPEN = [JobQueueStatus.READY, JobQueueStatus.IN_PROCESS]
MOST_ROUNDS = 2000


class Stuck(AssertionError):
    """A run does not end, although nothing is left to do."""


def work_off(run: SynchRun, *, between: Callable[[], None] | None = None) -> SynchRun:
    """Work on a run until it ends, and return it fresh from the database.

    `between` is called between any two turns: a line that stands at *Writing* then has its plan, and nothing written of it.
    """
    idle = 0
    for _round in range(MOST_ROUNDS):
        run.refresh_from_db()
        if run.status in RUN_ENDS:
            return run
        clocks_forget()
        worked = _round_of(run, between or _nothing)
        idle = 0 if worked else idle + 1
        if idle > 3:
            raise Stuck(
                [(line.name, line.stage, line.job_queue_entry_status, line.message) for line in run.lines.all()]
            )
    raise Stuck(f"{run} has not ended after {MOST_ROUNDS} rounds")


def _round_of(run: SynchRun, between: Callable[[], None]) -> bool:
    worked = False
    for line in SynchRunLine.objects.filter(run=run, job_queue_entry_status__in=OPEN):
        worked |= lines.line_work(line.pk)
        between()
        worked |= bool(lines.chunks_work(line.pk))
        between()
    runs.run_advance(run)
    return worked


def _nothing() -> None:
    """Stand in for no `between`."""


def clocks_forget() -> None:
    """Make everything that waits for a clock due now."""
    waits = Q(not_before__isnull=False)
    for model in (SynchRunLine, SynchChunk, MirrorTable):
        model.objects.filter(waits).update(not_before=None)


def leases_end() -> None:
    """End every lease, as time does after a worker was killed."""
    for model in (SynchRunLine, SynchChunk, MirrorTable):
        model.objects.update(leased_until=None, lease_token=None, leased_by="")


def open_chunks(run: SynchRun) -> int:
    """Return how many chunks of a run are not done."""
    return SynchChunk.objects.filter(line__run=run).exclude(stage=ChunkStage.DONE).count()
