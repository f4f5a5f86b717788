"""Celery tasks: load by id, make one call, let the row record the outcome. Losing or doubling a message changes nothing."""

from uuid import UUID

from celery import shared_task

from sync.models import SynchRun
from sync.services import lines, runs


@shared_task(name="sync.tasks.work_line", ignore_result=True, acks_late=True)
def work_line(*, line_id: int) -> None:
    """Give a line its next turn; one that another worker has, or that has ended, is left alone."""
    lines.line_work(line_id)


@shared_task(name="sync.tasks.work_chunk", ignore_result=True, acks_late=True)
def work_chunk(*, chunk_id: int) -> None:
    """Plan or apply a chunk; one that another worker has, or that is done, is left alone."""
    lines.chunk_work(chunk_id)


@shared_task(name="sync.tasks.advance_run", ignore_result=True, acks_late=True)
def advance_run(*, run_id: str) -> None:
    """Start what became ready in a run, or end it."""
    runs.run_advance(SynchRun.objects.get(pk=UUID(run_id)))


@shared_task(name="sync.tasks.sweep", ignore_result=True)
def sweep() -> None:
    """Take up what lost messages and dead workers left behind."""
    runs.runs_sweep()
